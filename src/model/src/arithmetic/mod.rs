//! The few vector and matrix operations a GPT is made of, on plain row-major slices.
//!
//! Every result is the same bit for bit on every machine: sums run in one fixed order that does not
//! depend on the width of the vector registers, no product is fused into a sum, and `exp` and `erf`
//! are this crate's own portable ones. So the same seed gives the same text everywhere, and a row
//! computed alone (with a key/value cache) equals the same row computed among others.

use pulp::{Arch, Simd, WithSimd};

use crate::config::Activation;
use crate::elementary::{erf, exp};

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
        let mut column = 0;
        while column < self.product.columns {
            let width = self.product.columns - column;
            if width >= 2 * S::F32_LANES {
                self.panel::<S, 4, 2>(simd, column, 2 * S::F32_LANES);
                column += 2 * S::F32_LANES;
            } else {
                // half as wide, twice as high: as many sums in flight
                let width = width.min(S::F32_LANES);
                self.panel::<S, 8, 1>(simd, column, width);
                column += width;
            }
        }
    }
}

impl Dispatched<'_, '_> {
    /// `width` columns of the result, at most `V` vectors, in tiles of `R` rows; the right matrix's
    /// columns stay in the cache meanwhile.
    #[inline(always)]
    fn panel<S: Simd, const R: usize, const V: usize>(
        &mut self,
        simd: S,
        column: usize,
        width: usize,
    ) {
        let mut row = 0;
        while row + R <= self.product.rows {
            self.tile::<S, R, V>(simd, row, column, width);
            row += R;
        }
        while row < self.product.rows {
            self.tile::<S, 1, V>(simd, row, column, width);
            row += 1;
        }
    }

    /// `R` rows of `width` (at most `V` vectors of) numbers of the result, kept in registers while
    /// the inner axis runs in order.
    #[inline(always)]
    fn tile<S: Simd, const R: usize, const V: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        width: usize,
    ) {
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
    }
}

/// The dot product of two vectors of one length, in sixteen interleaved sums joined in pairs.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; PARTS];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<PARTS>(), b.as_chunks::<PARTS>());
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    for ((sum, a), b) in sums.iter_mut().zip(a_rest).zip(b_rest) {
        *sum += a * b;
    }
    let mut width = PARTS / 2;
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
            x, inputs, weight, ..
        } = self;
        let outputs = weight.len() / inputs;
        for (x, out) in x
            .chunks_exact(inputs)
            .zip(self.out.chunks_exact_mut(outputs))
        {
            for (out, weight) in out.iter_mut().zip(weight.chunks_exact(inputs)) {
                *out = dot(x, weight);
            }
            if let Some(bias) = self.bias {
                for (out, bias) in out.iter_mut().zip(bias) {
                    *out += bias;
                }
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

/// How many parts a sum over a row is interleaved in.
const PARTS: usize = 16;

/// `eˣ/Σeˣ` of one row, with the largest value taken off first. Summed in double precision.
pub(crate) fn softmax(row: &[f32], out: &mut [f32]) {
    Arch::new().dispatch(Softmax { row, out });
}

struct Softmax<'a, 'out> {
    row: &'a [f32],
    out: &'out mut [f32],
}

impl WithSimd for Softmax<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { row, out } = self;
        let mut largest = [f32::NEG_INFINITY; PARTS];
        let (chunks, rest) = row.as_chunks::<PARTS>();
        for chunk in chunks {
            for (largest, &value) in largest.iter_mut().zip(chunk) {
                *largest = largest.max(value);
            }
        }
        let largest = largest.iter().chain(rest).copied();
        let largest = largest.fold(f32::NEG_INFINITY, f32::max);
        for (out, chunk) in out.as_chunks_mut::<PARTS>().0.iter_mut().zip(chunks) {
            for (out, &value) in out.iter_mut().zip(chunk) {
                *out = exp(value - largest);
            }
        }
        // as a whole chunk too: one at a time would take longer than all at once
        let mut padded = [f32::NEG_INFINITY; PARTS];
        padded[..rest.len()].copy_from_slice(rest);
        for value in &mut padded {
            *value = exp(*value - largest);
        }
        let out_rest = out.as_chunks_mut::<PARTS>().1;
        out_rest.copy_from_slice(&padded[..rest.len()]);
        let sum = sum(out, |x| x) as f32;
        for out in out {
            *out /= sum;
        }
    }
}

/// Mean and (biased) variance of one row, summed in double precision.
pub(crate) fn mean_and_variance(row: &[f32]) -> (f32, f32) {
    Arch::new().dispatch(MeanAndVariance { row })
}

struct MeanAndVariance<'a> {
    row: &'a [f32],
}

impl WithSimd for MeanAndVariance<'_> {
    type Output = (f32, f32);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> (f32, f32) {
        let count = self.row.len() as f64;
        let mean = sum(self.row, |x| x) / count;
        let variance = sum(self.row, |x| (x - mean) * (x - mean)) / count;
        (mean as f32, variance as f32)
    }
}

/// The sum of a function of each number, in interleaved parts that are joined in pairs.
#[inline(always)]
fn sum(numbers: &[f32], of: impl Fn(f64) -> f64) -> f64 {
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
    let mut width = PARTS / 2;
    while width > 0 {
        for i in 0..width {
            parts[i] += parts[i + width];
        }
        width /= 2;
    }
    parts[0]
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
    Arch::new().dispatch(Activate { activation, x, out });
}

struct Activate<'a, 'out> {
    activation: Activation,
    x: &'a [f32],
    out: &'out mut [f32],
}

impl WithSimd for Activate<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let pairs = self.out.iter_mut().zip(self.x);
        match self.activation {
            Activation::Relu => {
                for (out, &x) in pairs {
                    *out = x.max(0.0);
                }
            }
            Activation::GeluErf => {
                for (out, &x) in pairs {
                    *out = 0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2));
                }
            }
            // (1 + tanh u)/2 = 1/(1 + e^(−2u))
            Activation::GeluTanh => {
                const SQRT_2_OVER_PI: f32 = 0.797_884_6;
                for (out, &x) in pairs {
                    let u = SQRT_2_OVER_PI * (x + 0.044_715 * x * x * x);
                    *out = x / (1.0 + exp(-2.0 * u));
                }
            }
        }
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
