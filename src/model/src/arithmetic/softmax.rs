//! The softmax.

use std::array;

use pulp::{Arch, Simd, WithSimd};

use super::parts::{PARTS, joined};
use crate::elementary::exp;

/// `eˣ/Σeˣ` over the beginning of each row of a matrix with so many columns, with the largest value
/// taken off first and the sum in double precision; 0 behind it. `seen` tells how many numbers a row
/// begins with, at least one.
pub(crate) fn softmax(x: &[f32], columns: usize, seen: impl Fn(usize) -> usize, out: &mut [f32]) {
    Arch::new().dispatch(Softmax {
        x,
        columns,
        seen,
        out,
    });
}

struct Softmax<'a, 'out, Seen> {
    x: &'a [f32],
    columns: usize,
    seen: Seen,
    out: &'out mut [f32],
}

impl<Seen: Fn(usize) -> usize> WithSimd for Softmax<'_, '_, Seen> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let rows = self.x.chunks_exact(self.columns);
        let outs = self.out.chunks_exact_mut(self.columns);
        for (at, (row, out)) in rows.zip(outs).enumerate() {
            of_row(row, (self.seen)(at), out);
        }
    }
}

#[inline(always)]
fn of_row(row: &[f32], seen: usize, out: &mut [f32]) {
    let (whole, rest) = (seen / PARTS * PARTS, seen % PARTS);
    let ((chunks, _), (out_chunks, _)) = (
        row[..whole].as_chunks::<PARTS>(),
        out[..whole].as_chunks_mut::<PARTS>(),
    );
    // what is left is filled up to a whole chunk: one at a time would take longer than all at once
    let last = match row[whole..].first_chunk::<PARTS>() {
        Some(&chunk) => array::from_fn(|i| {
            if i < rest {
                chunk[i]
            } else {
                f32::NEG_INFINITY
            }
        }),
        None => {
            let mut last = [f32::NEG_INFINITY; PARTS];
            last[..rest].copy_from_slice(&row[whole..seen]);
            last
        }
    };
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    let mut largest = last;
    for chunk in chunks {
        for (largest, &value) in largest.iter_mut().zip(chunk) {
            *largest = larger(*largest, value);
        }
    }
    let largest = joined(largest, larger);
    let mut sums = [0.0_f64; PARTS];
    for (out, chunk) in out_chunks.iter_mut().zip(chunks) {
        powers(chunk, largest, out, &mut sums);
    }
    let mut last_out = [0.0; PARTS];
    powers(&last, largest, &mut last_out, &mut sums);
    let sum = joined(sums, |a, b| a + b) as f32;
    for out in out_chunks.iter_mut().chain([&mut last_out]) {
        for out in out {
            *out /= sum;
        }
    }
    let out = &mut out[whole..];
    match out.split_first_chunk_mut::<PARTS>() {
        Some((out, unseen)) => {
            *out = last_out;
            unseen.fill(0.0);
        }
        None => out.copy_from_slice(&last_out[..out.len()]),
    }
}

/// `eˣ` of each number less the largest, added to the sums.
#[inline(always)]
fn powers(chunk: &[f32; PARTS], largest: f32, out: &mut [f32; PARTS], sums: &mut [f64; PARTS]) {
    for ((out, sum), &value) in out.iter_mut().zip(sums).zip(chunk) {
        *out = exp(value - largest);
        *sum += f64::from(*out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_takes_any_size_of_number() {
        let mut out = [0.0; 3];
        softmax(&[1e30, 1e30, -1e30], 3, |_| 3, &mut out);
        assert_eq!(out, [0.5, 0.5, 0.0]);
    }

    #[test]
    fn a_row_alone_is_as_it_is_among_more_columns() {
        let row: Vec<f32> = (0..40).map(|i| (i * 7 % 11) as f32 / 3.0).collect();
        for seen in 1..=40 {
            let mut alone = vec![9.0; seen];
            softmax(&row[..seen], seen, |_| seen, &mut alone);
            assert!((alone.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            let mut among = vec![9.0; 40];
            softmax(&row, 40, |_| seen, &mut among);
            assert_eq!(among[..seen], alone);
            assert!(among[seen..].iter().all(|&share| share == 0.0));
        }
    }

    #[test]
    fn what_a_row_does_not_see_has_no_share() {
        let mut out = [9.0; 6];
        softmax(&[1.0, 5.0, 7.0, 2.0, 2.0, 7.0], 3, |row| row + 1, &mut out);
        assert_eq!(out, [1.0, 0.0, 0.0, 0.5, 0.5, 0.0]);
    }
}
