//! Files of named tensors, whatever their format: what each tensor is called, its shape and type, and
//! its numbers piece by piece, so that no file is ever held in memory as a whole.

use std::path::Path;

use super::error::{ArrayProblem, FileProblem};
use super::pickle::NumberType;

/// A tensor in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SourceTensor {
    /// Its name in the file.
    pub name: String,
    /// Its extents.
    pub shape: Vec<usize>,
    /// Of its numbers.
    pub number: NumberType,
}

impl SourceTensor {
    /// How many numbers it has; `None` if more than can be counted.
    pub fn count(&self) -> Option<usize> {
        self.shape
            .iter()
            .try_fold(1_usize, |count, &extent| count.checked_mul(extent))
    }
}

/// Takes the next numbers of a tensor, row-major. Pieces are whole rows (of the last axis), so many
/// that a matrix can be turned over strip by strip.
pub(super) type Sink<'a> = dyn FnMut(&[f32]) -> Result<(), ArrayProblem> + 'a;

/// A file of named tensors.
pub(super) trait TensorSource {
    /// All tensors that can be read.
    fn tensors(&self) -> &[SourceTensor];

    /// Reads a tensor of [`TensorSource::tensors`] by its place there, in single precision.
    fn read(&mut self, index: usize, sink: &mut Sink<'_>) -> Result<(), FileProblem>;

    /// The file: other files that belong to it lie beside it.
    fn path(&self) -> &Path;

    /// An error about one of the file's tensors.
    fn error(&self, name: &str, problem: ArrayProblem) -> FileProblem {
        FileProblem::Array {
            key: name.to_owned(),
            problem,
        }
    }

    /// An error about what the file says of its model.
    fn contradiction(&self, reason: String) -> FileProblem {
        FileProblem::Model(reason)
    }

    /// Whether two tensors are the same numbers of the file.
    fn share_numbers(&self, _a: usize, _b: usize) -> bool {
        false
    }

    /// Whether some two tensors are the same numbers: then a head that is not among the file's own may
    /// be the embedding under another name.
    fn shares_head(&self) -> bool {
        false
    }

    /// Bytes of the file.
    fn file_len(&self) -> u64;
}

/// The most numbers of a piece, unless a single row has more.
const PIECE: usize = 1 << 16;

/// Rows of `width` numbers to a piece: a multiple of 16 where it can be, so that strips of a turned
/// matrix begin at the start of a cache line.
pub(super) fn rows_of_piece(width: usize) -> usize {
    let rows = PIECE / width.max(1);
    if rows >= 16 {
        rows / 16 * 16
    } else {
        rows.max(1)
    }
}

/// Turns little-endian bytes of these numbers into single precision; `out` is overwritten. `bytes`
/// are a whole number of them.
pub(super) fn decode(number: NumberType, bytes: &[u8], out: &mut Vec<f32>) {
    fn each<const N: usize>(bytes: &[u8], out: &mut Vec<f32>, single: impl Fn([u8; N]) -> f32) {
        out.extend(
            bytes
                .as_chunks::<N>()
                .0
                .iter()
                .map(|&number| single(number)),
        );
    }
    out.clear();
    match number {
        NumberType::F32 => each(bytes, out, f32::from_le_bytes),
        NumberType::F64 => each(bytes, out, |b| f64::from_le_bytes(b) as f32),
        NumberType::F16 => each(bytes, out, |b| half::f16::from_le_bytes(b).to_f32()),
        NumberType::BF16 => each(bytes, out, |b| half::bf16::from_le_bytes(b).to_f32()),
        NumberType::I64 => each(bytes, out, |b| i64::from_le_bytes(b) as f32),
        NumberType::I32 => each(bytes, out, |b| i32::from_le_bytes(b) as f32),
        NumberType::I16 => each(bytes, out, |b| i16::from_le_bytes(b).into()),
        NumberType::I8 => each(bytes, out, |b| i8::from_le_bytes(b).into()),
        NumberType::U8 | NumberType::Bool => each(bytes, out, |[b]| b.into()),
    }
}

/// Reads numbers that stand one after the other, in pieces of whole rows. `fill` gets the next bytes.
pub(super) fn read_in_rows(
    tensor: &SourceTensor,
    mut fill: impl FnMut(&mut [u8]) -> Result<(), ArrayProblem>,
    sink: &mut Sink<'_>,
) -> Result<(), ArrayProblem> {
    let width = tensor.shape.last().copied().unwrap_or(1);
    let count = tensor
        .count()
        .ok_or(ArrayProblem::Implausible { claimed: u128::MAX })?;
    let piece = (rows_of_piece(width) * width).min(count);
    let size = tensor.number.size();
    let mut left = count;
    // single precision stands in the file as it stands in memory
    if tensor.number == NumberType::F32 && cfg!(target_endian = "little") {
        let mut numbers = vec![0.0_f32; piece];
        while left > 0 {
            let now = left.min(piece);
            fill(bytemuck::cast_slice_mut(&mut numbers[..now]))?;
            sink(&numbers[..now])?;
            left -= now;
        }
        return Ok(());
    }
    let mut bytes = vec![0; piece * size];
    let mut numbers = Vec::with_capacity(piece);
    while left > 0 {
        let now = left.min(piece);
        fill(&mut bytes[..now * size])?;
        decode(tensor.number, &bytes[..now * size], &mut numbers);
        sink(&numbers).map_err(|problem| exactly(problem, tensor.number, &bytes, &numbers))?;
        left -= now;
    }
    Ok(())
}

/// The same problem with the number that is none as it stands in the file: one in double precision may only
/// be too large for single.
fn exactly(
    problem: ArrayProblem,
    number: NumberType,
    bytes: &[u8],
    numbers: &[f32],
) -> ArrayProblem {
    let at = numbers.iter().position(|x| !x.is_finite());
    let double = at.and_then(|at| bytes.as_chunks().0.get(at));
    match (problem, double) {
        (ArrayProblem::NotFinite { index, .. }, Some(&double)) if number == NumberType::F64 => {
            let value = f64::from_le_bytes(double);
            ArrayProblem::NotFinite { value, index }
        }
        (problem, _) => problem,
    }
}

/// Every number must be one. `before` are the tensor's numbers that came earlier.
pub(super) fn check_finite(
    numbers: &[f32],
    before: usize,
    shape: &[usize],
) -> Result<(), ArrayProblem> {
    const EXPONENT: u32 = 0x7f80_0000;
    // all of them, so that the compiler can look at many at once
    let bad = numbers
        .iter()
        .fold(false, |bad, x| bad | (x.to_bits() & EXPONENT == EXPONENT));
    if !bad {
        return Ok(());
    }
    let at = numbers.iter().position(|x| !x.is_finite()).unwrap_or(0);
    let mut rest = before + at;
    let mut index = vec![0; shape.len()];
    for (place, extent) in index.iter_mut().zip(shape).rev() {
        *place = rest % extent;
        rest /= extent;
    }
    Err(ArrayProblem::NotFinite {
        value: numbers[at].into(),
        index,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_that_is_none_is_named_by_its_place() {
        let problem = check_finite(&[0.0, f32::NAN], 6, &[2, 4]).unwrap_err();
        let ArrayProblem::NotFinite { index, .. } = problem else {
            panic!("{problem}");
        };
        assert_eq!(index, [1, 3]);
    }
}
