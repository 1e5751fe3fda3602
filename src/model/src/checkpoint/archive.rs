//! Reading arrays out of a `.npz` that may be damaged or hostile: nothing it says is believed before
//! it is checked, and memory grows only with what has really been read.

use std::collections::BTreeMap;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};

use npyz::{DType, Endianness, NpyFile, Order, TypeChar};
use zip::ZipArchive;
use zip::read::ZipFile;

use super::error::{ArrayProblem, FileProblem};
use super::pickle::NumberType;
use super::source::{Sink, SourceTensor, read_in_rows};
use super::zip_directory;

/// The longest `.npy` header that is read; NumPy's own are 118 bytes.
const LONGEST_HEADER: usize = 4096;
/// Deflate cannot shrink anything by more than 1032.
const MOST_SHRINKING: u128 = 1032;
/// Weights do not compress a hundredfold; what claims to is a trap. The sum is for small files.
const PLAUSIBLE_FACTOR: u128 = 100;
const ALWAYS_PLAUSIBLE: u128 = 1 << 24;

/// What an array's header says.
#[derive(Clone, Debug)]
struct Header {
    /// The entry's place in the zip.
    entry: usize,
    shape: Vec<usize>,
    count: usize,
    order: Order,
    endianness: Endianness,
    /// The type of its numbers, or the name of one that is not read.
    number: Result<NumberType, String>,
}

/// An open `.npz` whose headers have all been read and found plausible.
pub(super) struct Archive<R> {
    zip: ZipArchive<R>,
    headers: BTreeMap<String, Header>,
}

impl<R: Read + Seek> Archive<R> {
    /// Opens it and reads all headers.
    pub fn open(mut reader: R) -> Result<Self, FileProblem> {
        let not_npz = |reason: String| FileProblem::NotNpz(reason);
        let read = |source| FileProblem::Read(source);
        let file_len = u128::from(reader.seek(SeekFrom::End(0)).map_err(read)?);
        if let Some(problem) = zip_directory::too_long(&mut reader).map_err(read)? {
            return Err(not_npz(problem));
        }
        let zip = ZipArchive::new(reader).map_err(|e| not_npz(e.to_string()))?;
        let mut archive = Self {
            zip,
            headers: BTreeMap::new(),
        };
        let (mut packed, mut claimed) = (0, 0);
        for entry in 0..archive.zip.len() {
            let file = archive
                .zip
                .by_index_raw(entry)
                .map_err(|e| not_npz(e.to_string()))?;
            let name = file
                .name()
                .map_err(|e| not_npz(e.to_string()))?
                .into_owned();
            packed += u128::from(file.compressed_size());
            claimed += u128::from(file.size());
            let trap =
                u128::from(file.size()) > MOST_SHRINKING * u128::from(file.compressed_size());
            drop(file);
            let Some(key) = npyz::npz::array_name_from_file_name(&name).map(str::to_owned) else {
                return Err(archive.error(&name, ArrayProblem::Spare));
            };
            // entries that share their bytes would count them more than once
            let shared = packed > file_len;
            if trap || shared || claimed > ALWAYS_PLAUSIBLE + PLAUSIBLE_FACTOR * file_len {
                return Err(archive.error(&key, ArrayProblem::Implausible { claimed }));
            }
            let header = archive.header(entry);
            let header = header.map_err(|problem| archive.error(&key, problem))?;
            if archive.headers.insert(key.clone(), header).is_some() {
                let problem = ArrayProblem::Damaged("it comes twice".to_owned());
                return Err(archive.error(&key, problem));
            }
        }
        Ok(archive)
    }

