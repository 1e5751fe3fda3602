//! What a file says of its model beside the tensors: in `model_args`, in a `config.json`, in an object
//! of a training script. Every fact is one of three: understood, known to be of no consequence to the
//! arithmetic, or an error that names it and the option that settles it. Where facts stand in a file is
//! for its format to know.

mod activation;
mod reading;
mod said;
mod words;

pub use activation::named_activation;
pub(super) use reading::read;

use crate::config::{Activation, AttentionScaling, NormPlacement};

/// A value that is said.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    Nothing,
    Flag(bool),
    Number(f64),
    Text(String),
    /// Something else, in words
    Other(String),
}

/// One fact of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fact {
    /// Where it stands: `model_args`, `config.json`; empty for the outermost level
    pub place: String,
    /// Its name
    pub key: String,
    pub said: Said,
    pub standing: Standing,
}

/// What a place in a file describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// A training run, among other things
    Training,
    /// A model, with much that is of no consequence to it
    Model,
    /// A model and nothing else: every word counts
    ModelOnly,
}

/// What a file says of its model; what it leaves out is `None`.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub n_blocks: Option<usize>,
    pub n_heads: Option<usize>,
    /// Heads of keys and values, which must be as many as there are heads
    pub n_key_heads: Option<usize>,
    pub d_model: Option<usize>,
    pub context_length: Option<usize>,
    pub vocab_size: Option<usize>,
    pub activation: Option<Activation>,
    pub norm_placement: Option<NormPlacement>,
    pub norm_epsilon: Option<f32>,
    /// Whether the head is the embedding
    pub tied_head: Option<bool>,
    pub scaling: Option<AttentionScaling>,
    /// What scores are divided by, or multiplied with, as a number
    pub score_factor: Option<f64>,
}
