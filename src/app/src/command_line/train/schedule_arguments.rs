//! How to train: epochs, steps, the optimizer.

use clap::Args;
use orrery_training::TrainingOptions;

/// The training run on the command line.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "How to train")]
pub struct ScheduleArguments {
    /// How often the whole text is gone through
    #[arg(long, value_name = "N", default_value_t = 150)]
    epochs: u64,

    /// Windows of text in each step
    #[arg(long, value_name = "N", default_value_t = 64)]
    batch_size: usize,

    /// The highest learning rate, after the warm-up
    #[arg(long, value_name = "RATE", default_value_t = 3e-3)]
    lr: f64,

    /// The learning rate of the last step, reached along half a cosine
    #[arg(long, value_name = "RATE", default_value_t = 1e-4)]
    lr_min: f64,

    /// Steps over which the learning rate rises from 0 [default: a fiftieth of all]
    #[arg(long, value_name = "STEPS")]
    warmup: Option<u64>,

    /// Decay of the matrices' weights (AdamW)
    #[arg(long, value_name = "RATE", default_value_t = 0.01)]
    weight_decay: f64,

    /// The gradient is shortened to this length where it is longer; 0 leaves it
    #[arg(long, value_name = "LENGTH", default_value_t = 1.0)]
    max_norm: f64,

    /// The first weights and the order of the text follow from it
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl ScheduleArguments {
    /// The options for so many threads.
    pub fn options(&self, threads: usize) -> TrainingOptions {
        let mut options = TrainingOptions {
            epochs: self.epochs,
            batch_size: self.batch_size,
            learning_rate: self.lr,
            learning_rate_min: self.lr_min,
            warmup_steps: self.warmup,
            seed: self.seed,
            threads,
            ..TrainingOptions::default()
        };
        options.optimizer.weight_decay = self.weight_decay;
        options.optimizer.max_norm = self.max_norm;
        options
    }
}