    /// The keys, in alphabetical order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.headers.keys().map(String::as_str)
    }

    /// How many arrays there are.
    pub fn len(&self) -> usize {
        self.headers.len()
    }

    /// An array's extents, if it is there.
    pub fn shape(&self, key: &str) -> Option<&[usize]> {
        Some(&self.headers.get(key)?.shape)
    }

    /// An error about one array of this file.
    pub fn error(&self, key: &str, problem: ArrayProblem) -> FileProblem {
        FileProblem::Array {
            key: key.to_owned(),
            problem,
        }
    }

    /// The arrays that hold floating-point numbers.
    pub fn numeric(&self) -> Vec<SourceTensor> {
        let arrays = self.headers.iter().filter_map(|(key, header)| {
            let number = *header.number.as_ref().ok()?;
            (number != NumberType::U8).then(|| SourceTensor {
                name: key.clone(),
                shape: header.shape.clone(),
                number,
            })
        });
        arrays.collect()
    }

    /// An array's numbers, row-major, in pieces of whole rows. It must have this shape.
    pub fn read(
        &mut self,
        key: &str,
        expected: &[usize],
        sink: &mut Sink<'_>,
    ) -> Result<(), FileProblem> {
        let header = self.headers.get(key).cloned();
        let read = || -> Result<(), ArrayProblem> {
            let header = header.ok_or(ArrayProblem::Missing)?;
            if header.shape != expected {
                return Err(ArrayProblem::WrongShape {
                    expected: expected.to_vec(),
                    found: header.shape,
                });
            }
            let number = header.number.clone()?;
            if number == NumberType::U8 {
                return Err(ArrayProblem::UnsupportedType("u8".to_owned()));
            }
            let (size, swapped) = (number.size(), header.endianness == Endianness::Big);
            let tensor = SourceTensor {
                name: key.to_owned(),
                shape: header.shape.clone(),
                number,
            };
            self.with_array(header.entry, |data| {
                let fill = |bytes: &mut [u8]| {
                    data.read_exact(bytes).map_err(damaged)?;
                    if swapped {
                        bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
                    }
                    Ok(())
                };
                if header.order == Order::C || expected.len() < 2 {
                    return read_in_rows(&tensor, fill, sink);
                }
                let mut all = Vec::new();
                let mut keep = |numbers: &[f32]| {
                    all.extend_from_slice(numbers);
                    Ok(())
                };
                read_in_rows(&tensor, fill, &mut keep)?;
                sink(&row_major(&all, expected))
            })
        };
        read().map_err(|problem| self.error(key, problem))
    }

    /// The bytes of a one-dimensional array of bytes, if it is there.
    pub fn read_bytes(&mut self, key: &str) -> Result<Option<Vec<u8>>, FileProblem> {
        let Some(header) = self.headers.get(key).cloned() else {
            return Ok(None);
        };
        let mut read = || -> Result<Vec<u8>, ArrayProblem> {
            if header.number.clone()? != NumberType::U8 {
                return Err(ArrayProblem::Damaged("it should hold bytes".to_owned()));
            }
            self.with_array(header.entry, |data| {
                let mut bytes = Vec::new();
                let read = data.take(header.count as u64).read_to_end(&mut bytes);
                match read.map_err(damaged)? == header.count {
                    true => Ok(bytes),
                    false => Err(damaged("it is cut off")),
                }
            })
        };
        read().map(Some).map_err(|problem| self.error(key, problem))
    }

    /// Opens an array behind the checks that npyz itself does not make.
    fn header(&mut self, entry: usize) -> Result<Header, ArrayProblem> {
        let mut bytes = self.with_header(entry, |header, _| Ok(Cursor::new(header)))?;
        let npy = NpyFile::new(&mut bytes as &mut dyn Read).map_err(damaged)?;
        Ok(header(entry, npy))
    }

    /// An array's data behind its header. Makes sure that nothing follows it, which also checks the zip's
    /// checksum.
    fn with_array<T>(
        &mut self,
        entry: usize,
        read: impl FnOnce(&mut dyn Read) -> Result<T, ArrayProblem>,
    ) -> Result<T, ArrayProblem> {
        self.with_header(entry, |_, mut data| {
            let result = read(&mut data)?;
            if data.read(&mut [0]).map_err(damaged)? != 0 {
                return Err(damaged("it goes on behind its last number"));
            }
            Ok(result)
        })
    }

    /// An array's header, checked, and what follows it.
    fn with_header<T>(
        &mut self,
        entry: usize,
        read: impl FnOnce(Vec<u8>, BufReader<ZipFile<'_, R>>) -> Result<T, ArrayProblem>,
    ) -> Result<T, ArrayProblem> {
        let file = self.zip.by_index(entry).map_err(damaged)?;
        let size = u128::from(file.size());
        let mut file = BufReader::new(file);
        let (header, claimed) = checked_header(&mut file)?;
        if header.len() as u128 + claimed > size {
            return Err(ArrayProblem::Implausible { claimed });
        }
        read(header, file)
    }
}

fn damaged(error: impl ToString) -> ArrayProblem {
    ArrayProblem::Damaged(error.to_string())
}

impl From<String> for ArrayProblem {
    fn from(kind: String) -> Self {
        Self::UnsupportedType(kind)
    }
}

/// Numbers in column-major order of these extents (Fortran's), in row-major order.
fn row_major(numbers: &[f32], shape: &[usize]) -> Vec<f32> {
    let place = |at: usize| {
        // the row-major index's extents from the last, the column-major strides from the last
        let mut rest = at;
        let mut stride = numbers.len();
        let mut place = 0;
        for &extent in shape.iter().rev() {
            stride /= extent;
            place += rest % extent * stride;
            rest /= extent;
        }
        place
    };
    (0..numbers.len()).map(|at| numbers[place(at)]).collect()
}

