//! Compares the derived gradient with differences of the loss, in double precision.

use orrery_model::{GptConfig, WeightId};
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::batch::Batch;
use crate::engine::{Engine, EngineError};

/// Steps of the differences: short enough for what curves, long enough against rounding, and shorter
/// ones for weights that have a ReLU's kink within reach.
const STEPS: [f64; 5] = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7];

/// How far rounding may move a loss, relative to it: its sums have many terms.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

/// An error above this that rounding alone explains says nothing, and its number is left out.
const NOISE: f64 = 5e-7;

/// An error so small that no other step is tried.
const CLOSE: f64 = 1e-8;

/// What one tensor's check found.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorCheck {
    /// Which
    pub tensor: WeightId,
    /// How many of its numbers were compared
    pub compared: usize,
    /// How many were left out, because a kink lay within every step that is not too short
    pub skipped: usize,
    /// The largest relative error; see [`check_gradient`]
    pub largest_error: f64,
}

/// The gradient and a difference, of one number.
#[derive(Clone, Copy)]
struct Comparison {
    /// Relative distance
    error: f64,
    /// As much of it as rounding explains
    rounding: f64,
}

impl Comparison {
    fn says_something(&self) -> bool {
        self.error <= NOISE || self.error > self.rounding
    }
}

/// Checks the gradient of every tensor at up to `entries` of its numbers, drawn with `seed`.
///
/// The difference is of fourth order, `(8(L(h) − L(−h)) − (L(2h) − L(−2h)))/12h`. A step counts only
/// where every ReLU stays on its side over the whole of it. Of several steps the one that agrees best
/// counts, as a long one errs by the loss's curving and a short one by rounding: a right gradient is
/// met by one of them, a wrong one by none. A number is left out where no step counts, or where only
/// one counts that is so short that rounding explains the error: so a kink can never raise a false
/// alarm. The error is relative to the
/// larger of the two values, or to a ten-thousandth of the whole gradient's largest number where
/// both are smaller (a gradient that is exactly zero, as a key bias's is, has no relative error).
///
/// # Errors
/// Sizes that no GPT has.
pub fn check_gradient(
    config: &GptConfig,
    weights: &[f32],
    batch: &Batch,
    entries: usize,
    seed: u64,
) -> Result<Vec<TensorCheck>, EngineError> {
    let mut engine = Engine::<f64>::new(config, 1)?;
    let mut weights: Vec<f64> = weights.iter().copied().map(f64::from).collect();
    let loss = engine.loss_and_gradient(&weights, batch).mean_loss();
    let gradient = engine.gradient().to_vec();
    let largest = gradient.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    let (_, open) = engine.loss_and_open_units(&weights, batch);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let tensors = engine.layout().entries().to_vec();
    let mut checks = Vec::with_capacity(tensors.len());
    for entry in tensors {
        let mut check = TensorCheck {
            tensor: entry.id,
            compared: 0,
            skipped: 0,
            largest_error: 0.0,
        };
        let len = entry.range.len();
        for place in sample(&mut random, len, entries.min(len)) {
            let at = entry.range.start + place;
            let mut best: Option<Comparison> = None;
            for step in STEPS {
                let centre = weights[at];
                let losses = [2.0, 1.0, -1.0, -2.0].map(|steps| {
                    weights[at] = centre + steps * step;
                    let (score, now_open) = engine.loss_and_open_units(&weights, batch);
                    (now_open == open).then_some(score.mean_loss())
                });
                weights[at] = centre;
                let [Some(far), Some(near), Some(back), Some(far_back)] = losses else {
                    continue;
                };
                let difference = (8.0 * (near - back) - (far - far_back)) / (12.0 * step);
                let size = difference.abs().max(gradient[at].abs()).max(1e-4 * largest);
                let error = (difference - gradient[at]).abs() / size;
                // what is no number agrees with nothing
                let error = if error.is_nan() { f64::INFINITY } else { error };
                if best.is_none_or(|best| error < best.error) {
                    let rounding = ROUNDING * loss / (step * size);
                    best = Some(Comparison { error, rounding });
                }
                if error <= CLOSE {
                    break;
                }
            }
            let Some(best) = best.filter(Comparison::says_something) else {
                check.skipped += 1;
                continue;
            };
            check.compared += 1;
            check.largest_error = check.largest_error.max(best.error);
        }
        checks.push(check);
    }
    Ok(checks)
}
