//! Causal attention of every head, `softmax(q·kᵀ/√d_head)·v`, one token at a time over its past.

use pulp::{Simd, WithSimd};

use crate::lane_matrix::LaneMatrix;
use crate::real::Real;

/// How many numbers the lower triangle of a `[tokens, tokens]` matrix has; row t begins at
/// `triangle(t)`.
pub fn triangle(tokens: usize) -> usize {
    tokens * (tokens + 1) / 2
}

/// Sizes that both directions need.
#[derive(Clone, Copy, Debug)]
pub struct AttentionShape {
    /// Groups of windows
    pub groups: usize,
    /// Tokens in each window
    pub tokens: usize,
    /// Heads
    pub heads: usize,
    /// Width of a head
    pub d_head: usize,
    /// What scores are divided by: √d_head in nearly all models
    pub divisor: f32,
}

impl AttentionShape {
    fn d_model(&self) -> usize {
        self.heads * self.d_head
    }

    /// What scores are multiplied with
    fn scale<T: Real>(&self) -> T {
        T::from_f64(1.0 / f64::from(self.divisor))
    }
}

/// The way forward.
pub struct Attention<'a, T: Real> {
    /// Sizes
    pub shape: AttentionShape,
    /// Q, K and V side by side `[positions, 3·d_model]`
    pub qkv: &'a LaneMatrix<T>,
    /// The lower triangle of each attention matrix `[groups·heads, tokens·(tokens + 1)/2]`
    pub attention: &'a mut LaneMatrix<T>,
    /// The heads side by side `[positions, d_model]`
    pub concat: &'a mut LaneMatrix<T>,
}

impl<T: Real> WithSimd for Attention<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let AttentionShape {
            groups,
            tokens,
            heads,
            d_head,
            ..
        } = self.shape;
        let d_model = self.shape.d_model();
        let scale = T::splat(simd, self.shape.scale());
        let (qkv_stride, concat_stride) = (self.qkv.stride(), self.concat.stride());
        let qkv = self.qkv.rows::<S>();
        let concat = self.concat.rows_mut::<S>();
        let attention_stride = self.attention.stride();
        let attention = self.attention.rows_mut::<S>();
        for group in 0..groups {
            for head in 0..heads {
                let first = head * d_head;
                // q, k and v of a token of this head
                let part = |token: usize, which: usize| {
                    &qkv[(group * tokens + token) * qkv_stride + which * d_model + first..]
                        [..d_head]
                };
                let matrix = &mut attention[(group * heads + head) * attention_stride..];
                for token in 0..tokens {
                    let row = &mut matrix[triangle(token)..][..token + 1];
                    products::<T, S>(simd, part(token, 0), |past| part(past, 1), row);
                    let mut largest = row[0];
                    for &score in &*row {
                        largest = T::max(simd, largest, score);
                    }
                    let mut total = T::splat(simd, T::default());
                    for score in &mut *row {
                        let above = T::sub_lanes(simd, *score, largest);
                        *score = T::exp(simd, T::mul_lanes(simd, above, scale));
                        total = T::add_lanes(simd, total, *score);
                    }
                    let share = T::div_lanes(simd, T::splat(simd, T::from_f64(1.0)), total);
                    for score in &mut *row {
                        *score = T::mul_lanes(simd, *score, share);
                    }
                    let at = (group * tokens + token) * concat_stride + first;
                    let output = &mut concat[at..][..d_head];
                    weighted_sum::<T, S>(simd, output, token + 1, |past| {
                        (row[past], part(past, 2))
                    });
                }
            }
        }
    }
}

/// The way back.
pub struct AttentionGradient<'a, T: Real> {
    /// Sizes
    pub shape: AttentionShape,
    /// Q, K and V of the way forward `[positions, 3·d_model]`
    pub qkv: &'a LaneMatrix<T>,
    /// The attention of the way forward
    pub attention: &'a LaneMatrix<T>,
    /// The gradient with respect to the concatenated heads `[positions, d_model]`
    pub concat_gradient: &'a LaneMatrix<T>,
    /// Room for one matrix's score gradients `[1, tokens·(tokens + 1)/2]`
    pub score_gradient: &'a mut LaneMatrix<T>,
    /// The gradients with respect to Q, K and V side by side `[positions, 3·d_model]`
    pub qkv_gradient: &'a mut LaneMatrix<T>,
}

