//! Opening a file of weights in whatever format it is, told by its content, not by its name.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use super::error::CheckpointError;
use super::gpt2::assemble;
use super::metadata::{Metadata, TrainingFacts};
use super::pytorch::{PyTorchFile, is_old_format};
use super::safetensors::{SafetensorsFile, is_safetensors};
use super::{nanogpt, npz};
use crate::config::{Gelu, GptConfig};
use crate::gpt::Gpt;
use crate::tokenizer::{GPT2_TOKENS, Tokenizer};

/// GPT-2's vocabulary as nanoGPT rounds it up for speed.
const GPT2_PADDED: usize = 50304;

/// A format of files of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// This program's own
    Npz,
    /// PyTorch's zip, as nanoGPT writes it
    PyTorch,
    /// As Hugging Face writes it, with a `config.json`
    Safetensors,
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Npz => "npz",
            Self::PyTorch => "PyTorch checkpoint",
            Self::Safetensors => "safetensors",
        })
    }
}

/// A model as a file gives it.
#[derive(Clone, Debug)]
pub struct LoadedModel {
    /// The model.
    pub gpt: Gpt,
    /// How text becomes its ids.
    pub tokenizer: Tokenizer,
    /// What this program wrote into the file, if it did.
    pub metadata: Option<Metadata>,
    /// How the weights came to be, if the file says so.
    pub training: Option<TrainingFacts>,
    /// The file's format.
    pub format: FileFormat,
}

/// A model whose vocabulary may not be known.
#[derive(Clone, Debug)]
pub struct OpenedModel {
    /// The model.
    pub gpt: Gpt,
    /// How text becomes its ids, if that can be known.
    pub tokenizer: Option<Tokenizer>,
    /// What this program wrote into the file, if it did.
    pub metadata: Option<Metadata>,
    /// How the weights came to be, if the file says so.
    pub training: Option<TrainingFacts>,
    /// The file's format.
    pub format: FileFormat,
}

/// What a file does not say and the caller knows. Metadata in the file goes first.
#[derive(Clone, Debug, Default)]
pub struct Assumptions {
    /// Number of attention heads.
    pub n_heads: Option<usize>,
    /// The vocabulary; the model may have more rows than it has tokens.
    pub tokenizer: Option<Tokenizer>,
    /// The form of GELU, whatever the file says.
    pub gelu: Option<Gelu>,
}

impl Assumptions {
    /// Gives a configuration the assumed form of GELU.
    pub(super) fn apply_gelu(
        &self,
        config: &mut GptConfig,
        path: &Path,
    ) -> Result<(), CheckpointError> {
        if let Some(gelu) = self.gelu {
            let activation = gelu.over(config.activation);
            config.activation = activation.ok_or_else(|| CheckpointError::Model {
                path: path.to_owned(),
                reason: "its activation is ReLU, so there is no form of GELU to choose".to_owned(),
            })?;
        }
        Ok(())
    }
}

/// Loads a model from a `.npz` of this program, a PyTorch checkpoint of nanoGPT, or a `.safetensors`
/// file with its `config.json`.
///
/// # Errors
/// Whatever is wrong with the file, by name: see [`CheckpointError`].
pub fn load(path: &Path) -> Result<LoadedModel, CheckpointError> {
    load_with(path, &Assumptions::default())
}

/// Like [`load`], for a file of which something is known.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, assumptions: &Assumptions) -> Result<LoadedModel, CheckpointError> {
    open(path, assumptions)?.with_vocabulary(path)
}

/// Like [`load_with`], from anything that can be read; `name` stands in messages.
///
/// # Errors
/// As [`load`].
pub fn load_from(
    reader: impl Read + Seek,
    name: &Path,
    assumptions: &Assumptions,
) -> Result<LoadedModel, CheckpointError> {
    open_from(reader, name, assumptions)?.with_vocabulary(name)
}

/// Like [`load_with`], for a purpose that needs no vocabulary.
///
/// # Errors
/// As [`load`], but not for want of a vocabulary.
pub fn open(path: &Path, assumptions: &Assumptions) -> Result<OpenedModel, CheckpointError> {
    let file = File::open(path).map_err(|source| CheckpointError::Read {
        path: path.to_owned(),
        source,
    })?;
    open_from(BufReader::new(file), path, assumptions)
}

