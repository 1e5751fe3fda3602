//! Reading a model from a `.npz`.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use super::archive::Archive;
use super::error::{ArrayProblem, CheckpointError};
use super::infer::infer_config;
use super::metadata::{METADATA_KEY, Metadata};
use crate::config::GptConfig;
use crate::gpt::{Gpt, GptError};
use crate::parameters::{Parameters, parameter_layout};
use crate::tensor_id::{BlockWeight, WeightId};
use crate::tokenizer::Tokenizer;

/// A model as a file gives it.
#[derive(Clone, Debug)]
pub struct LoadedModel {
    /// The model.
    pub gpt: Gpt,
    /// How text becomes its ids.
    pub tokenizer: Tokenizer,
    /// What the file says of itself, if it does.
    pub metadata: Option<Metadata>,
}

/// What a file without metadata does not say and the caller knows. Metadata in the file goes first.
#[derive(Clone, Debug, Default)]
pub struct Assumptions {
    /// Number of attention heads.
    pub n_heads: Option<usize>,
    /// The vocabulary.
    pub tokenizer: Option<Tokenizer>,
}

/// Loads a model from a `.npz` whose keys are those of [`WeightId`]. Without our metadata entry the
/// architecture is inferred from the arrays (post-norm, ReLU, 4 heads), the vocabulary is the one of
/// 32 characters.
///
/// # Errors
/// Whatever is wrong with the file, by name: see [`CheckpointError`].
pub fn load(path: &Path) -> Result<LoadedModel, CheckpointError> {
    load_with(path, &Assumptions::default())
}

/// Like [`load`], for a file without metadata of which something is known.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, assumptions: &Assumptions) -> Result<LoadedModel, CheckpointError> {
    let file = File::open(path).map_err(|source| CheckpointError::Read {
        path: path.to_owned(),
        source,
    })?;
    load_from(BufReader::new(file), path, assumptions)
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
    let mut archive = Archive::open(reader, name)?;
    let metadata = read_metadata(&mut archive, name)?;
    let config = match &metadata {
        Some(metadata) => metadata.config.clone(),
        None => infer_config(&archive, name, assumptions)?,
    };
    let wrong = |source| CheckpointError::Gpt {
        path: name.to_owned(),
        source,
    };
    config.validate().map_err(|e| wrong(GptError::Config(e)))?;
    let parameters = read_parameters(&mut archive, &config, name)?;
    let tokenizer = match (&metadata, &assumptions.tokenizer) {
        (Some(metadata), _) => metadata.tokenizer.clone(),
        (None, Some(tokenizer)) if tokenizer.vocab_size() == config.vocab_size => tokenizer.clone(),
        (None, None) if Tokenizer::charlm().vocab_size() == config.vocab_size => {
            Tokenizer::charlm()
        }
        _ => {
            return Err(CheckpointError::NeedsVocabulary {
                path: name.to_owned(),
                vocab_size: config.vocab_size,
            });
        }
    };
    Ok(LoadedModel {
        gpt: Gpt::new(config, parameters).map_err(wrong)?,
        tokenizer,
        metadata,
    })
}

fn read_metadata<R: Read + Seek>(
    archive: &mut Archive<R>,
    path: &Path,
) -> Result<Option<Metadata>, CheckpointError> {
    let Some(json) = archive.read_bytes(METADATA_KEY)? else {
        return Ok(None);
    };
    let metadata = Metadata::parse(&json).map_err(|reason| CheckpointError::Metadata {
        path: path.to_owned(),
        reason,
    })?;
    Ok(Some(metadata))
}

/// All weights of this configuration, and nothing else, from the file.
fn read_parameters<R: Read + Seek>(
    archive: &mut Archive<R>,
    config: &GptConfig,
    path: &Path,
) -> Result<Parameters, CheckpointError> {
    // before a table is made of as many blocks as the file claims to have
    for block in 0..config.n_blocks {
        let key = WeightId::Block(block, BlockWeight::QueryWeight).to_string();
        if archive.shape(&key).is_none() {
            return Err(archive.error(&key, ArrayProblem::Missing));
        }
    }
    let layout = parameter_layout(config);
    let keys: Vec<String> = layout.entries().iter().map(|e| e.id.to_string()).collect();
    // every shape is compared before the first number is read
    for (entry, key) in layout.entries().iter().zip(&keys) {
        let problem = match archive.shape(key) {
            Some(found) if found == entry.shape => continue,
            Some(found) => ArrayProblem::WrongShape {
                expected: entry.shape.clone(),
                found: found.to_vec(),
            },
            None => ArrayProblem::Missing,
        };
        return Err(archive.error(key, problem));
    }
    let known: HashSet<&str> = keys
        .iter()
        .map(String::as_str)
        .chain([METADATA_KEY])
        .collect();
    if let Some(spare) = archive.keys().find(|key| !known.contains(key)) {
        return Err(archive.error(spare, ArrayProblem::Spare));
    }
    let mut values = Vec::new();
    for (entry, key) in layout.entries().iter().zip(&keys) {
        archive.read_numbers(key, &entry.shape, &mut values)?;
    }
    Parameters::from_values(config, values).ok_or_else(|| CheckpointError::NotNpz {
        path: path.to_owned(),
        reason: "its arrays do not have as many numbers as their shapes say".to_owned(),
    })
}
