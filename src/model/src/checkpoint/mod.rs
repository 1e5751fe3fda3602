//! Weights and traces as files. What lives here knows file formats and checks every claim a file
//! makes before it takes memory; what the numbers mean is decided elsewhere.

mod archive;
mod atomic;
mod config_file;
mod error;
mod facts;
mod folder;
mod foreign;
mod gpt2;
mod infer;
mod load;
mod metadata;
mod naming;
mod nanogpt;
mod npz;
mod pickle;
mod pytorch;
mod safetensors;
mod save;
mod save_safetensors;
mod shards;
mod source;
mod survey;
mod trace_file;
mod trace_names;
mod vocabulary_file;
mod vocabulary_inside;
mod vocabulary_json;
mod vocabulary_pickle;
mod vocabulary_tokens;
mod zip_directory;

pub use atomic::write_atomically;
pub use error::{ArrayProblem, CheckpointError, FileProblem};
pub use facts::named_activation;
pub use load::{
    Assumptions, FileFormat, LoadedModel, OpenedModel, load, load_from, load_with, open,
    weights_file,
};
pub use metadata::{FORMAT_VERSION, METADATA_KEY, Metadata, TrainingFacts};
pub use pickle::PickleError;
pub use save::save;
pub use save_safetensors::{TOKENIZER_FILES, save_safetensors};
pub use survey::{FoundTensor, survey};
pub use trace_file::{save_trace_json, save_trace_npz};
pub use trace_names::TraceNames;
pub use vocabulary_file::{load_vocabulary, vocabularies_in, vocabulary_from};
