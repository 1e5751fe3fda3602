//! The few vector and matrix operations a GPT is made of, on plain row-major slices.
//!
//! Every result is the same bit for bit on every machine: sums run in one fixed order that does not
//! depend on the width of the vector registers, no product is fused into a sum, and `exp`, `tanh`
//! and `erf` are libm's portable ones. So the same seed gives the same text everywhere, and a row
//! computed alone (with a key/value cache) equals the same row computed among others.

use pulp::{Arch, Simd, WithSimd};

use crate::config::Activation;

/// A matrix to be read: rows `stride` numbers apart, beginning at the slice's start.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub values: &'a [f32],
    pub stride: usize,
}

/// A matrix product to be computed: `[rows, inner] · [inner, columns] (+ bias)`.
pub(crate) struct MatrixProduct<'a> {
    pub left: Rows<'a>,
    pub right: Rows<'a>,
    pub bias: Option<&'a [f32]>,
    pub rows: usize,
    pub inner: usize,
    pub columns: usize,
}

impl MatrixProduct<'_> {
    /// Computes it into rows `out_stride` numbers apart.
    pub fn compute_into(self, out: &mut [f32], out_stride: usize) {
        Arch::new().dispatch(Dispatched {
            product: self,
            out,
            out_stride,
        });
    }
}

/// What is compiled once for each kind of vector unit; the machine's own is chosen at run time.
struct Dispatched<'a, 'out> {
    product: MatrixProduct<'a>,
    out: &'out mut [f32],
    out_stride: usize,
}

impl WithSimd for Dispatched<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut row = 0;
        while row + 4 <= self.product.rows {
            self.strip::<S, 4>(simd, row);
            row += 4;
        }
        while row < self.product.rows {
            self.strip::<S, 1>(simd, row);
            row += 1;
        }
    }
}

impl Dispatched<'_, '_> {
    /// `R` rows of the result, in tiles two vectors wide as long as they fit.
    #[inline(always)]
    fn strip<S: Simd, const R: usize>(&mut self, simd: S, row: usize) {
        let mut column = 0;
        while column < self.product.columns {
            let width = self.product.columns - column;
            column += if width >= 2 * S::F32_LANES {
                self.tile::<S, R, 2>(simd, row, column, 2 * S::F32_LANES)
            } else {
                self.tile::<S, R, 1>(simd, row, column, width.min(S::F32_LANES))
            };
        }
    }

    /// `R` rows of `width` (at most `V` vectors of) numbers of the result, kept in registers while
    /// the inner axis runs in order. Returns the width.
    #[inline(always)]
    fn tile<S: Simd, const R: usize, const V: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        width: usize,
    ) -> usize {
        let MatrixProduct {
            left,
            right,
            bias,
            inner,
            ..
        } = self.product;
        let load = |numbers: &[f32]| -> [S::f32s; V] {
            match S::as_simd_f32s(numbers).0.first_chunk() {
                Some(&whole) => whole,
                // narrower than a vector, so `V` is 1
                None => [simd.partial_load_f32s(numbers); V],
            }
        };
        let left_rows: [&[f32]; R] =
            std::array::from_fn(|r| &left.values[(row + r) * left.stride..][..inner]);
        let mut sums = [[simd.splat_f32s(0.0); V]; R];
        for k in 0..inner {
            let right_row = load(&right.values[k * right.stride + column..][..width]);
            for (sums, left_row) in sums.iter_mut().zip(&left_rows) {
                let factor = simd.splat_f32s(left_row[k]);
                for (sum, &right) in sums.iter_mut().zip(&right_row) {
                    // not fused: a machine without fused multiplication must get the same
                    *sum = simd.add_f32s(*sum, simd.mul_f32s(factor, right));
                }
            }
        }
        let bias = bias.map(|bias| load(&bias[column..][..width]));
        for (r, sums) in sums.iter().enumerate() {
            let out = &mut self.out[(row + r) * self.out_stride + column..][..width];
            let sums: [S::f32s; V] = match bias {
                Some(bias) => std::array::from_fn(|v| simd.add_f32s(sums[v], bias[v])),
                None => *sums,
            };
            match S::as_mut_simd_f32s(out).0.first_chunk_mut() {
                Some(whole) => *whole = sums,
                None => simd.partial_store_f32s(out, sums[0]),
            }
        }
        width
    }
}

/// The dot product of two vectors of one length, in sixteen interleaved sums joined in pairs.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 16];
    for (a, b) in a.chunks(16).zip(b.chunks(16)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let mut width = 8;
    while width > 0 {
        for i in 0..width {
            sums[i] += sums[i + width];
        }
        width /= 2;
    }
    sums[0]
}

/// `x·Wᵀ (+ bias)` for W `[outputs, inputs]`, as the un-embedding needs it.
pub(crate) fn project_transposed(
    x: &[f32],
    inputs: usize,
    weight: &[f32],
    bias: Option<&[f32]>,
    out: &mut [f32],
) {
    let outputs = weight.len() / inputs;
    for (x, out) in x.chunks_exact(inputs).zip(out.chunks_exact_mut(outputs)) {
        for (out, weight) in out.iter_mut().zip(weight.chunks_exact(inputs)) {
            *out = dot(x, weight);
        }
        if let Some(bias) = bias {
            for (out, bias) in out.iter_mut().zip(bias) {
                *out += bias;
            }
        }
    }
}

