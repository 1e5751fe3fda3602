//! Training a GPT: corpus, batched forward and backward pass, AdamW, schedule, gradient check,
//! evaluation. Nothing here prints, draws or parses a command line; progress is handed to the caller.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod adam_w;
pub mod batch;
pub mod corpus;
mod elementary;
pub mod engine;
pub mod evaluate;
pub mod gradient_check;
pub mod history;
pub mod initialize;
mod kernels;
mod lane_matrix;
pub mod loss_curve;
pub mod options;
mod packed_weights;
mod pass;
mod real;
pub mod schedule;
pub mod state;
pub mod trainer;
pub mod window_order;
mod workspace;

pub use adam_w::{AdamW, AdamWOptions};
pub use batch::{Batch, NO_TARGET};
pub use corpus::{Corpus, CorpusError};
pub use engine::{Engine, EngineError};
pub use evaluate::evaluate;
pub use gradient_check::{TensorCheck, check_gradient};
pub use history::{History, TrainingPoint, ValidationPoint};
pub use kernels::cross_entropy::Score;
pub use loss_curve::{CurveWords, loss_curve};
pub use options::TrainingOptions;
pub use real::Real;
pub use state::{StateError, TrainingState};
pub use trainer::{NotFinite, StepReport, Trainer, TrainingError};
