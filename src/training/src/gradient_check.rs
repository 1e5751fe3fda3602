//! Compares the derived gradient with differences of the loss, in double precision.

use orrery_model::{GptConfig, WeightId};
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::batch::Batch;
use crate::engine::{Engine, EngineError};

/// The step of the differences, and shorter ones for weights that have a ReLU's kink within reach.
const STEPS: [f64; 4] = [1e-4, 1e-5, 1e-6, 1e-7];

/// What one tensor's check found.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorCheck {
    /// Which
    pub tensor: WeightId,
    /// How many of its numbers were compared
    pub compared: usize,
    /// How many were left out, because a kink lay within the shortest step
    pub skipped: usize,
    /// The largest relative error; see [`check_gradient`]
    pub largest_error: f64,
}

/// Checks the gradient of every tensor at up to `entries` of its numbers, drawn with `seed`.
///
/// The difference is of fourth order, `(8(L(h) − L(−h)) − (L(2h) − L(−2h)))/12h`. A step counts only
/// where every ReLU stays on its side over the whole of it; otherwise a shorter one is tried, then
/// the number is left out: so a kink can never raise a false alarm. The error is relative to the
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
    engine.loss_and_gradient(&weights, batch);
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
            let difference = STEPS.into_iter().find_map(|step| {
                let centre = weights[at];
                let losses = [2.0, 1.0, -1.0, -2.0].map(|steps| {
                    weights[at] = centre + steps * step;
                    let (score, now_open) = engine.loss_and_open_units(&weights, batch);
                    (now_open == open).then_some(score.mean_loss())
                });
                weights[at] = centre;
                let [Some(far), Some(near), Some(back), Some(far_back)] = losses else {
                    return None;
                };
                Some((8.0 * (near - back) - (far - far_back)) / (12.0 * step))
            });
            let Some(difference) = difference else {
                check.skipped += 1;
                continue;
            };
            let size = difference.abs().max(gradient[at].abs()).max(1e-4 * largest);
            let error = (difference - gradient[at]).abs() / size;
            check.compared += 1;
            check.largest_error = check.largest_error.max(error);
        }
        checks.push(check);
    }
    Ok(checks)
}
