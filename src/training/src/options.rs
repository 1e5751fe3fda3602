//! Everything about a training run that is not the architecture or the text.

use serde::{Deserialize, Serialize};

use crate::adam_w::AdamWOptions;

/// How to train. The same options, text, architecture and processor give the same weights, bit for
/// bit, with any number of threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingOptions {
    /// How often the whole training part is gone through
    pub epochs: u64,
    /// Windows in each step
    pub batch_size: usize,
    /// The highest learning rate, after the warm-up
    pub learning_rate: f64,
    /// The learning rate of the last step
    pub learning_rate_min: f64,
    /// Steps over which the learning rate rises from 0; `None`: a fiftieth of all steps
    pub warmup_steps: Option<u64>,
    /// Moments, weight decay and clipping
    pub optimizer: AdamWOptions,
    /// Whether each epoch's windows begin at another token (drawn anew), or always at the first
    pub shift_windows: bool,
    /// First weights and the order of windows follow from it
    pub seed: u64,
    /// Threads that share a batch; the weights do not depend on it
    pub threads: usize,
}

impl Default for TrainingOptions {
    fn default() -> Self {
        Self {
            epochs: 150,
            batch_size: 64,
            learning_rate: 3e-3,
            learning_rate_min: 1e-4,
            warmup_steps: None,
            optimizer: AdamWOptions::default(),
            shift_windows: true,
            seed: 1,
            threads: 1,
        }
    }
}
