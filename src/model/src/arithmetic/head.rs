//! The product with a matrix that stands turned, as the un-embedding needs it.

use std::array;

use pulp::{Arch, Simd, WithSimd};

use super::parts::{PARTS, joined};

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
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            x,
            inputs,
            weight,
            out,
            ..
        } = self;
        let outputs = weight.len() / inputs;
        // some outputs for all rows, so that their weights are fetched once
        for (block, weights) in weight.chunks(AT_ONCE * inputs).enumerate() {
            for (x, out) in x.chunks_exact(inputs).zip(out.chunks_exact_mut(outputs)) {
                let out = &mut out[block * AT_ONCE..];
                match out.first_chunk_mut::<AT_ONCE>() {
                    Some(out) => *out = dots(x, weights),
                    None => {
                        for (out, weight) in out.iter_mut().zip(weights.chunks_exact(inputs)) {
                            *out = joined(dot_parts(x, weight), |a, b| a + b);
                        }
                    }
                }
            }
        }
        if let Some(bias) = self.bias {
            for out in out.chunks_exact_mut(outputs) {
                for (out, bias) in out.iter_mut().zip(bias) {
                    *out += bias;
                }
            }
        }
    }
}

/// How many outputs are made at once.
const AT_ONCE: usize = 16;

/// The dot products with so many rows of weights. Their parts are turned over, so that those of all
/// are joined at once.
#[inline(always)]
fn dots(x: &[f32], weights: &[f32]) -> [f32; AT_ONCE] {
    let mut parts = [[0.0_f32; PARTS]; AT_ONCE];
    for (parts, weight) in parts.iter_mut().zip(weights.chunks_exact(x.len())) {
        *parts = dot_parts(x, weight);
    }
    let turned: [[f32; AT_ONCE]; PARTS] = array::from_fn(|p| array::from_fn(|o| parts[o][p]));
    joined(turned, |a, b| array::from_fn(|o| a[o] + b[o]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_output_is_its_row_times_the_weights() {
        for (rows, inputs, outputs) in [(1, 1, 1), (2, 50, 16), (3, 33, 37), (2, 16, 15)] {
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
