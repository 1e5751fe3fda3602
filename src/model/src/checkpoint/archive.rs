//! Reading arrays out of a `.npz` that may be damaged or hostile: nothing it says is believed before
//! it is checked, and memory grows only with what has really been read.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};

use npyz::{DType, NpyFile, Order, TypeChar};
use zip::ZipArchive;

use super::error::{ArrayProblem, FileProblem};
use super::zip_directory;

/// The longest `.npy` header that is read; NumPy's own are 118 bytes.
const LONGEST_HEADER: usize = 4096;
/// Deflate cannot shrink anything by more than 1032.
const MOST_SHRINKING: u128 = 1032;
/// Weights do not compress a hundredfold; what claims to is a trap. The sum is for small files.
const PLAUSIBLE_FACTOR: u128 = 100;
const ALWAYS_PLAUSIBLE: u128 = 1 << 24;
/// How many numbers are made room for before any is read.
const FIRST_RESERVE: usize = 1 << 16;

/// An array's numbers as they stand in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Half,
    Single,
    Double,
    Byte,
}

/// What an array's header says.
#[derive(Clone, Debug)]
struct Header {
    /// The entry's place in the zip.
    entry: usize,
    shape: Vec<usize>,
    count: usize,
    order: Order,
    /// Its kind, or the name of one that is not read.
    kind: Result<Kind, String>,
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
            let header = archive.with_array(entry, Until::Header, |npy| Ok(header(entry, npy)));
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

    /// The arrays that hold floating-point numbers: key, extents, type.
    pub fn numeric(&self) -> Vec<(String, Vec<usize>, &'static str)> {
        let arrays = self.headers.iter().filter_map(|(key, header)| {
            let kind = match header.kind {
                Ok(Kind::Half) => "f16",
                Ok(Kind::Single) => "f32",
                Ok(Kind::Double) => "f64",
                _ => return None,
            };
            Some((key.clone(), header.shape.clone(), kind))
        });
        arrays.collect()
    }

    /// An array's numbers, row-major, whether or not they are finite.
    pub fn read_any(&mut self, key: &str, expected: &[usize]) -> Result<Vec<f32>, FileProblem> {
        let mut values = Vec::new();
        self.read(key, expected, &mut values, Finite::No)?;
        Ok(values)
    }

    /// Appends an array's numbers, row-major and all finite, which must have this shape.
    pub fn read_numbers(
        &mut self,
        key: &str,
        expected: &[usize],
        values: &mut Vec<f32>,
    ) -> Result<(), FileProblem> {
        self.read(key, expected, values, Finite::Demanded)
    }

