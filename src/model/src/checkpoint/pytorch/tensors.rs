//! A checkpoint's tensors: found in its description, read from its storages.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::container::{Container, Place};
use crate::checkpoint::error::{ArrayProblem, CheckpointError};
use crate::checkpoint::pickle::{self, Allowed, Heap, Id, TensorRecord, Value};
use crate::checkpoint::source::{
    Sink, SourceTensor, TensorSource, decode, read_in_rows, rows_of_piece,
};

/// Names under which programs keep the weights beside other things.
const WEIGHTS: [&str; 3] = ["model", "state_dict", "model_state_dict"];

/// The longest description that is read; GPT-2's largest, optimizer and all, has 300 kB.
const LONGEST_DESCRIPTION: u64 = 1 << 22;

/// An open checkpoint: its description has been read, its numbers have not.
pub struct PyTorchFile<R> {
    reader: R,
    path: PathBuf,
    container: Container,
    heap: Heap,
    root: Id,
    tensors: Vec<SourceTensor>,
    records: Vec<TensorRecord>,
    /// The storage last read as a whole, for tensors that take their numbers from all over it
    kept: Option<(String, Rc<Vec<u8>>)>,
}

impl<R: Read + Seek> PyTorchFile<R> {
    /// Opens a zip; gives the reader back if it is no checkpoint.
    pub fn open(mut reader: R, path: &Path) -> Result<Result<Self, R>, CheckpointError> {
        let wrong = |reason: String| CheckpointError::NotPyTorch {
            path: path.to_owned(),
            reason,
        };
        let Some(container) = Container::open(&mut reader, path)? else {
            return Ok(Err(reader));
        };
        if let Some(&place) = container.entries.get("byteorder") {
            let order = read_small(&mut reader, place).map_err(wrong)?;
            if order != b"little" {
                let reason = "its numbers are not little-endian; save it anew on another machine";
                return Err(wrong(reason.to_owned()));
            }
        }
        let place = container.description();
        let place = place.ok_or_else(|| wrong("it has no description".to_owned()))?;
        if place.len > LONGEST_DESCRIPTION {
            let reason = format!(
                "its description has {} bytes, more than any model's",
                place.len
            );
            return Err(wrong(reason));
        }
        let description = read_small(&mut reader, place).map_err(wrong)?;
        let refused = |source| CheckpointError::Pickle {
            path: path.to_owned(),
            source,
        };
        let (heap, root) = pickle::read(&description, Allowed::Tensors).map_err(refused)?;
        let mut file = Self {
            reader,
            path: path.to_owned(),
            container,
            heap,
            root,
            tensors: Vec::new(),
            records: Vec::new(),
            kept: None,
        };
        let weights = file.weights().ok_or_else(|| {
            wrong(
                "it holds no weights: neither 'model' nor 'state_dict', and it is not itself a \
                 dictionary of tensors"
                    .to_owned(),
            )
        })?;
        for &(key, value) in file.heap.pairs(weights).unwrap_or_default() {
            let Some(name) = file.heap.text(key) else {
                return Err(wrong("a weight's name is not a text".to_owned()));
            };
            match file.heap.get(value) {
                Value::Tensor(record) => {
                    file.tensors.push(SourceTensor {
                        name: name.to_owned(),
                        shape: record.shape.clone(),
                        number: record.storage.number,
                    });
                    file.records.push((**record).clone());
                }
                other => {
                    let found = other.kind();
                    return Err(wrong(format!(
                        "its weight '{name}' is {found}, not a tensor"
                    )));
                }
            }
        }
        Ok(Ok(file))
    }

    /// The dictionary of weights.
    fn weights(&self) -> Option<Id> {
        let has_tensor = |&id: &Id| {
            let pairs = self.heap.pairs(id).unwrap_or_default();
            pairs
                .iter()
                .any(|&(_, value)| matches!(self.heap.get(value), Value::Tensor(_)))
        };
        let named = WEIGHTS
            .into_iter()
            .filter_map(|name| self.heap.member(self.root, name))
            .find(has_tensor);
        named.or_else(|| Some(self.root).filter(has_tensor))
    }

