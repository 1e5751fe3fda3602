//! What tensors a file holds, whether or not they make a model.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::archive::Archive;
use super::error::{CheckpointError, FileProblem};
use super::load::{FileFormat, Kind, sniff, weights_file};
use super::npz::NpzTensors;
use super::pytorch::PyTorchFile;
use super::safetensors::SafetensorsFile;
use super::shards::{Shards, index_of};
use super::source::TensorSource;

/// A tensor as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTensor {
    /// Its name in the file.
    pub name: String,
    /// Its extents.
    pub shape: Vec<usize>,
    /// The type of its numbers: `f32`, `bf16` and so on.
    pub number_type: &'static str,
}

/// Shows every tensor of a file with its numbers (row-major, in single precision, whatever they are),
/// one after the other.
///
/// # Errors
/// A file that cannot be read, or an error of `visit`.
pub fn survey<E: From<CheckpointError>>(
    path: &Path,
    visit: impl FnMut(FoundTensor, &[f32]) -> Result<(), E>,
) -> Result<FileFormat, E> {
    let path = &weights_file(path)?;
    survey_file(path, visit).map_err(|stop| match stop {
        Stop::Problem(problem) => problem.of(path).into(),
        Stop::Visit(error) => error,
    })
}

/// Why a survey ends early.
enum Stop<E> {
    /// The file cannot be read.
    Problem(FileProblem),
    /// The visitor has had enough.
    Visit(E),
}

impl<E> From<FileProblem> for Stop<E> {
    fn from(problem: FileProblem) -> Self {
        Self::Problem(problem)
    }
}

fn survey_file<E>(
    path: &Path,
    visit: impl FnMut(FoundTensor, &[f32]) -> Result<(), E>,
) -> Result<FileFormat, Stop<E>> {
    if let Some(index) = index_of(path)
        && (index == *path || index.is_file())
    {
        visit_all(&mut Shards::open(&index)?, visit)?;
        return Ok(FileFormat::Safetensors);
    }
    let mut reader = BufReader::new(File::open(path).map_err(FileProblem::Read)?);
    match sniff(&mut reader)? {
        Kind::Safetensors => {
            visit_all(&mut SafetensorsFile::open(reader, path)?, visit)?;
            Ok(FileFormat::Safetensors)
        }
        Kind::Zip => match PyTorchFile::open_all(reader, path)? {
            Ok(mut file) => {
                // the weights alone, where it is known which they are
                let again = BufReader::new(File::open(path).map_err(FileProblem::Read)?);
                if let Ok(Ok(weights)) = PyTorchFile::open(again, path, None) {
                    file = weights;
                }
                visit_all(&mut file, visit)?;
                Ok(FileFormat::PyTorch)
            }
            Err(reader) => {
                let archive = Archive::open(reader)?;
                visit_all(&mut NpzTensors::new(archive, path), visit)?;
                Ok(FileFormat::Npz)
            }
        },
    }
}

fn visit_all<E>(
    source: &mut dyn TensorSource,
    mut visit: impl FnMut(FoundTensor, &[f32]) -> Result<(), E>,
) -> Result<(), Stop<E>> {
    let mut values = Vec::new();
    for (index, tensor) in source.tensors().to_vec().into_iter().enumerate() {
        values.clear();
        source.read(index, &mut |numbers| {
            values.extend_from_slice(numbers);
            Ok(())
        })?;
        let found = FoundTensor {
            name: tensor.name,
            shape: tensor.shape,
            number_type: tensor.number.name(),
        };
        visit(found, &values).map_err(Stop::Visit)?;
    }
    Ok(())
}
