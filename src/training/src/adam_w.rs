//! AdamW: Adam with decoupled weight decay (Loshchilov and Hutter, 2019), and clipping by the global norm.

use orrery_model::{TensorLayout, WeightId};
use pulp::Arch;
use serde::{Deserialize, Serialize};

/// What shapes an update besides the learning rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdamWOptions {
    /// Decay of the first moment, β₁
    pub beta1: f64,
    /// Decay of the second moment, β₂
    pub beta2: f64,
    /// ε, added to the root of the second moment
    pub epsilon: f64,
    /// λ, of matrices only: biases and norms do not decay
    pub weight_decay: f64,
    /// The whole gradient is shortened to this Euclidean length where it is longer; 0 leaves it
    pub max_norm: f64,
}

impl Default for AdamWOptions {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.99,
            epsilon: 1e-8,
            weight_decay: 0.01,
            max_norm: 1.0,
        }
    }
}

/// The moments of every weight.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamW {
    options: AdamWOptions,
    first_moment: Vec<f32>,
    second_moment: Vec<f32>,
}

impl AdamW {
    /// Both moments zero.
    pub fn new(options: AdamWOptions, len: usize) -> Self {
        Self {
            options,
            first_moment: vec![0.0; len],
            second_moment: vec![0.0; len],
        }
    }

    /// The moments of an earlier run.
    pub fn with_moments(options: AdamWOptions, first: Vec<f32>, second: Vec<f32>) -> Self {
        Self {
            options,
            first_moment: first,
            second_moment: second,
        }
    }

    /// The moments, first and second, in layout order.
    pub fn moments(&self) -> (&[f32], &[f32]) {
        (&self.first_moment, &self.second_moment)
    }

    /// Update number `step` (counted from 0) by a gradient of the given length.
    pub fn update(
        &mut self,
        step: u64,
        learning_rate: f64,
        layout: &TensorLayout<WeightId>,
        (gradient, norm): (&[f32], f64),
        weights: &mut [f32],
    ) {
        let options = &self.options;
        let clip = match options.max_norm > 0.0 && norm > options.max_norm {
            true => options.max_norm / norm,
            false => 1.0,
        };
        // f64, as powi of f32 would lose the last digits of 1 − β.
        let exponent = (step + 1) as f64;
        let correction1 = 1.0 - options.beta1.powf(exponent);
        let correction2 = 1.0 - options.beta2.powf(exponent);
        for entry in layout.entries() {
            let decay = match entry.shape.len() {
                2 => options.weight_decay,
                _ => 0.0,
            };
            let update = Update {
                clip: clip as f32,
                keep1: options.beta1 as f32,
                take1: (1.0 - options.beta1) as f32,
                keep2: options.beta2 as f32,
                take2: (1.0 - options.beta2) as f32,
                rate: (learning_rate / correction1) as f32,
                root_scale: correction2.sqrt().recip() as f32,
                epsilon: options.epsilon as f32,
                keep_weight: (1.0 - learning_rate * decay) as f32,
            };
            let range = entry.range.clone();
            let gradient = &gradient[range.clone()];
            let first = &mut self.first_moment[range.clone()];
            let second = &mut self.second_moment[range.clone()];
            let weights = &mut weights[range];
            Arch::new().dispatch(|| update.apply(gradient, first, second, weights));
        }
    }
}

/// The Euclidean length of the whole gradient.
pub fn gradient_length(gradient: &[f32]) -> f64 {
    Arch::new().dispatch(|| squared_length(gradient)).sqrt()
}

/// One tensor's update in plain numbers.
struct Update {
    clip: f32,
    keep1: f32,
    take1: f32,
    keep2: f32,
    take2: f32,
    rate: f32,
    root_scale: f32,
    epsilon: f32,
    keep_weight: f32,
}

impl Update {
    /// Simple enough for the compiler to turn into lanes by itself.
    #[inline(always)]
    fn apply(&self, gradient: &[f32], first: &mut [f32], second: &mut [f32], weights: &mut [f32]) {
        let moments = first.iter_mut().zip(second);
        for ((weight, &gradient), (first, second)) in weights.iter_mut().zip(gradient).zip(moments)
        {
            let gradient = gradient * self.clip;
            *first = *first * self.keep1 + gradient * self.take1;
            *second = *second * self.keep2 + gradient * gradient * self.take2;
            let root = second.sqrt() * self.root_scale + self.epsilon;
            *weight = *weight * self.keep_weight - self.rate * *first / root;
        }
    }
}

/// `Σ g²` in sixteen partial sums, always in the same order.
#[inline(always)]
fn squared_length(values: &[f32]) -> f64 {
    const PARTS: usize = 16;
    let mut sums = [0.0_f64; PARTS];
    let (chunks, rest) = values.as_chunks::<PARTS>();
    for chunk in chunks {
        for (sum, &value) in sums.iter_mut().zip(chunk) {
            *sum += f64::from(value) * f64::from(value);
        }
    }
    let rest = rest.iter().map(|&v| f64::from(v) * f64::from(v));
    sums.into_iter().chain(rest).sum()
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use orrery_model::{GptConfig, parameter_layout};

    use super::*;

    /// The formulas of the paper, one number at a time in double precision.
    #[test]
    fn three_updates_follow_the_paper() {
        let layout = parameter_layout(&GptConfig::default());
        let len = layout.len();
        let options = AdamWOptions {
            weight_decay: 0.1,
            ..AdamWOptions::default()
        };
        let mut adam = AdamW::new(options, len);
        let mut weights: Vec<f32> = (0..len).map(|i| (i as f32 * 0.37).sin()).collect();
        let mut expected: Vec<f64> = weights.iter().copied().map(f64::from).collect();
        let (mut m, mut v) = (vec![0.0; len], vec![0.0; len]);
        for step in 0..3 {
            let gradient: Vec<f32> = (0..len).map(|i| ((i + step) as f32 * 1.3).cos()).collect();
            let norm = gradient_length(&gradient);
            adam.update(step as u64, 2e-3, &layout, (&gradient, norm), &mut weights);
            let length = gradient
                .iter()
                .map(|&g| f64::from(g).powi(2))
                .sum::<f64>()
                .sqrt();
            assert_relative_eq!(norm, length, max_relative = 1e-9);
            for entry in layout.entries() {
                let decay = if entry.shape.len() == 2 { 0.1 } else { 0.0 };
                for i in entry.range.clone() {
                    let g = f64::from(gradient[i]) / length;
                    m[i] = 0.9 * m[i] + 0.1 * g;
                    v[i] = 0.99 * v[i] + 0.01 * g * g;
                    let m_hat = m[i] / (1.0 - 0.9_f64.powi(step as i32 + 1));
                    let v_hat = v[i] / (1.0 - 0.99_f64.powi(step as i32 + 1));
                    expected[i] -= 2e-3 * (m_hat / (v_hat.sqrt() + 1e-8) + decay * expected[i]);
                }
            }
        }
        for (&weight, expected) in weights.iter().zip(expected) {
            assert_relative_eq!(f64::from(weight), expected, epsilon = 1e-5);
        }
    }
}