/// `out = a + b`, number by number.
pub(crate) fn add(a: &[f32], b: &[f32], out: &mut [f32]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = a + b;
    }
}

/// `eˣ/Σeˣ` of one row, with the largest value taken off first.
pub(crate) fn softmax(row: &[f32], out: &mut [f32]) {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0_f64;
    for (out, &value) in out.iter_mut().zip(row) {
        *out = libm::expf(value - largest);
        sum += f64::from(*out);
    }
    let sum = sum as f32;
    for out in out {
        *out /= sum;
    }
}

/// Mean and (biased) variance of one row, summed in double precision.
pub(crate) fn mean_and_variance(row: &[f32]) -> (f32, f32) {
    let count = row.len() as f64;
    let mean = sum(row.iter().map(|&x| f64::from(x))) / count;
    let variance = sum(row.iter().map(|&x| {
        let offset = f64::from(x) - mean;
        offset * offset
    })) / count;
    (mean as f32, variance as f32)
}

/// A sum in four interleaved parts.
fn sum(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut parts = [0.0; 4];
    for (i, number) in numbers.enumerate() {
        parts[i % 4] += number;
    }
    (parts[0] + parts[2]) + (parts[1] + parts[3])
}

/// Layer norm of one row whose mean and variance are known:
/// `(x − mean)/√(variance + ε)·γ (+ β)`.
pub(crate) fn normalize(
    row: &[f32],
    (mean, variance): (f32, f32),
    epsilon: f32,
    gamma: &[f32],
    beta: Option<&[f32]>,
    out: &mut [f32],
) {
    let scale = 1.0 / (variance + epsilon).sqrt();
    for ((out, x), gamma) in out.iter_mut().zip(row).zip(gamma) {
        *out = (x - mean) * scale * gamma;
    }
    if let Some(beta) = beta {
        for (out, beta) in out.iter_mut().zip(beta) {
            *out += beta;
        }
    }
}

/// The feed-forward's non-linearity, number by number.
pub(crate) fn activate(activation: Activation, x: &[f32], out: &mut [f32]) {
    let pairs = out.iter_mut().zip(x);
    match activation {
        Activation::Relu => pairs.for_each(|(out, &x)| *out = x.max(0.0)),
        Activation::GeluErf => pairs.for_each(|(out, &x)| {
            *out = 0.5 * x * (1.0 + libm::erff(x * std::f32::consts::FRAC_1_SQRT_2));
        }),
        Activation::GeluTanh => pairs.for_each(|(out, &x)| {
            const SQRT_2_OVER_PI: f32 = 0.797_884_6;
            *out = 0.5 * x * (1.0 + libm::tanhf(SQRT_2_OVER_PI * (x + 0.044_715 * x * x * x)));
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers without a pattern.
    fn noise(len: usize) -> Vec<f32> {
        (0..len)
            .map(|i| ((i * 7919 + 13) % 1009) as f32 / 504.5 - 1.0)
            .collect()
    }

    #[test]
    fn a_product_is_the_same_bit_for_bit_whatever_the_vector_unit_and_the_tiling() {
        for (rows, inner, columns) in [
            (1, 1, 1),
            (5, 7, 13),
            (4, 16, 16),
            (12, 33, 61),
            (9, 128, 30),
        ] {
            let (left, right, bias) = (noise(rows * inner), noise(inner * columns), noise(columns));
            let product = || MatrixProduct {
                left: Rows {
                    values: &left,
                    stride: inner,
                },
                right: Rows {
                    values: &right,
                    stride: columns,
                },
                bias: Some(&bias),
                rows,
                inner,
                columns,
            };
            let mut chosen = vec![0.0; rows * columns];
            product().compute_into(&mut chosen, columns);
            let mut plain = vec![0.0; rows * columns];
            Dispatched {
                product: product(),
                out: &mut plain,
                out_stride: columns,
            }
            .with_simd(pulp::Scalar);
            assert_eq!(chosen, plain);
            for row in 0..rows {
                for column in 0..columns {
                    let mut sum = 0.0_f32;
                    for k in 0..inner {
                        sum += left[row * inner + k] * right[k * columns + column];
                    }
                    assert_eq!(chosen[row * columns + column], sum + bias[column]);
                }
            }
        }
    }

    #[test]
    fn a_dot_product_takes_every_number_once() {
        for len in [0, 1, 15, 16, 17, 48, 50] {
            let ones = vec![1.0; len];
            let numbers: Vec<f32> = (1..=len).map(|i| i as f32).collect();
            assert_eq!(dot(&ones, &numbers), (len * (len + 1) / 2) as f32);
        }
    }

    #[test]
    fn softmax_takes_any_size_of_number() {
        let mut out = [0.0; 3];
        softmax(&[1e30, 1e30, -1e30], &mut out);
        assert_eq!(out, [0.5, 0.5, 0.0]);
    }
}
