//! A checkpoint's tensors: found in its description, read from its storages.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::container::{Container, Place};
use super::weights::{Found, NoWeights, every_tensor, find};
use crate::checkpoint::error::{ArrayProblem, FileProblem};
use crate::checkpoint::pickle::{self, Allowed, Heap, Id, PickleError, TensorRecord, Value};
use crate::checkpoint::source::{
    Sink, SourceTensor, TensorSource, decode, read_in_rows, rows_of_piece,
};

/// The longest description that is read; GPT-2's largest, optimizer and all, has 300 kB, but a history of
/// losses may be far longer.
const LONGEST_DESCRIPTION: u64 = 1 << 28;

/// An open checkpoint: its description has been read, its numbers have not.
pub struct PyTorchFile<R> {
    reader: R,
    path: PathBuf,
    container: Container,
    heap: Heap,
    root: Id,
    weights: Option<Found>,
    tensors: Vec<SourceTensor>,
    records: Vec<TensorRecord>,
    /// The storage last read as a whole, for tensors that take their numbers from all over it
    kept: Option<(String, Rc<Vec<u8>>)>,
}

impl<R: Read + Seek> PyTorchFile<R> {
    /// Opens a zip and finds its weights, those under `key` if it is given; gives the reader back if it
    /// is no checkpoint.
    pub fn open(reader: R, path: &Path, key: Option<&str>) -> Result<Result<Self, R>, FileProblem> {
        let mut file = match Self::described(reader, path)? {
            Ok(file) => file,
            Err(reader) => return Ok(Err(reader)),
        };
        let found = find(&file.heap, file.root, key);
        let found = found.map_err(|why| file.no_weights(why))?;
        let wrong = |reason: String| FileProblem::NotPyTorch(reason);
        for &(key, value) in file.heap.pairs(found.at).unwrap_or_default() {
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
                // what a module may keep beside its weights
                Value::None | Value::Bytes(_) if name.ends_with("_extra_state") => {}
                other => {
                    let found = match file.heap.class(value) {
                        Some(class) => format!("an object of {class}, which is not built"),
                        None => format!("{}, not a tensor", other.kind()),
                    };
                    return Err(wrong(format!("its weight '{name}' is {found}")));
                }
            }
        }
        file.weights = Some(found);
        Ok(Ok(file))
    }

    /// Opens a zip, to look at every tensor in it, weight or not; gives the reader back if it is no
    /// checkpoint.
    pub fn open_all(reader: R, path: &Path) -> Result<Result<Self, R>, FileProblem> {
        let mut file = match Self::described(reader, path)? {
            Ok(file) => file,
            Err(reader) => return Ok(Err(reader)),
        };
        for (name, id) in every_tensor(&file.heap, file.root) {
            if let Value::Tensor(record) = file.heap.get(id) {
                file.tensors.push(SourceTensor {
                    name,
                    shape: record.shape.clone(),
                    number: record.storage.number,
                });
                file.records.push((**record).clone());
            }
        }
        Ok(Ok(file))
    }

    /// Why there are no weights, with the way out.
    fn no_weights(&self, why: NoWeights) -> FileProblem {
        let listed = |keys: Vec<String>| -> String {
            let shown = |key: &String| match key.is_empty() {
                true => "the outermost level".to_owned(),
                false => format!("'{key}'"),
            };
            keys.iter().map(shown).collect::<Vec<_>>().join(", ")
        };
        let reason = match why {
            NoWeights::Unknown { class } => {
                return FileProblem::Pickle(PickleError::ForbiddenName(class));
            }
            NoWeights::Module { class } => {
                let load = match class.starts_with("__torch__") {
                    true => "torch.jit.load",
                    false => "torch.load",
                };
                let more = match class.starts_with("__torch__") {
                    true => "",
                    false => ", weights_only=False",
                };
                format!(
                    "it is a whole module, an object of the class {class}, which only the script that has it \
                     could build; save its state_dict() instead, where that script is: python -c \"import \
                     torch; torch.save({load}('{}', map_location='cpu'{more}).state_dict(), 'weights.pt')\"",
                    self.path.display()
                )
            }
            NoWeights::NoSuchKey { keys } => format!(
                "it holds no weights under the name that --weights-key gives; there are {}",
                listed(keys)
            ),
            NoWeights::Doubt { keys } => format!(
                "it holds several sets of tensors, under {}; say which are the weights with --weights-key",
                listed(keys)
            ),
            NoWeights::None => {
                "it holds no weights: no dictionary of named tensors is in it; save the \
                 model's state_dict() with torch.save"
                    .to_owned()
            }
        };
        FileProblem::NotPyTorch(reason)
    }

    /// Opens a zip and reads its description.
    fn described(mut reader: R, path: &Path) -> Result<Result<Self, R>, FileProblem> {
        let wrong = |reason: String| FileProblem::NotPyTorch(reason);
        let Some(container) = Container::open(&mut reader)? else {
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
        let refused = |source| FileProblem::Pickle(source);
        let (heap, root) = pickle::read(&description, Allowed::Tensors).map_err(refused)?;
        Ok(Ok(Self {
            reader,
            path: path.to_owned(),
            container,
            heap,
            root,
            weights: None,
            tensors: Vec::new(),
            records: Vec::new(),
            kept: None,
        }))
    }

    /// All values of the description.
    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// The outermost value of the description.
    pub fn root(&self) -> Id {
        self.root
    }

    /// Where the weights are, and which others there are; nothing if they were not looked for.
    pub fn weights(&self) -> Option<&Found> {
        self.weights.as_ref()
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

    fn read(&mut self, index: usize, sink: &mut Sink<'_>) -> Result<(), FileProblem> {
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
