//! Reading a model from a `.npz` whose keys are those of [`WeightId`].

use std::collections::HashSet;
use std::io::{Read, Seek};
use std::path::Path;

use super::archive::Archive;
use super::error::{ArrayProblem, CheckpointError};
use super::infer::infer_config;
use super::load::{Assumptions, FileFormat, OpenedModel};
use super::metadata::{METADATA_KEY, Metadata};
use crate::config::GptConfig;
use crate::gpt::{Gpt, GptError};
use crate::parameters::{Parameters, parameter_layout};
use crate::tensor_id::{BlockWeight, WeightId};
use crate::tokenizer::Tokenizer;

/// Reads the weights. Without our metadata entry the architecture is inferred from the arrays
/// (post-norm, ReLU, 4 heads), and a vocabulary of 32 is the one of 32 characters.
///
/// # Errors
/// Whatever is wrong with the file, by name.
pub(super) fn open(
    reader: impl Read + Seek,
    name: &Path,
    assumptions: &Assumptions,
) -> Result<OpenedModel, CheckpointError> {
    let mut archive = Archive::open(reader, name)?;
    let metadata = read_metadata(&mut archive, name)?;
    let mut config = match &metadata {
        Some(metadata) => metadata.config.clone(),
        None => infer_config(&archive, name, assumptions)?,
    };
    assumptions.apply_gelu(&mut config, name)?;
    let wrong = |source| CheckpointError::Gpt {
        path: name.to_owned(),
        source,
    };
    config.validate().map_err(|e| wrong(GptError::Config(e)))?;
    let parameters = read_parameters(&mut archive, &config, name)?;
    let tokenizer = match &metadata {
        Some(metadata) => Some(metadata.tokenizer.clone()),
        // a file of this family that says nothing of itself
        None => assumptions.tokenizer.is_none().then(Tokenizer::charlm),
    };
    Ok(OpenedModel {
        tokenizer: tokenizer.filter(|t| t.vocab_size() == config.vocab_size),
        gpt: Gpt::new(config, parameters).map_err(wrong)?,
        training: metadata.as_ref().and_then(|m| m.training.clone()),
        metadata,
        format: FileFormat::Npz,
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
