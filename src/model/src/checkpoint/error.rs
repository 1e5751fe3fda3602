//! What can be wrong with a file of weights. Every message names the file and, where there is one,
//! the key.

use std::io;
use std::path::PathBuf;

use super::metadata::FORMAT_VERSION;
use super::pickle::PickleError;
use crate::gpt::GptError;

/// Why a file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be written. What stood under its name before is untouched.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file as a whole is not what it should be.
    #[error("{} is not a usable .npz file: {reason}", path.display())]
    NotNpz {
        /// The file.
        path: PathBuf,
        /// In which way.
        reason: String,
    },
    /// The file begins like a zip but is none that can be read.
    #[error(
        "{} begins like a .npz or a PyTorch checkpoint, but is damaged or cut off: {reason}",
        path.display()
    )]
    DamagedZip {
        /// The file.
        path: PathBuf,
        /// In which way.
        reason: String,
    },
    /// The file as a whole is no checkpoint of PyTorch.
    #[error("{} is not a usable PyTorch checkpoint: {reason}", path.display())]
    NotPyTorch {
        /// The file.
        path: PathBuf,
        /// In which way.
        reason: String,
    },
    /// The file is a checkpoint of PyTorch before version 1.6.
    #[error(
        "{path} is a checkpoint in PyTorch's format of before version 1.6, which is not read. Convert it \
         where PyTorch is: python -c \"import torch; torch.save(torch.load('{path}', \
         map_location='cpu'), 'new.pt')\"",
        path = path.display()
    )]
    OldPyTorch {
        /// The file.
        path: PathBuf,
    },
    /// The pickle in the file, or the file that is one, is refused.
    #[error("{} is refused: {source}", path.display())]
    Pickle {
        /// The file.
        path: PathBuf,
        /// Why.
        source: PickleError,
    },
    /// The file as a whole is not a usable `.safetensors`.
    #[error("{} is not a usable .safetensors file: {reason}", path.display())]
    NotSafetensors {
        /// The file.
        path: PathBuf,
        /// In which way.
        reason: String,
    },
    /// What the file says of its model is not usable, or not what its tensors are.
    #[error("{}: {reason}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// In which way.
        reason: String,
    },
    /// A folder that does not say which of its files is the model.
    #[error("{} {reason}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// In which way.
        reason: String,
    },
    /// The file is in no format that is known.
    #[error(
        "{} is in no format that is read: .npz, PyTorch's .pt (zip), or .safetensors with its \
         config.json; from Python, write one with torch.save(model.state_dict(), 'weights.pt')",
        path.display()
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The file of a vocabulary is not usable, or belongs to another model.
    #[error("{}: {reason}", path.display())]
    Vocabulary {
        /// The file.
        path: PathBuf,
        /// In which way.
        reason: String,
    },
    /// One array is not what it should be.
    #[error("{}: '{key}' {problem}", path.display())]
    Array {
        /// The file.
        path: PathBuf,
        /// The array's key.
        key: String,
        /// In which way.
        problem: ArrayProblem,
    },
    /// The metadata entry cannot be understood.
    #[error("{}: its metadata cannot be used: {reason}", path.display())]
    Metadata {
        /// The file.
        path: PathBuf,
        /// In which way.
        reason: String,
    },
    /// The vocabulary is neither in the file nor can its size tell it.
    #[error(
        "{}: it has {vocab_size} tokens but does not say which, and no vocabulary lies beside it; name its \
         file (the meta.pkl of the data it was trained on, or a tokenizer.json) with --meta",
        path.display()
    )]
    NeedsVocabulary {
        /// The file.
        path: PathBuf,
        /// Rows of the embedding table.
        vocab_size: usize,
    },
    /// The sizes make no GPT.
    #[error("{}: {source}", path.display())]
    Gpt {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: GptError,
    },
}

/// What can be wrong with one array.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ArrayProblem {
    /// It should be there.
    #[error("is missing")]
    Missing,
    /// It should not be there.
    #[error(
        "does not belong to a model of this kind; if the model is the same without it, leave it out with \
         --ignore and its name"
    )]
    Spare,
    /// Its extents are others.
    #[error("has the shape {found:?}; expected {expected:?}")]
    WrongShape {
        /// What the model needs.
        expected: Vec<usize>,
        /// What the file has.
        found: Vec<usize>,
    },
    /// Its number of axes is another.
    #[error("has {found} axes; expected {expected}")]
    WrongAxes {
        /// What the model needs.
        expected: usize,
        /// What the file has.
        found: usize,
    },
    /// A number is NaN or infinite (or too large for single precision).
    #[error("holds {value} at index {index:?} (counted from 0)")]
    NotFinite {
        /// The number.
        value: f64,
        /// Where it stands.
        index: Vec<usize>,
    },
    /// Its numbers are of a kind that is not read.
    #[error("holds numbers of type {0}, which are not those of a weight")]
    UnsupportedType(String),
    /// It cannot be read to its end.
    #[error("is damaged: {0}")]
    Damaged(String),
    /// It claims more than the file can hold.
    #[error("claims {claimed} bytes, which the file cannot hold")]
    Implausible {
        /// By its header.
        claimed: u128,
    },
}

/// The reason given for a metadata entry from the future.
pub(super) fn unknown_version(found: u32) -> String {
    format!(
        "it is of format version {found}, this program reads up to {FORMAT_VERSION}; use a newer program"
    )
}
