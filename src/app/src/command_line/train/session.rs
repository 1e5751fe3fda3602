//! One sitting of a training run: steps, tests, files, and what Ctrl-C does.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use color_eyre::Result;
use color_eyre::eyre::{WrapErr, ensure};
use orrery_model::{Generation, Gpt, GptConfig, SamplingSettings, checkpoint};
use orrery_training::{CurveWords, Score, StepReport, Trainer, loss_curve};

use super::super::notes::Notes;
use super::super::report::Stopped;
use super::super::text_file::TextArguments;
use super::progress::Progress;
use crate::watch::{self, Feed};

/// Tokens of a sample.
const SAMPLE_TOKENS: usize = 48;
/// How long a run may have to be repeated after a power cut.
const SAVE_EVERY: Duration = Duration::from_secs(20);

/// The files of a run.
#[derive(Clone, Debug)]
pub struct Files {
    /// The weights, which any command reads.
    pub model: PathBuf,
    /// What the run needs to go on.
    pub state: PathBuf,
    /// The loss curve.
    pub curve: PathBuf,
}

impl Files {
    /// The files of a run whose weights go to `model`.
    ///
    /// # Errors
    /// A name that leaves no name for the other file.
    pub fn new(model: &Path) -> Result<Self> {
        for (ending, what) in [
            ("state", "what a stopped run needs"),
            ("svg", "the loss curve"),
        ] {
            ensure!(
                model.extension() != Some(OsStr::new(ending)),
                "{}: this ending is for {what}; name the weights .npz",
                model.display()
            );
        }
        Ok(Self {
            model: model.to_owned(),
            state: model.with_extension("state"),
            curve: model.with_extension("svg"),
        })
    }
}

/// A sitting.
pub struct Session {
    trainer: Trainer,
    files: Files,
    data: TextArguments,
    notes: Notes,
    began: Instant,
    stop: Arc<AtomicBool>,
    feed: Option<Arc<Feed>>,
    /// Whether this sitting is the whole run so far, so that its time is the run's
    from_the_beginning: bool,
}

impl Session {
    /// With this trainer, whose text came from `data`; it stops when `stop` is set.
    pub fn new(
        trainer: Trainer,
        files: Files,
        data: TextArguments,
        notes: Notes,
        stop: Arc<AtomicBool>,
    ) -> Self {
        Self {
            from_the_beginning: trainer.step_count() == 0,
            trainer,
            files,
            data,
            notes,
            stop,
            feed: None,
            began: Instant::now(),
        }
    }

    /// The architecture that is trained.
    pub fn config(&self) -> &GptConfig {
        self.trainer.config()
    }

    /// What stops it.
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// The name of the weights' file.
    pub fn title(&self) -> String {
        let name = self.files.model.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// From now on a window sees what it does.
    pub fn show_to(&mut self, feed: Arc<Feed>) {
        self.feed = Some(feed);
    }

    /// Trains to the end, or until Ctrl-C.
    ///
    /// # Errors
    /// Numbers that ran away, files that cannot be written, or [`Stopped`].
    pub fn run(mut self) -> Result<()> {
        let total = self.trainer.total_steps();
        let epochs = self.trainer.options().epochs;
        let mut progress = Progress::new(self.notes, self.trainer.step_count(), total, epochs);
        let mut saved = Instant::now();
        let mut last = None;
        while !self.trainer.is_finished() {
            let report = self.trainer.step()?;
            progress.step(&report);
            if let Some(feed) = &self.feed {
                feed.answer(&self.trainer, || self.progress(&progress, &report));
            }
            if report.ends_epoch {
                let score = self.trainer.validate();
                last = Some(score);
                let sample = self.sample()?;
                progress.epoch(report.epoch, score, &sample);
                if let Some(feed) = &self.feed {
                    feed.set_sample(&sample);
                    if self.trainer.is_finished() {
                        feed.put(&self.trainer, self.progress(&progress, &report));
                    }
                }
                if saved.elapsed() >= SAVE_EVERY {
                    self.save()?;
                    saved = Instant::now();
                }
            }
            if self.stop.load(Ordering::Relaxed) && !self.trainer.is_finished() {
                progress.finish();
                self.save()?;
                return Err(self.stopped().into());
            }
        }
        progress.finish();
        self.save_model()?;
        self.remove_state()?;
        self.say_end(last);
        Ok(())
    }

    /// How far it is, for the window.
    fn progress(&self, progress: &Progress, report: &StepReport) -> watch::Progress {
        watch::Progress {
            step: report.step,
            total_steps: self.trainer.total_steps(),
            steps_per_epoch: self.trainer.steps_per_epoch(),
            loss: report.loss,
            tokens_per_second: progress.tokens_per_second(),
            seconds_left: progress.seconds_left(),
        }
    }

    fn gpt(&self) -> Result<Gpt> {
        let parameters = self.trainer.parameters().clone();
        Ok(Gpt::new(self.trainer.config().clone(), parameters)?)
    }

    /// What the model writes after the first token that is held out, on one line.
    fn sample(&self) -> Result<String> {
        let corpus = self.trainer.corpus();
        let tokenizer = corpus.tokenizer();
        let gpt = self.gpt()?;
        let first = corpus.validation().first().map(|&id| id as usize);
        let settings = SamplingSettings {
            temperature: 0.8,
            ..SamplingSettings::default()
        };
        let prompt = first.into_iter().collect();
        let mut generation = Generation::new(&gpt, prompt, settings, tokenizer.special())?;
        for step in generation.by_ref().take(SAMPLE_TOKENS) {
            step?;
        }
        let text = tokenizer.decode(generation.ids());
        Ok(text.replace(|c: char| c.is_control(), " "))
    }

    fn save_model(&self) -> Result<()> {
        let mut facts = self.trainer.facts(&self.data.short_name());
        if self.from_the_beginning {
            facts.seconds = Some(self.began.elapsed().as_secs_f64());
        }
        let tokenizer = self.trainer.corpus().tokenizer();
        checkpoint::save(&self.files.model, &self.gpt()?, tokenizer, Some(&facts))?;
        let curve = self.curve();
        checkpoint::write_atomically(&self.files.curve, |file| file.write_all(curve.as_bytes()))?;
        Ok(())
    }

    fn curve(&self) -> String {
        let words = CurveWords {
            title: &self.title(),
            steps_per_epoch: self.trainer.steps_per_epoch(),
            total_steps: self.trainer.total_steps(),
        };
        loss_curve(self.trainer.history(), words)
    }

    fn save(&self) -> Result<()> {
        self.save_model()?;
        Ok(self.trainer.state().save(&self.files.state)?)
    }

    /// A finished run has nothing to go on with.
    fn remove_state(&self) -> Result<()> {
        match std::fs::remove_file(&self.files.state) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).wrap_err_with(|| format!("cannot remove {}", self.files.state.display()))
            }
            _ => Ok(()),
        }
    }

    fn stopped(&self) -> Stopped {
        let model = self.files.model.display();
        Stopped(format!(
            "stopped after step {} of {}; {model} has the weights so far; go on with: orrery train \
             --resume{} -o '{model}'",
            self.trainer.step_count(),
            self.trainer.total_steps(),
            self.data.option()
        ))
    }

    fn say_end(&self, score: Option<Score>) {
        let held_out = score.map_or_else(String::new, |score| {
            let (loss, share) = (score.mean_loss(), score.accuracy() * 100.0);
            format!(": {loss:.4} nats per token on the text held out, {share:.1} % right")
        });
        self.notes
            .say(format_args!("{}{held_out}", self.files.model.display()));
    }
}