    fn read(
        &mut self,
        key: &str,
        expected: &[usize],
        values: &mut Vec<f32>,
        finite: Finite,
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
            let begin = values.len();
            values.reserve(header.count.min(FIRST_RESERVE));
            match header.kind.clone()? {
                Kind::Half => self.with_array(header.entry, Until::End, |npy| {
                    let numbers = npy.data::<half::f16>().map_err(damaged)?;
                    append(numbers, &header, values, finite, f32::from, f64::from)
                })?,
                Kind::Single => self.with_array(header.entry, Until::End, |npy| {
                    let numbers = npy.data::<f32>().map_err(damaged)?;
                    append(numbers, &header, values, finite, |x| x, f64::from)
                })?,
                Kind::Double => self.with_array(header.entry, Until::End, |npy| {
                    let numbers = npy.data::<f64>().map_err(damaged)?;
                    append(numbers, &header, values, finite, |x| x as f32, |x| x)
                })?,
                Kind::Byte => return Err(ArrayProblem::UnsupportedType("u8".to_owned())),
            }
            if let (Order::Fortran, &[rows, columns]) = (header.order, expected) {
                let turned = values.split_off(begin);
                values.extend((0..header.count).map(|i| turned[i / columns + i % columns * rows]));
            }
            Ok(())
        };
        read().map_err(|problem| self.error(key, problem))
    }

    /// The bytes of a one-dimensional array of bytes, if it is there.
    pub fn read_bytes(&mut self, key: &str) -> Result<Option<Vec<u8>>, FileProblem> {
        let Some(header) = self.headers.get(key).cloned() else {
            return Ok(None);
        };
        let mut read = || -> Result<Vec<u8>, ArrayProblem> {
            if header.kind.clone()? != Kind::Byte {
                return Err(ArrayProblem::Damaged("it should hold bytes".to_owned()));
            }
            self.with_array(header.entry, Until::End, |npy| {
                let bytes = npy.data::<u8>().map_err(damaged)?;
                bytes.map(|byte| byte.map_err(damaged)).collect()
            })
        };
        read().map(Some).map_err(|problem| self.error(key, problem))
    }

    /// Opens an array behind the checks that npyz itself does not make, and makes sure that nothing
    /// follows its data once all of it has been read (which also checks the zip's checksum).
    fn with_array<T>(
        &mut self,
        entry: usize,
        until: Until,
        read: impl FnOnce(NpyFile<&mut dyn Read>) -> Result<T, ArrayProblem>,
    ) -> Result<T, ArrayProblem> {
        let file = self.zip.by_index(entry).map_err(damaged)?;
        let size = u128::from(file.size());
        let mut file = BufReader::new(file);
        let (header, claimed) = checked_header(&mut file)?;
        if header.len() as u128 + claimed > size {
            return Err(ArrayProblem::Implausible { claimed });
        }
        let mut whole = Cursor::new(header).chain(file);
        let result = read(NpyFile::new(&mut whole as &mut dyn Read).map_err(damaged)?)?;
        if until == Until::End && whole.read(&mut [0]).map_err(damaged)? != 0 {
            return Err(ArrayProblem::Damaged(
                "it goes on behind its last number".to_owned(),
            ));
        }
        Ok(result)
    }
}

/// How far an array is read.
#[derive(Clone, Copy, PartialEq)]
enum Until {
    Header,
    End,
}

fn damaged(error: impl ToString) -> ArrayProblem {
    ArrayProblem::Damaged(error.to_string())
}

impl From<String> for ArrayProblem {
    fn from(kind: String) -> Self {
        Self::UnsupportedType(kind)
    }
}

/// Whether every number must be one.
#[derive(Clone, Copy, PartialEq)]
enum Finite {
    Demanded,
    No,
}

/// Appends an array's numbers, each checked for being finite where that is demanded.
fn append<T: Copy>(
    numbers: impl Iterator<Item = io::Result<T>>,
    header: &Header,
    values: &mut Vec<f32>,
    finite: Finite,
    single: impl Fn(T) -> f32,
    double: impl Fn(T) -> f64,
) -> Result<(), ArrayProblem> {
    for (at, number) in numbers.enumerate() {
        let number = number.map_err(damaged)?;
        let value = single(number);
        if finite == Finite::Demanded && !value.is_finite() {
            return Err(ArrayProblem::NotFinite {
                value: double(number),
                index: index(header, at),
            });
        }
        values.push(value);
    }
    Ok(())
}

/// The index along each axis of the number that stands at `at` in the file.
fn index(header: &Header, mut at: usize) -> Vec<usize> {
    let mut index = vec![0; header.shape.len()];
    let mut place = |axis: usize| {
        index[axis] = at % header.shape[axis];
        at /= header.shape[axis];
    };
    match header.order {
        Order::C => (0..header.shape.len()).rev().for_each(&mut place),
        Order::Fortran => (0..header.shape.len()).for_each(&mut place),
    }
    index
}

fn header(entry: usize, npy: NpyFile<&mut dyn Read>) -> Header {
    let kind = match npy.dtype() {
        DType::Plain(kind) => match (kind.type_char(), kind.size_field()) {
            (TypeChar::Float, 2) => Ok(Kind::Half),
            (TypeChar::Float, 4) => Ok(Kind::Single),
            (TypeChar::Float, 8) => Ok(Kind::Double),
            (TypeChar::Uint, 1) => Ok(Kind::Byte),
            _ => Err(kind.to_string()),
        },
        other => Err(other.descr()),
    };
    let shape: Vec<usize> = npy.shape().iter().map(|&extent| extent as usize).collect();
    Header {
        entry,
        count: shape.iter().product(),
        shape,
        order: npy.order(),
        kind,
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
