//! From the training thread to the window. The window asks, the next step answers with a copy: so the
//! training waits for nobody, and copies only as often as somebody looks.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use orrery_training::{History, Trainer};

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Steps of the whole run.
    pub total_steps: u64,
    /// Steps of one epoch.
    pub steps_per_epoch: u64,
    /// Loss of the last batch, in nats per token.
    pub loss: f64,
    /// Tokens learned from in a second.
    pub tokens_per_second: f64,
    /// Seconds until the end at this speed.
    pub seconds_left: f64,
}

/// What the window sees of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// How far it is.
    pub progress: Progress,
    /// How the loss went.
    pub history: History,
    /// All weights in layout order.
    pub weights: Vec<f32>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Finished,
    /// Stopped, or broken off by an error that the terminal tells.
    BrokenOff,
}

#[derive(Debug, Default)]
struct Shared {
    snapshot: Option<Snapshot>,
    sample: String,
    end: Option<End>,
}

/// Between the training thread and the window.
#[derive(Debug, Default)]
pub struct Feed {
    wanted: AtomicBool,
    /// Set by Ctrl-C.
    stop: Arc<AtomicBool>,
    shared: Mutex<Shared>,
}

impl Feed {
    /// Of a run that stops when `stop` is set.
    pub fn new(stop: Arc<AtomicBool>) -> Self {
        Self {
            stop,
            ..Self::default()
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        // no half-done change can be seen: each is one assignment
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A step is done; costs next to nothing unless somebody has asked. The progress is worked out only
    /// then.
    pub fn answer(&self, trainer: &Trainer, progress: impl FnOnce() -> Progress) {
        if self.wanted.swap(false, Ordering::Relaxed) {
            self.put(trainer, progress());
        }
    }

    /// Hands everything over, asked for or not.
    pub fn put(&self, trainer: &Trainer, progress: Progress) {
        let snapshot = Snapshot {
            progress,
            history: trainer.history().clone(),
            weights: trainer.parameters().values().to_vec(),
        };
        self.shared().snapshot = Some(snapshot);
    }

    /// What the model writes now.
    pub fn set_sample(&self, sample: &str) {
        sample.clone_into(&mut self.shared().sample);
    }

    /// The run is over: to its end, or broken off.
    pub fn end(&self, finished: bool) {
        let end = if finished {
            End::Finished
        } else {
            End::BrokenOff
        };
        self.shared().end = Some(end);
    }

    /// Asks for what the next step can tell.
    pub fn ask(&self) {
        self.wanted.store(true, Ordering::Relaxed);
    }

    /// What came since the last call.
    pub fn take(&self) -> Option<Snapshot> {
        self.shared().snapshot.take()
    }

    /// What the model wrote last.
    pub fn sample(&self) -> String {
        self.shared().sample.clone()
    }

    /// Whether the run is over, to its end.
    pub fn is_finished(&self) -> bool {
        self.shared().end == Some(End::Finished)
    }

    /// Whether nothing is left to be watched: the run was broken off, or it is over and somebody pressed
    /// Ctrl-C, which stops a run and so does not reach the window of one that has ended.
    pub fn is_to_be_left(&self) -> bool {
        match self.shared().end {
            None => false,
            Some(End::BrokenOff) => true,
            Some(End::Finished) => self.stop.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use orrery_model::{GptConfig, Tokenizer};
    use orrery_training::{Corpus, TrainingOptions};

    use super::*;

    fn trainer() -> Trainer {
        let text = "To be, or not to be? ".repeat(60);
        let corpus = Corpus::new(&text, Tokenizer::charlm(), 0.1).unwrap();
        Trainer::new(&GptConfig::default(), corpus, TrainingOptions::default()).unwrap()
    }

    #[test]
    fn the_window_of_a_run_that_is_over_stays_until_somebody_presses_ctrl_c() {
        let stop = Arc::new(AtomicBool::new(false));
        let feed = Feed::new(Arc::clone(&stop));
        assert!(!feed.is_to_be_left() && !feed.is_finished());
        feed.end(true);
        assert!(!feed.is_to_be_left() && feed.is_finished());
        stop.store(true, Ordering::Relaxed);
        assert!(feed.is_to_be_left());

        // a run that is asked to stop first saves what it has
        let feed = Feed::new(stop);
        assert!(!feed.is_to_be_left());
        feed.end(false);
        assert!(feed.is_to_be_left() && !feed.is_finished());
    }

    #[test]
    fn it_copies_when_asked_and_only_then() {
        let mut trainer = trainer();
        let feed = Feed::default();
        trainer.step().unwrap();
        feed.answer(&trainer, || unreachable!("nobody asked"));
        assert_eq!(feed.take(), None);

        feed.ask();
        trainer.step().unwrap();
        let progress = Progress {
            step: trainer.step_count(),
            ..Progress::default()
        };
        feed.answer(&trainer, || progress);
        let weights = trainer.parameters().values().to_vec();
        trainer.step().unwrap();
        feed.answer(&trainer, || unreachable!("asked once"));
        let snapshot = feed.take().unwrap();
        assert_eq!(snapshot.weights, weights);
        assert_eq!(snapshot.progress.step, 2);
        assert_ne!(snapshot.weights, trainer.parameters().values());
        assert_eq!(feed.take(), None);
    }
}