fn header(entry: usize, npy: NpyFile<&mut dyn Read>) -> Header {
    let little = Endianness::Little;
    let (number, endianness) = match npy.dtype() {
        DType::Plain(kind) => {
            let number = match (kind.type_char(), kind.size_field()) {
                (TypeChar::Float, 2) => Ok(NumberType::F16),
                (TypeChar::Float, 4) => Ok(NumberType::F32),
                (TypeChar::Float, 8) => Ok(NumberType::F64),
                (TypeChar::Uint, 1) => Ok(NumberType::U8),
                _ => Err(kind.to_string()),
            };
            (number, kind.endianness())
        }
        other => (Err(other.descr()), little),
    };
    let shape: Vec<usize> = npy.shape().iter().map(|&extent| extent as usize).collect();
    Header {
        entry,
        count: shape.iter().product(),
        shape,
        order: npy.order(),
        endianness,
        number,
    }
}

/// Reads a `.npy` header's bytes and the number of bytes its data claims to be. npyz multiplies the
/// extents without a thought of overflow, so it sees only headers of NumPy's own plain form whose
/// product is known to be small.
fn checked_header(file: &mut impl Read) -> Result<(Vec<u8>, u128), ArrayProblem> {
    let plain = |what: &str| ArrayProblem::Damaged(format!("its header {what}"));
    let mut bytes = vec![0; 10];
    file.read_exact(&mut bytes).map_err(damaged)?;
    if &bytes[..6] != b"\x93NUMPY" {
        return Err(ArrayProblem::Damaged("it is not a NumPy array".to_owned()));
    }
    let mut len = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    if bytes[6] > 1 {
        let mut upper = [0; 2];
        file.read_exact(&mut upper).map_err(damaged)?;
        bytes.extend(upper);
        len |= usize::from(u16::from_le_bytes(upper)) << 16;
    }
    if len > LONGEST_HEADER {
        return Err(plain("is too long"));
    }
    let begin = bytes.len();
    bytes.resize(begin + len, 0);
    file.read_exact(&mut bytes[begin..]).map_err(damaged)?;

    let text = std::str::from_utf8(&bytes[begin..]).map_err(|_| plain("is not text"))?;
    let (before, rest) = text.split_once('(').ok_or_else(|| plain("has no shape"))?;
    let (shape, after) = rest.split_once(')').ok_or_else(|| plain("has no shape"))?;
    let once = |word: &str| text.matches(word).count() == 1;
    if !before.trim_end().ends_with("'shape':")
        || !["'shape'", "'descr'", "'fortran_order'", "{", "}"]
            .iter()
            .all(|&w| once(w))
        || after.contains('(')
        || text.contains(['[', '\\', '"'])
    {
        return Err(plain("is not of the plain form that NumPy writes"));
    }
    let mut count: u128 = 1;
    for extent in shape.split(',').map(str::trim).filter(|e| !e.is_empty()) {
        let extent: u32 = extent.parse().map_err(|_| plain("has no valid shape"))?;
        count = count
            .checked_mul(extent.into())
            .filter(|&count| count < 1 << 48)
            .ok_or(ArrayProblem::Implausible { claimed: u128::MAX })?;
    }
    let size = text
        .split('\'')
        .find_map(|word| word.strip_prefix(['<', '>', '|', '=']))
        .and_then(|kind| kind.get(1..)?.parse::<u16>().ok())
        .ok_or_else(|| plain("has no plain number type"))?;
    Ok((bytes, count * u128::from(size)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    #[test]
    fn numbers_whose_first_byte_is_the_highest_are_read_as_others_are() {
        let header = "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 2), }\n";
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("x.npy", SimpleFileOptions::default())
            .unwrap();
        zip.write_all(b"\x93NUMPY\x01\x00").unwrap();
        zip.write_all(&(header.len() as u16).to_le_bytes()).unwrap();
        zip.write_all(header.as_bytes()).unwrap();
        let numbers = [1.5_f32, -2.0, 1e30, 0.1];
        for number in numbers {
            zip.write_all(&number.to_be_bytes()).unwrap();
        }
        let mut archive = Archive::open(zip.finish().unwrap()).unwrap();
        let mut found = Vec::new();
        let mut keep = |numbers: &[f32]| {
            found.extend_from_slice(numbers);
            Ok(())
        };
        archive.read("x", &[2, 2], &mut keep).unwrap();
        assert_eq!(found, numbers);
    }

    #[test]
    fn numbers_in_column_major_order_are_put_in_row_major_order() {
        let (a, b, c) = (2, 3, 4);
        let mut columns = vec![0.0; a * b * c];
        for i in 0..a {
            for j in 0..b {
                for k in 0..c {
                    columns[i + a * (j + b * k)] = (100 * i + 10 * j + k) as f32;
                }
            }
        }
        let rows = row_major(&columns, &[a, b, c]);
        for (at, number) in rows.into_iter().enumerate() {
            let (i, j, k) = (at / (b * c), at / c % b, at % c);
            assert_eq!(number, (100 * i + 10 * j + k) as f32);
        }
    }
}
