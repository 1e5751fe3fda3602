//! `.safetensors` with its `config.json`, as Hugging Face writes a GPT-2.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::Metadata as Description;

use super::error::{ArrayProblem, FileProblem};
use super::metadata::{METADATA_KEY, Metadata};
use super::pickle::NumberType;
use super::source::{Sink, SourceTensor, TensorSource, read_in_rows};

/// The longest description that is read; GPT-2's largest has 80 kB. Its many small parts take up to
/// seventeen times its length in memory.
const LONGEST_HEADER: u64 = 1 << 21;

/// An open file whose description has been read.
pub(super) struct SafetensorsFile<R> {
    reader: R,
    path: PathBuf,
    file_len: u64,
    tensors: Vec<SourceTensor>,
    /// Where each tensor's bytes begin in the file
    starts: Vec<u64>,
    /// What this program wrote into it
    pub metadata: Option<Metadata>,
}

/// Whether a file begins like a `.safetensors`: a length, and then a JSON object.
pub(super) fn is_safetensors(beginning: &[u8]) -> bool {
    beginning.get(8) == Some(&b'{') && beginning.get(6..8) == Some(&[0, 0])
}

impl<R: Read + Seek> SafetensorsFile<R> {
    /// Opens it and reads its description.
    pub fn open(mut reader: R, path: &Path) -> Result<Self, FileProblem> {
        let wrong = |reason: String| FileProblem::NotSafetensors(reason);
        let words = |error: std::io::Error| wrong(error.to_string());
        let file_len = reader.seek(SeekFrom::End(0)).map_err(words)?;
        reader.rewind().map_err(words)?;
        let mut length = [0; 8];
        reader.read_exact(&mut length).map_err(words)?;
        let header_len = u64::from_le_bytes(length);
        if header_len > LONGEST_HEADER.min(file_len) {
            return Err(wrong("its description is longer than it can be".to_owned()));
        }
        let mut header = Vec::new();
        (&mut reader)
            .take(header_len)
            .read_to_end(&mut header)
            .map_err(words)?;
        let description: Description =
            serde_json::from_slice(&header).map_err(|error| wrong(error.to_string()))?;
        let data = 8 + header_len;
        // the description has been checked to have no gaps and no overlaps
        if data + description.data_len() as u64 != file_len {
            return Err(wrong(format!(
                "it has {} bytes, but describes {}",
                file_len,
                data + description.data_len() as u64
            )));
        }
        let mut found: Vec<(u64, SourceTensor)> = Vec::new();
        for (name, info) in description.tensors() {
            let number = number_type(info.dtype).ok_or_else(|| {
                let kind = format!("{:?}", info.dtype);
                array_error(&name, ArrayProblem::UnsupportedType(kind))
            })?;
            let tensor = SourceTensor {
                name,
                shape: info.shape.clone(),
                number,
            };
            found.push((data + info.data_offsets.0 as u64, tensor));
        }
        found.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
        let own = description.metadata().as_ref();
        let own = own.and_then(|all| all.get(METADATA_KEY));
        let metadata =
            own.map(|json| Metadata::parse(json.as_bytes()).map_err(FileProblem::Metadata));
        let (starts, tensors) = found.into_iter().unzip();
        Ok(Self {
            reader,
            path: path.to_owned(),
            file_len,
            tensors,
            starts,
            metadata: metadata.transpose()?,
        })
    }
}

impl<R: Read + Seek> TensorSource for SafetensorsFile<R> {
    fn tensors(&self) -> &[SourceTensor] {
        &self.tensors
    }

    fn read(&mut self, index: usize, sink: &mut Sink<'_>) -> Result<(), FileProblem> {
        let tensor = &self.tensors[index];
        let damaged = |error: std::io::Error| ArrayProblem::Damaged(error.to_string());
        let reader = &mut self.reader;
        let result = reader
            .seek(SeekFrom::Start(self.starts[index]))
            .map_err(damaged)
            .and_then(|_| {
                let fill = |bytes: &mut [u8]| reader.read_exact(bytes).map_err(damaged);
                read_in_rows(tensor, fill, sink)
            });
        result.map_err(|problem| array_error(&tensor.name, problem))
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn file_len(&self) -> u64 {
        self.file_len
    }
}

fn array_error(name: &str, problem: ArrayProblem) -> FileProblem {
    FileProblem::Array {
        key: name.to_owned(),
        problem,
    }
}

fn number_type(kind: Dtype) -> Option<NumberType> {
    Some(match kind {
        Dtype::F64 => NumberType::F64,
        Dtype::F32 => NumberType::F32,
        Dtype::F16 => NumberType::F16,
        Dtype::BF16 => NumberType::BF16,
        Dtype::I64 => NumberType::I64,
        Dtype::I32 => NumberType::I32,
        Dtype::I16 => NumberType::I16,
        Dtype::I8 => NumberType::I8,
        Dtype::U8 => NumberType::U8,
        Dtype::BOOL => NumberType::Bool,
        _ => return None,
    })
}