impl<T: Real> WithSimd for AttentionGradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let AttentionShape {
            groups,
            tokens,
            heads,
            d_head,
            ..
        } = self.shape;
        let d_model = self.shape.d_model();
        let scale = T::splat(simd, self.shape.scale());
        let (qkv_stride, concat_stride) = (self.qkv.stride(), self.concat_gradient.stride());
        let qkv = self.qkv.rows::<S>();
        let concat_gradient = self.concat_gradient.rows::<S>();
        let attention = self.attention.rows::<S>();
        let qkv_gradient = self.qkv_gradient.rows_mut::<S>();
        let score_gradient = self.score_gradient.rows_mut::<S>();
        for group in 0..groups {
            for head in 0..heads {
                let first = head * d_head;
                let part_at = |token: usize, which: usize| {
                    (group * tokens + token) * qkv_stride + which * d_model + first
                };
                let part = |token, which| &qkv[part_at(token, which)..][..d_head];
                let output_gradient = |token: usize| {
                    &concat_gradient[(group * tokens + token) * concat_stride + first..][..d_head]
                };
                let matrix = &attention[(group * heads + head) * self.attention.stride()..];
                for token in 0..tokens {
                    let weights = &matrix[triangle(token)..][..token + 1];
                    let row = &mut score_gradient[triangle(token)..][..token + 1];
                    products::<T, S>(simd, output_gradient(token), |past| part(past, 2), row);
                    // Through the softmax: da·(a − Σ a·da), and through the scale.
                    let mut mean = T::splat(simd, T::default());
                    for (&gradient, &weight) in row.iter().zip(weights) {
                        mean = T::mul_add(simd, gradient, weight, mean);
                    }
                    for (gradient, &weight) in row.iter_mut().zip(weights) {
                        let rest = T::sub_lanes(simd, *gradient, mean);
                        *gradient = T::mul_lanes(simd, T::mul_lanes(simd, rest, weight), scale);
                    }
                    let query_gradient = &mut qkv_gradient[part_at(token, 0)..][..d_head];
                    let item = |past: usize| (row[past], part(past, 1));
                    weighted_sum::<T, S>(simd, query_gradient, token + 1, item);
                }
                for past in 0..tokens {
                    let later = tokens - past;
                    let key_gradient = &mut qkv_gradient[part_at(past, 1)..][..d_head];
                    weighted_sum::<T, S>(simd, key_gradient, later, |i| {
                        let token = past + i;
                        (score_gradient[triangle(token) + past], part(token, 0))
                    });
                    let value_gradient = &mut qkv_gradient[part_at(past, 2)..][..d_head];
                    weighted_sum::<T, S>(simd, value_gradient, later, |i| {
                        let token = past + i;
                        (matrix[triangle(token) + past], output_gradient(token))
                    });
                }
            }
        }
    }
}

/// `output[i] = Σ_j a[j]·row(i)[j]`, four rows at a time.
#[inline(always)]
fn products<'a, T: Real, S: Simd>(
    simd: S,
    a: &[T::Lanes<S>],
    row: impl Fn(usize) -> &'a [T::Lanes<S>],
    output: &mut [T::Lanes<S>],
) where
    T::Lanes<S>: 'a,
{
    let zero = T::splat(simd, T::default());
    let (fours, rest) = output.as_chunks_mut::<4>();
    let after = 4 * fours.len();
    for (four, output) in fours.iter_mut().enumerate() {
        let rows: [_; 4] = std::array::from_fn(|r| &row(4 * four + r)[..a.len()]);
        let mut sums = [zero; 4];
        for (j, &a) in a.iter().enumerate() {
            for (sum, row) in sums.iter_mut().zip(&rows) {
                *sum = T::mul_add(simd, a, row[j], *sum);
            }
        }
        *output = sums;
    }
    for (i, output) in rest.iter_mut().enumerate() {
        let mut sum = zero;
        for (&a, &b) in a.iter().zip(row(after + i)) {
            sum = T::mul_add(simd, a, b, sum);
        }
        *output = sum;
    }
}

/// `output[j] = Σ_i weight(i)·row(i)[j]`, four columns at a time.
#[inline(always)]
fn weighted_sum<'a, T: Real, S: Simd>(
    simd: S,
    output: &mut [T::Lanes<S>],
    count: usize,
    item: impl Fn(usize) -> (T::Lanes<S>, &'a [T::Lanes<S>]),
) where
    T::Lanes<S>: 'a,
{
    let zero = T::splat(simd, T::default());
    let (fours, rest) = output.as_chunks_mut::<4>();
    let after = 4 * fours.len();
    for (four, output) in fours.iter_mut().enumerate() {
        let mut sums = [zero; 4];
        for i in 0..count {
            let (weight, row) = item(i);
            let row = &row[4 * four..][..4];
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum = T::mul_add(simd, weight, value, *sum);
            }
        }
        *output = sums;
    }
    for (j, output) in rest.iter_mut().enumerate() {
        let mut sum = zero;
        for i in 0..count {
            let (weight, row) = item(i);
            sum = T::mul_add(simd, weight, row[after + j], sum);
        }
        *output = sum;
    }
}
