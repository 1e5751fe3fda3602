//! The GPT itself: configuration, weights, forward pass with every intermediate value, tokenizers,
//! sampling and checkpoint files. Nothing here knows of a picture, a sound or Bevy.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod address;
mod arithmetic;
pub mod cache;
pub mod checkpoint;
pub mod config;
mod elementary;
mod forward;
pub mod generation;
pub mod gpt;
mod head;
pub mod intervention;
pub mod layout;
pub mod parameters;
pub mod sampling;
pub mod tensor_id;
pub mod tokenizer;
pub mod trace;

pub use address::{Address, AddressError, Cells, Index, TensorName};
pub use cache::KeyValueCache;
pub use checkpoint::{CheckpointError, FileFormat, LoadedModel, Metadata, TrainingFacts};
pub use config::{
    Activation, AttentionScaling, Biases, ConfigError, Gelu, GptConfig, NormPlacement,
};
pub use generation::{Generation, GenerationError, GenerationStep};
pub use gpt::{Gpt, GptError};
pub use intervention::{Change, Intervention, InterventionError, Interventions, Target};
pub use layout::{TensorEntry, TensorLayout};
pub use parameters::{Parameters, parameter_layout};
pub use sampling::{Candidate, Draw, SamplingError, SamplingSettings, draw};
pub use tensor_id::{BlockTensor, BlockWeight, TensorId, WeightId};
pub use tokenizer::{
    BytePairTokenizer, CharacterTokenizer, HuggingFaceTokenizer, PieceTokenizer, TextStream,
    Tokenizer, TokenizerError, Vocabulary, WordTokenizer,
};
pub use trace::{Trace, trace_layout};