    /// What the file has beside its weights under this name, or within that under the second.
    fn fact(&self, path: &[&str]) -> Option<Id> {
        path.iter()
            .try_fold(self.root, |id, name| self.heap.member(id, name))
    }

    /// Whether the file has this beside its weights.
    pub fn has(&self, path: &[&str]) -> bool {
        self.fact(path).is_some()
    }

    /// A whole number that the file has beside its weights.
    pub fn int(&self, path: &[&str]) -> Option<i64> {
        self.heap.int(self.fact(path)?)
    }

    /// A text that the file has beside its weights.
    pub fn text(&self, path: &[&str]) -> Option<&str> {
        self.heap.text(self.fact(path)?)
    }

    /// A number that the file has beside its weights; it can be a tensor of one number.
    pub fn number(&mut self, path: &[&str]) -> Option<f64> {
        let id = self.fact(path)?;
        let Value::Tensor(record) = self.heap.get(id) else {
            return self.heap.number(id);
        };
        let record = (**record).clone();
        if record.shape.iter().any(|&extent| extent != 1) {
            return None;
        }
        let tensor = SourceTensor {
            name: String::new(),
            shape: Vec::new(),
            number: record.storage.number,
        };
        let mut found = None;
        let mut sink = |numbers: &[f32]| {
            found = numbers.first().map(|&number| f64::from(number));
            Ok(())
        };
        self.read_record(&tensor, &record, &mut sink).ok()?;
        found
    }

    fn read_record(
        &mut self,
        tensor: &SourceTensor,
        record: &TensorRecord,
        sink: &mut Sink<'_>,
    ) -> Result<(), ArrayProblem> {
        let (place, count) = self.checked(tensor, record)?;
        if count == 0 {
            return Ok(());
        }
        if !is_row_major(record) {
            return self.gather(record, place, sink);
        }
        let size = record.storage.number.size() as u64;
        let start = place.start + record.offset as u64 * size;
        self.reader.seek(SeekFrom::Start(start)).map_err(damaged)?;
        let mut checksum = crc32fast::Hasher::new();
        let fill = |bytes: &mut [u8]| {
            self.reader.read_exact(bytes).map_err(damaged)?;
            checksum.update(bytes);
            Ok(())
        };
        read_in_rows(tensor, fill, sink)?;
        // a part of a storage has no checksum of its own
        if count as u64 * size == place.len {
            check(checksum, place)?;
        }
        Ok(())
    }

    /// The storage's place, once everything the description says of the tensor fits it, and how many
    /// numbers the tensor has.
    fn checked(
        &self,
        tensor: &SourceTensor,
        record: &TensorRecord,
    ) -> Result<(Place, usize), ArrayProblem> {
        let storage = &record.storage;
        let file = format!("data/{}", storage.key);
        let place = self.container.entries.get(&file).ok_or_else(|| {
            ArrayProblem::Damaged(format!("its numbers, {file}, are not in the file"))
        })?;
        let size = storage.number.size() as u128;
        let claimed = storage.len as u128 * size;
        if claimed > u128::from(place.len) {
            return Err(ArrayProblem::Implausible { claimed });
        }
        let count = tensor.count().unwrap_or(usize::MAX);
        if count == 0 {
            return Ok((*place, 0));
        }
        // the number furthest back
        let last = record
            .shape
            .iter()
            .zip(&record.strides)
            .map(|(&extent, &stride)| (extent as u128 - 1) * stride as u128)
            .fold(record.offset as u128, u128::saturating_add);
        let claimed = last.saturating_add(1).saturating_mul(size);
        if last >= storage.len as u128 {
            return Err(ArrayProblem::Implausible { claimed });
        }
        // a stride of 0 would make much of little
        if count > storage.len {
            let claimed = count as u128 * size;
            return Err(ArrayProblem::Implausible { claimed });
        }
        Ok((*place, count))
    }