fn open_from(
    mut reader: impl Read + Seek,
    name: &Path,
    assumptions: &Assumptions,
) -> Result<OpenedModel, CheckpointError> {
    let opened = match sniff(&mut reader, name)? {
        Kind::Safetensors => {
            let mut file = SafetensorsFile::open(reader, name)?;
            let facts = file.facts()?;
            let gpt = assemble(&mut file, &facts, assumptions)?;
            OpenedModel {
                gpt,
                tokenizer: file.metadata.as_ref().map(|m| m.tokenizer.clone()),
                training: file.metadata.as_ref().and_then(|m| m.training.clone()),
                metadata: file.metadata,
                format: FileFormat::Safetensors,
            }
        }
        Kind::Zip => match PyTorchFile::open(reader, name)? {
            Ok(mut file) => {
                let facts = nanogpt::facts(&file);
                OpenedModel {
                    gpt: assemble(&mut file, &facts, assumptions)?,
                    tokenizer: None,
                    metadata: None,
                    training: nanogpt::training(&mut file),
                    format: FileFormat::PyTorch,
                }
            }
            Err(reader) => npz::open(reader, name, assumptions)?,
        },
    };
    opened.knowing(assumptions, name)
}

/// What a file's first bytes say of it.
pub(super) enum Kind {
    Safetensors,
    /// A `.npz` or a checkpoint of PyTorch
    Zip,
}

/// Looks at a file's first bytes and leaves the reader before them.
pub(super) fn sniff(reader: &mut (impl Read + Seek), name: &Path) -> Result<Kind, CheckpointError> {
    let read = |source| CheckpointError::Read {
        path: name.to_owned(),
        source,
    };
    let path = || name.to_owned();
    let mut beginning = Vec::new();
    reader.take(64).read_to_end(&mut beginning).map_err(read)?;
    reader.rewind().map_err(read)?;
    if is_old_format(&beginning) {
        Err(CheckpointError::OldPyTorch { path: path() })
    } else if is_safetensors(&beginning) {
        Ok(Kind::Safetensors)
    } else if beginning.starts_with(b"PK") {
        Ok(Kind::Zip)
    } else {
        Err(CheckpointError::UnknownFormat { path: path() })
    }
}

impl OpenedModel {
    /// Finds the vocabulary: the file's own, else the caller's, else by its size GPT-2's.
    fn knowing(mut self, assumptions: &Assumptions, name: &Path) -> Result<Self, CheckpointError> {
        let rows = self.gpt.config().vocab_size;
        let vocabulary = |reason: String| CheckpointError::Vocabulary {
            path: name.to_owned(),
            reason,
        };
        self.tokenizer = match (self.tokenizer, &assumptions.tokenizer) {
            (Some(own), _) => Some(own),
            (None, Some(assumed)) => {
                let padded = assumed.clone().padded(rows);
                Some(padded.map_err(|error| vocabulary(error.to_string()))?)
            }
            (None, None) if rows == GPT2_TOKENS || rows == GPT2_PADDED => {
                Some(Tokenizer::gpt2(rows).map_err(|error| vocabulary(error.to_string()))?)
            }
            (None, None) => None,
        };
        let tokens = self.tokenizer.as_ref().map(Tokenizer::vocab_size);
        match tokens {
            Some(tokens) if tokens != rows => Err(vocabulary(format!(
                "its vocabulary has {tokens} tokens, its model {rows}"
            ))),
            _ => Ok(self),
        }
    }

    /// The model with its vocabulary.
    ///
    /// # Errors
    /// [`CheckpointError::NeedsVocabulary`] if none is known.
    pub fn with_vocabulary(self, path: &Path) -> Result<LoadedModel, CheckpointError> {
        let vocab_size = self.gpt.config().vocab_size;
        Ok(LoadedModel {
            gpt: self.gpt,
            tokenizer: self
                .tokenizer
                .ok_or_else(|| CheckpointError::NeedsVocabulary {
                    path: path.to_owned(),
                    vocab_size,
                })?,
            metadata: self.metadata,
            training: self.training,
            format: self.format,
        })
    }
}
