//! A model whose tensors are spread over several files, as Hugging Face writes large ones, with an index
//! that says which tensor is in which.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::FileProblem;
use super::load::{Kind, sniff};
use super::pytorch::PyTorchFile;
use super::safetensors::SafetensorsFile;
use super::source::{Sink, SourceTensor, TensorSource};

/// No index is longer; that of a model of a thousand blocks has a megabyte.
const LONGEST_INDEX: u64 = 1 << 24;

/// The index of a file of many, if it is one: the file itself, or one in the same folder that a name
/// such as `model-00001-of-00003.safetensors` belongs to.
pub(super) fn index_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    if name.ends_with(".index.json") {
        return Some(path.to_owned());
    }
    let (stem, ending) = name.rsplit_once('.')?;
    let (front, count) = stem.rsplit_once("-of-")?;
    let (front, number) = front.rsplit_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    (digits(count) && digits(number)).then_some(())?;
    Some(path.with_file_name(format!("{front}.{ending}.index.json")))
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// Several files of tensors as one.
pub(super) struct Shards {
    path: PathBuf,
    files: Vec<Box<dyn TensorSource>>,
    tensors: Vec<SourceTensor>,
    /// Each tensor's file, and its place there
    places: Vec<(usize, usize)>,
}

impl Shards {
    /// Opens all files that an index names.
    ///
    /// # Errors
    /// An index that cannot be read, a file that is missing or is no file of tensors, or a tensor that is
    /// not where the index says.
    pub fn open(index: &Path) -> Result<Self, FileProblem> {
        let wrong = |reason: String| FileProblem::Model(reason);
        let file = File::open(index).map_err(|error| {
            wrong(format!(
                "this index, which says what is in the other files of the model, cannot be read: {error}; \
                 copy it from where the model comes from"
            ))
        })?;
        let length = file.metadata().map_err(FileProblem::Read)?.len();
        if length > LONGEST_INDEX {
            return Err(wrong("it is too long for an index".to_owned()));
        }
        let parsed: Result<Index, _> = serde_json::from_reader(BufReader::new(file));
        let map = parsed.map_err(|error| wrong(format!("it is no index: {error}")))?;
        let map = map.weight_map;
        let mut names: Vec<&String> = map.values().collect();
        names.sort();
        names.dedup();
        let mut shards = Self {
            path: index.to_owned(),
            files: Vec::new(),
            tensors: Vec::new(),
            places: Vec::new(),
        };
        for name in names {
            // a file beside the index, nothing that leads elsewhere
            if Path::new(name).components().count() != 1
                || name.contains(['/', '\\'])
                || name == ".."
            {
                return Err(wrong(format!(
                    "it names '{name}', which is no file beside it"
                )));
            }
            let path = index.with_file_name(name);
            let opened = open_shard(&path).map_err(|problem| problem.of(&path))?;
            let file =
                opened.ok_or_else(|| wrong(format!("'{name}' holds no tensors of PyTorch")))?;
            for (at, tensor) in file.tensors().iter().enumerate() {
                if map.get(&tensor.name) != Some(name) {
                    return Err(wrong(format!(
                        "'{name}' holds '{}', which the index does not say",
                        tensor.name
                    )));
                }
                shards.tensors.push(tensor.clone());
                shards.places.push((shards.files.len(), at));
            }
            shards.files.push(file);
        }
        let missing = map
            .keys()
            .find(|name| !shards.tensors.iter().any(|tensor| tensor.name == **name));
        match missing {
            Some(name) => Err(wrong(format!("'{name}' is not in the file that it names"))),
            None => Ok(shards),
        }
    }
}

/// A file of tensors; `None` if it is a zip of something else.
fn open_shard(path: &Path) -> Result<Option<Box<dyn TensorSource>>, FileProblem> {
    let mut reader = BufReader::new(File::open(path).map_err(FileProblem::Read)?);
    Ok(match sniff(&mut reader)? {
        Kind::Safetensors => Some(Box::new(SafetensorsFile::open(reader, path)?)),
        Kind::Zip => match PyTorchFile::open(reader, path, None)? {
            Ok(file) => Some(Box::new(file)),
            Err(_) => None,
        },
    })
}

impl TensorSource for Shards {
    fn tensors(&self) -> &[SourceTensor] {
        &self.tensors
    }

    fn read(&mut self, index: usize, sink: &mut Sink<'_>) -> Result<(), FileProblem> {
        let (file, at) = self.places[index];
        let file = &mut self.files[file];
        let read = file.read(at, sink);
        read.map_err(|problem| problem.of(file.path()).into())
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn share_numbers(&self, a: usize, b: usize) -> bool {
        let ((file_a, a), (file_b, b)) = (self.places[a], self.places[b]);
        file_a == file_b && self.files[file_a].share_numbers(a, b)
    }

    fn file_len(&self) -> u64 {
        let lengths = self.files.iter().map(|file| file.file_len());
        lengths.fold(0, u64::saturating_add)
    }
}
