//! Reading a model from a `.npz` whose keys are those of [`WeightId`].

use std::collections::HashSet;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::error::{ArrayProblem, FileProblem};
use super::gpt2::{Assembled, assemble};
use super::infer::infer_config;
use super::load::{Assumptions, FileFormat, OpenedModel};
use super::metadata::{METADATA_KEY, Metadata};
use super::naming::is_embedding;
use super::source::{Sink, SourceTensor, TensorSource, check_finite};
use super::{config_file, facts, foreign};
use crate::config::GptConfig;
use crate::gpt::{Gpt, GptError};
use crate::parameters::{Parameters, parameter_layout};
use crate::tensor_id::{BlockWeight, WeightId};
use crate::tokenizer::Tokenizer;

/// Reads the weights. Without our metadata entry the architecture is inferred from the arrays, as far as
/// they show it; a model of exactly the shipped character model's form is computed as that one.
///
/// # Errors
/// Whatever is wrong with the file, by name.
pub(super) fn open(
    reader: impl Read + Seek,
    name: &Path,
    assumptions: &Assumptions,
) -> Result<OpenedModel, FileProblem> {
    let mut archive = Archive::open(reader)?;
    let metadata = read_metadata(&mut archive)?;
    let own = WeightId::Embedding.to_string();
    if metadata.is_none() && archive.shape(&own).is_none() {
        return open_as_tensors(NpzTensors::new(archive, name), assumptions);
    }
    let (mut read_as, mut own_family) = (Vec::new(), false);
    let mut config = match &metadata {
        Some(metadata) => metadata.config.clone(),
        None => {
            let inferred = infer_config(&archive, assumptions)?;
            read_as.extend(inferred.read_as);
            own_family = inferred.is_charlm;
            inferred.config
        }
    };
    if metadata.is_some() {
        assumptions.overrule(&mut config);
    }
    assumptions.apply_gelu(&mut config)?;
    let wrong = |source| FileProblem::Gpt(source);
    config.validate().map_err(|e| wrong(GptError::Config(e)))?;
    let parameters = read_parameters(&mut archive, &config)?;
    let tokenizer = match &metadata {
        Some(metadata) => Some(metadata.tokenizer.clone()),
        // a file of this family that says nothing of itself
        None => (own_family && assumptions.tokenizer.is_none()).then(Tokenizer::charlm),
    };
    if metadata.is_none() && tokenizer.is_some() {
        read_as.push("vocabulary: the character model's 32 characters".to_owned());
    }
    Ok(OpenedModel {
        tokenizer,
        gpt: Gpt::new(config, parameters).map_err(wrong)?,
        training: metadata.as_ref().and_then(|m| m.training.clone()),
        metadata,
        format: FileFormat::Npz,
        read_as,
        dataset: None,
    })
}

/// The arrays of a `.npz` that has other names than this program's, as tensors of some program.
pub(super) struct NpzTensors<R> {
    archive: Archive<R>,
    path: PathBuf,
    tensors: Vec<SourceTensor>,
}

impl<R: Read + Seek> NpzTensors<R> {
    pub fn new(archive: Archive<R>, path: &Path) -> Self {
        Self {
            tensors: archive.numeric(),
            archive,
            path: path.to_owned(),
        }
    }
}

impl<R: Read + Seek> TensorSource for NpzTensors<R> {
    fn tensors(&self) -> &[SourceTensor] {
        &self.tensors
    }

    fn read(&mut self, index: usize, sink: &mut Sink<'_>) -> Result<(), FileProblem> {
        let SourceTensor { name, shape, .. } = self.tensors[index].clone();
        self.archive.read(&name, &shape, sink)
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn file_len(&self) -> u64 {
        // what the arrays claim has been found plausible
        let counts = self.tensors.iter().filter_map(SourceTensor::count);
        4 * counts.map(|count| count as u64).sum::<u64>()
    }
}

fn open_as_tensors<R: Read + Seek>(
    mut file: NpzTensors<R>,
    assumptions: &Assumptions,
) -> Result<OpenedModel, FileProblem> {
    foreign::check(&file)?;
    let names = || file.tensors.iter().map(|tensor| tensor.name.as_str());
    // of this program's own arrays one is missing
    let own = names().any(|name| name.parse::<WeightId>().is_ok());
    if own || !names().any(is_embedding) {
        let own = WeightId::Embedding.to_string();
        return Err(file.archive.error(&own, ArrayProblem::Missing));
    }
    let said = config_file::beside(&file.path)?.unwrap_or_default();
    let facts = facts::read(&said, assumptions).map_err(|reason| file.contradiction(reason))?;
    let Assembled { gpt, read_as } = assemble(&mut file, &facts, assumptions)?;
    Ok(OpenedModel {
        gpt,
        tokenizer: None,
        metadata: None,
        training: None,
        format: FileFormat::Npz,
        read_as,
        dataset: None,
    })
}

fn read_metadata<R: Read + Seek>(
    archive: &mut Archive<R>,
) -> Result<Option<Metadata>, FileProblem> {
    let Some(json) = archive.read_bytes(METADATA_KEY)? else {
        return Ok(None);
    };
    let metadata = Metadata::parse(&json).map_err(FileProblem::Metadata)?;
    Ok(Some(metadata))
}

/// All weights of this configuration, and nothing else, from the file.
fn read_parameters<R: Read + Seek>(
    archive: &mut Archive<R>,
    config: &GptConfig,
) -> Result<Parameters, FileProblem> {
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
    let mut parameters = Parameters::zeros(config);
    for (entry, key) in layout.entries().iter().zip(&keys) {
        let (values, mut done) = (&mut parameters.values_mut()[entry.range.clone()], 0);
        archive.read(key, &entry.shape, &mut |numbers| {
            check_finite(numbers, done, &entry.shape)?;
            values[done..done + numbers.len()].copy_from_slice(numbers);
            done += numbers.len();
            Ok(())
        })?;
    }
    Ok(parameters)
}