    /// Reads numbers that stand in another order than they count in.
    fn gather(
        &mut self,
        record: &TensorRecord,
        place: Place,
        sink: &mut Sink<'_>,
    ) -> Result<(), ArrayProblem> {
        let bytes = self.whole(&record.storage.key, place)?;
        let (number, size) = (record.storage.number, record.storage.number.size());
        let mut all = Vec::new();
        let width = record.shape.last().copied().unwrap_or(1);
        let stride = record.strides.last().copied().unwrap_or(1);
        let outer = &record.shape[..record.shape.len().saturating_sub(1)];
        let rows: usize = outer.iter().product();
        let rows_at_once = rows_of_piece(width);
        let mut piece = Vec::new();
        for row in 0..rows {
            let mut rest = row;
            let mut at = record.offset;
            for (&extent, &stride) in outer.iter().zip(&record.strides).rev() {
                at += rest % extent * stride;
                rest /= extent;
            }
            for column in 0..width {
                let at = (at + column * stride) * size;
                piece.extend_from_slice(&bytes[at..at + size]);
            }
            if (row + 1) % rows_at_once == 0 || row + 1 == rows {
                decode(number, &piece, &mut all);
                sink(&all)?;
                piece.clear();
            }
        }
        Ok(())
    }

    /// All bytes of a storage.
    fn whole(&mut self, key: &str, place: Place) -> Result<Rc<Vec<u8>>, ArrayProblem> {
        if let Some((kept, bytes)) = &self.kept
            && kept == key
        {
            return Ok(Rc::clone(bytes));
        }
        self.kept = None;
        let bytes = read_small(&mut self.reader, place).map_err(ArrayProblem::Damaged)?;
        let bytes = Rc::new(bytes);
        self.kept = Some((key.to_owned(), Rc::clone(&bytes)));
        Ok(bytes)
    }
}

impl<R: Read + Seek> TensorSource for PyTorchFile<R> {
    fn tensors(&self) -> &[SourceTensor] {
        &self.tensors
    }

    fn read(&mut self, index: usize, sink: &mut Sink<'_>) -> Result<(), CheckpointError> {
        let (tensor, record) = (self.tensors[index].clone(), self.records[index].clone());
        let result = self.read_record(&tensor, &record, sink);
        result.map_err(|problem| self.error(&tensor.name, problem))
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn share_numbers(&self, a: usize, b: usize) -> bool {
        self.records[a] == self.records[b]
    }

    fn file_len(&self) -> u64 {
        self.container.file_len
    }
}

fn damaged(error: impl ToString) -> ArrayProblem {
    ArrayProblem::Damaged(error.to_string())
}

/// Whether a tensor's numbers stand one after the other. An axis of one place has no stride.
fn is_row_major(record: &TensorRecord) -> bool {
    let mut expected = 1;
    record
        .shape
        .iter()
        .zip(&record.strides)
        .rev()
        .all(|(&extent, &stride)| {
            let fits = extent == 1 || stride == expected;
            expected *= extent;
            fits
        })
}

/// Compares what was read with the zip's checksum. PyTorch can be told to leave checksums out; they
/// are 0 then.
fn check(checksum: crc32fast::Hasher, place: Place) -> Result<(), ArrayProblem> {
    if place.crc != 0 && checksum.finalize() != place.crc {
        return Err(damaged(
            "its numbers do not have the checksum they should have",
        ));
    }
    Ok(())
}

/// Reads an entry as a whole; its length is known to be within the file's.
fn read_small(reader: &mut (impl Read + Seek), place: Place) -> Result<Vec<u8>, String> {
    let words = |error: std::io::Error| error.to_string();
    reader.seek(SeekFrom::Start(place.start)).map_err(words)?;
    let length = usize::try_from(place.len).map_err(|error| error.to_string())?;
    let mut bytes = Vec::with_capacity(length);
    reader
        .take(place.len)
        .read_to_end(&mut bytes)
        .map_err(words)?;
    if bytes.len() as u64 != place.len {
        return Err("it is cut off".to_owned());
    }
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&bytes);
    check(checksum, place).map_err(|_| "its description's checksum is wrong".to_owned())?;
    Ok(bytes)
}

/// Whether a file begins like a checkpoint of PyTorch before 1.6: a pickle of a certain number.
pub fn is_old_format(beginning: &[u8]) -> bool {
    const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
    beginning.starts_with(&[0x80]) && beginning.windows(MAGIC.len()).any(|part| part == MAGIC)
}
