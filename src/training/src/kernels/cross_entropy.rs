//! Softmax, cross-entropy and their gradient in one go.

use pulp::{Simd, WithSimd};

use crate::batch::NO_TARGET;
use crate::lane_matrix::LaneMatrix;
use crate::real::Real;

/// Sums over the scored tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// `Σ −ln p(target)`, in nats
    pub loss: f64,
    /// How often the likeliest token was the target
    pub correct: usize,
    /// How many tokens were scored
    pub tokens: usize,
}

impl Score {
    /// Adds another part's sums.
    pub fn add(&mut self, other: Self) {
        self.loss += other.loss;
        self.correct += other.correct;
        self.tokens += other.tokens;
    }

    /// Nats per token.
    pub fn mean_loss(&self) -> f64 {
        self.loss / self.tokens as f64
    }

    /// The share of tokens that were the likeliest.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.tokens as f64
    }
}

/// Scores the first rows and replaces the logits by the loss's gradient.
pub struct CrossEntropy<'a, T: Real> {
    /// Logits, then `(softmax − one-hot)·scale` `[positions, vocab_size]`
    pub logits: &'a mut LaneMatrix<T>,
    /// Target ids, or [`NO_TARGET`] where nothing is scored `[positions, lanes]`
    pub targets: &'a [u32],
    /// Factor of the gradient: one over the tokens scored in the whole batch
    pub scale: T,
    /// How many rows
    pub positions: usize,
}

impl<T: Real> WithSimd for CrossEntropy<'_, T> {
    type Output = Score;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Score {
        let lanes = T::lane_count::<S>();
        let features = self.logits.features();
        let stride = self.logits.stride();
        let mut score = Score::default();
        let rows = self.logits.rows_mut::<S>().chunks_exact_mut(stride);
        let targets = self.targets.chunks_exact(lanes);
        for (row, targets) in rows.zip(targets).take(self.positions) {
            let row = &mut row[..features];
            let mut largest = row[0];
            for &logit in &row[1..] {
                largest = T::max(simd, largest, logit);
            }
            // Below the largest logit, of the target, by lane
            let mut shares = T::splat(simd, T::default());
            let below = bytemuck::cast_slice_mut::<_, T>(std::slice::from_mut(&mut shares));
            let largest_of = bytemuck::cast_slice::<_, T>(std::slice::from_ref(&largest));
            let logits = bytemuck::cast_slice::<_, T>(&*row);
            for (lane, &target) in targets.iter().enumerate() {
                if target != NO_TARGET {
                    below[lane] = logits[target as usize * lanes + lane] - largest_of[lane];
                }
            }
            let mut total = T::splat(simd, T::default());
            for logit in &mut *row {
                *logit = T::exp(simd, T::sub_lanes(simd, *logit, largest));
                total = T::add_lanes(simd, total, *logit);
            }
            let below = bytemuck::cast_slice_mut::<_, T>(std::slice::from_mut(&mut shares));
            let totals = bytemuck::cast_slice::<_, T>(std::slice::from_ref(&total));
            for (lane, &target) in targets.iter().enumerate() {
                let loss = totals[lane].ln() - below[lane];
                let is_largest = below[lane] == T::default();
                if target != NO_TARGET {
                    score.loss += loss.to_f64();
                    score.correct += usize::from(is_largest);
                    score.tokens += 1;
                    below[lane] = self.scale / totals[lane];
                }
            }
            for probability in &mut *row {
                *probability = T::mul_lanes(simd, *probability, shares);
            }
            let gradients = bytemuck::cast_slice_mut::<_, T>(row);
            for (lane, &target) in targets.iter().enumerate() {
                if target != NO_TARGET {
                    let gradient = &mut gradients[target as usize * lanes + lane];
                    *gradient = *gradient - self.scale;
                }
            }
        }
        score
    }
}
