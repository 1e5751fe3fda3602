//! The product with a matrix that stands turned, as the un-embedding needs it.

use std::array;

use pulp::{Arch, Simd, WithSimd};

use super::parts::{PARTS, joined};
use super::turn::Strip;

/// The dot product of two vectors of one length, its parts not yet joined.
#[inline(always)]
fn dot_parts(a: &[f32], b: &[f32]) -> [f32; PARTS] {
    let mut sums = [0.0_f32; PARTS];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<PARTS>(), b.as_chunks::<PARTS>());
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum = a.mul_add(*b, *sum);
        }
    }
    for ((sum, a), b) in sums.iter_mut().zip(a_rest).zip(b_rest) {
        *sum = a.mul_add(*b, *sum);
    }
    sums
}

/// `x·Wᵀ (+ bias)` for W `[outputs, inputs]`.
pub(crate) fn project_transposed(
    x: &[f32],
    inputs: usize,
    weight: &[f32],
    bias: Option<&[f32]>,
    out: &mut [f32],
) {
    Arch::new().dispatch(TransposedProduct {
        x,
        inputs,
        weight,
        bias,
        out,
    });
}

struct TransposedProduct<'a, 'out> {
    x: &'a [f32],
    inputs: usize,
    weight: &'a [f32],
    bias: Option<&'a [f32]>,
    out: &'out mut [f32],
}

impl WithSimd for TransposedProduct<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            x,
            inputs,
            weight,
            out,
            ..
        } = self;
        let outputs = weight.len() / inputs;
        let (many, few) = x.split_at(x.len() / inputs / AT_ONCE * AT_ONCE * inputs);
        let (many_out, few_out) = out.split_at_mut(many.len() / inputs * outputs);
        let blocks = many.chunks_exact(AT_ONCE * inputs);
        for (x, out) in blocks.zip(many_out.chunks_exact_mut(AT_ONCE * outputs)) {
            match S::F32_LANES {
                16 => rows_at_once::<S, 1>(simd, x, inputs, weight, out),
                8 => rows_at_once::<S, 2>(simd, x, inputs, weight, out),
                4 => rows_at_once::<S, 4>(simd, x, inputs, weight, out),
                _ => one_by_one(x, inputs, weight, out),
            }
        }
        one_by_one(few, inputs, weight, few_out);
        if let Some(bias) = self.bias {
            for out in out.chunks_exact_mut(outputs) {
                for (out, bias) in out.iter_mut().zip(bias) {
                    *out += bias;
                }
            }
        }
    }
}

/// Any number of rows.
#[inline(always)]
fn one_by_one(x: &[f32], inputs: usize, weight: &[f32], out: &mut [f32]) {
    let outputs = weight.len() / inputs;
    let rows = x.chunks_exact(inputs);
    for (x, out) in rows.zip(out.chunks_exact_mut(outputs)) {
        for (out, weight) in out.iter_mut().zip(weight.chunks_exact(inputs)) {
            *out = joined(dot_parts(x, weight), |a, b| a + b);
        }
    }
}

/// How many rows are computed at once: what `V` vectors hold.
const AT_ONCE: usize = 16;

/// As many rows as are computed at once. A vector holds the same part of all their sums, so that none
/// has to be joined across a register.
#[inline(always)]
fn rows_at_once<S: Simd, const V: usize>(
    simd: S,
    x: &[f32],
    inputs: usize,
    weight: &[f32],
    out: &mut [f32],
) {
    let outputs = weight.len() / inputs;
    let strip = |numbers, width| Strip {
        numbers,
        width,
        first: 0,
    };
    let mut turned = vec![0.0; x.len()];
    strip(x, inputs).turn_into(&mut turned, AT_ONCE);
    let columns = turned.as_chunks::<AT_ONCE>().0;
    let mut turned_out = vec![0.0; out.len()];
    let weights = weight.chunks_exact(inputs);
    for (weight, out) in weights.zip(turned_out.as_chunks_mut::<AT_ONCE>().0) {
        let mut parts = [[simd.splat_f32s(0.0); V]; PARTS];
        for (weight, columns) in weight.chunks(PARTS).zip(columns.chunks(PARTS)) {
            for ((parts, &weight), column) in parts.iter_mut().zip(weight).zip(columns) {
                let weight = simd.splat_f32s(weight);
                for (part, &x) in parts.iter_mut().zip(S::as_simd_f32s(column).0) {
                    *part = simd.mul_add_f32s(weight, x, *part);
                }
            }
        }
        let sums = joined(parts, |a, b| array::from_fn(|v| simd.add_f32s(a[v], b[v])));
        for (out, sum) in S::as_mut_simd_f32s(out).0.iter_mut().zip(sums) {
            *out = sum;
        }
    }
    strip(&turned_out, AT_ONCE).turn_into(out, outputs);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_output_is_its_row_times_the_weights() {
        for (rows, inputs, outputs) in [(1, 1, 1), (16, 50, 16), (19, 33, 37), (32, 16, 15)] {
            let noise = |len: usize| -> Vec<f32> {
                (0..len)
                    .map(|i| ((i * 7919 + 13) % 1009) as f32 / 504.5 - 1.0)
                    .collect()
            };
            let (x, weight, bias) = (
                noise(rows * inputs),
                noise(outputs * inputs),
                noise(outputs),
            );
            let mut out = vec![0.0; rows * outputs];
            project_transposed(&x, inputs, &weight, Some(&bias), &mut out);
            for (at, out) in out.into_iter().enumerate() {
                let (row, output) = (at / outputs, at % outputs);
                let row = &x[row * inputs..(row + 1) * inputs];
                let weight = &weight[output * inputs..(output + 1) * inputs];
                let mut parts = [0.0_f32; PARTS];
                for (i, (a, b)) in row.iter().zip(weight).enumerate() {
                    parts[i % PARTS] = a.mul_add(*b, parts[i % PARTS]);
                }
                assert_eq!(out, joined(parts, |a, b| a + b) + bias[output]);
            }
        }
    }
}
