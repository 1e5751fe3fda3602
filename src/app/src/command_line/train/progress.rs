//! What is seen of a training run: a bar on a terminal, and a line for each epoch.

use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use orrery_training::{Score, StepReport};

use super::super::notes::Notes;

/// How often the bar's words change.
const REFRESH: Duration = Duration::from_millis(200);

/// The bar and the lines.
pub struct Progress {
    notes: Notes,
    bar: ProgressBar,
    epochs: u64,
    refreshed: Instant,
    /// Tokens since the words last changed
    tokens: usize,
    /// As it was when the words last changed
    tokens_per_second: f64,
    /// Sum and number of this epoch's losses
    losses: (f64, u32),
}

impl Progress {
    /// For a run of `total` steps, of which `done` are done.
    pub fn new(notes: Notes, done: u64, total: u64, epochs: u64) -> Self {
        let bar = notes.bar(total);
        let style = ProgressStyle::with_template("{wide_bar} {percent:>3} %  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        // what an earlier session has done says nothing of this one's speed
        bar.set_position(done);
        bar.reset_eta();
        Self {
            notes,
            bar,
            epochs,
            refreshed: Instant::now(),
            tokens: 0,
            tokens_per_second: 0.0,
            losses: (0.0, 0),
        }
    }

    /// A step is done.
    pub fn step(&mut self, report: &StepReport) {
        self.tokens += report.tokens;
        self.losses = (self.losses.0 + report.loss, self.losses.1 + 1);
        self.bar.set_position(report.step);
        let passed = self.refreshed.elapsed();
        if passed >= REFRESH {
            self.tokens_per_second = self.tokens as f64 / passed.as_secs_f64();
            self.bar.set_message(format!(
                "loss {:.3}  {:.0} tokens/s  {} left",
                report.loss,
                self.tokens_per_second,
                HumanDuration(self.bar.eta())
            ));
            self.tokens = 0;
            self.refreshed = Instant::now();
        }
    }

    /// An epoch is done; the score is that of the held-out part, the sample is what the model writes.
    pub fn epoch(&mut self, epoch: u64, score: Score, sample: &str) {
        let (sum, steps) = std::mem::take(&mut self.losses);
        let line = format!(
            "epoch {:>width$}/{}  loss {:.4}  held out {:.4} ({:.1} %)  {sample}",
            epoch + 1,
            self.epochs,
            sum / f64::from(steps.max(1)),
            score.mean_loss(),
            score.accuracy() * 100.0,
            width = self.epochs.to_string().len()
        );
        self.bar.suspend(|| self.notes.say(line));
        // the speed shown is that of learning
        self.tokens = 0;
        self.refreshed = Instant::now();
    }

    /// Tokens learned from in a second, lately.
    pub fn tokens_per_second(&self) -> f64 {
        self.tokens_per_second
    }

    /// Seconds until the end at this speed.
    pub fn seconds_left(&self) -> f64 {
        self.bar.eta().as_secs_f64()
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
