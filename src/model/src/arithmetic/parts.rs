//! Sums over a row, in interleaved parts: number `i` of a row belongs to part `i mod 16`, and at the end
//! the parts are joined in pairs, each with the one half of them further.

use std::array;

/// How many parts a row is interleaved in: as many numbers as the widest registers hold.
pub(super) const PARTS: usize = 16;

/// All parts joined to one.
#[inline(always)]
pub(super) fn joined<T: Copy>(parts: [T; PARTS], join: impl Fn(T, T) -> T) -> T {
    let eight: [T; 8] = array::from_fn(|i| join(parts[i], parts[i + 8]));
    let four: [T; 4] = array::from_fn(|i| join(eight[i], eight[i + 4]));
    join(join(four[0], four[2]), join(four[1], four[3]))
}

/// The sum of a function of each number, in double precision.
#[inline(always)]
pub(super) fn sum(numbers: &[f32], of: impl Fn(f64) -> f64) -> f64 {
    let mut parts = [0.0; PARTS];
    let (chunks, rest) = numbers.as_chunks::<PARTS>();
    for chunk in chunks {
        for (part, &number) in parts.iter_mut().zip(chunk) {
            *part += of(f64::from(number));
        }
    }
    for (part, &number) in parts.iter_mut().zip(rest) {
        *part += of(f64::from(number));
    }
    joined(parts, |a, b| a + b)
}
