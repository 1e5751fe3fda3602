//! Weights and traces as files. What lives here knows file formats and checks every claim a file
//! makes before it takes memory; what the numbers mean is decided elsewhere.

mod archive;
mod atomic;
mod error;
mod gpt2;
mod infer;
mod load;
mod metadata;
mod nanogpt;
mod npz;
mod pickle;
mod pytorch;
mod safetensors;
mod save;
mod save_safetensors;
mod source;
mod survey;
mod trace_file;
mod trace_names;
mod vocabulary_file;
mod zip_directory;

pub use atomic::write_atomically;
pub use error::{ArrayProblem, CheckpointError};
pub use load::{
    Assumptions, FileFormat, LoadedModel, OpenedModel, load, load_from, load_with, open,
};
pub use metadata::{FORMAT_VERSION, METADATA_KEY, Metadata, TrainingFacts};
pub use pickle::PickleError;
pub use save::save;
pub use save_safetensors::save_safetensors;
pub use survey::{FoundTensor, survey};
pub use trace_file::{save_trace_json, save_trace_npz};
pub use trace_names::TraceNames;
pub use vocabulary_file::{load_vocabulary, vocabulary_from};
