//! Weights and traces as files. What lives here knows file formats and checks every claim a file
//! makes before it takes memory; what the numbers mean is decided elsewhere.

mod archive;
mod atomic;
mod error;
mod infer;
mod load;
mod metadata;
mod save;
mod trace_file;

pub use atomic::write_atomically;
pub use error::{ArrayProblem, CheckpointError};
pub use load::{Assumptions, LoadedModel, load, load_from, load_with};
pub use metadata::{FORMAT_VERSION, METADATA_KEY, Metadata, TrainingFacts};
pub use save::save;
pub use trace_file::{save_trace_json, save_trace_npz};
