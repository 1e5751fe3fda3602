//! How the loss went: kept thin enough to be drawn, and part of a run's state, so that the curve of a
//! resumed run has its beginning.

use serde::{Deserialize, Serialize};

use crate::kernels::cross_entropy::Score;

/// Points of the training loss, whatever the length of the run.
const MOST_POINTS: u64 = 400;

/// The mean training loss of some consecutive steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingPoint {
    /// The last of these steps, counted from 1
    pub step: u64,
    /// Nats per token
    pub loss: f64,
}

/// A score on the text held out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValidationPoint {
    /// After so many steps
    pub step: u64,
    /// Nats per token
    pub loss: f64,
    /// The share of tokens that were the likeliest
    pub accuracy: f64,
}

/// The losses of a run so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Steps that share a point
    stride: u64,
    training: Vec<TrainingPoint>,
    validation: Vec<ValidationPoint>,
    /// Sum and number of the losses since the last point
    open: (f64, u64),
}

impl History {
    /// Nothing yet, for a run of so many steps.
    pub fn new(total_steps: u64) -> Self {
        let stride = total_steps.div_ceil(MOST_POINTS).max(1);
        let points = total_steps.div_ceil(stride) as usize;
        Self {
            stride,
            // a step allocates nothing
            training: Vec::with_capacity(points.min(MOST_POINTS as usize)),
            ..Self::default()
        }
    }

    /// A step is done.
    pub(crate) fn step(&mut self, step: u64, loss: f64) {
        self.open.0 += loss;
        self.open.1 += 1;
        if step.is_multiple_of(self.stride.max(1)) {
            let (sum, count) = std::mem::take(&mut self.open);
            self.training.push(TrainingPoint {
                step,
                loss: sum / count as f64,
            });
        }
    }

    /// The text held out was scored after so many steps; a second score after the same step replaces
    /// the first. One that is no number cannot be drawn and is left out.
    pub(crate) fn validation(&mut self, step: u64, score: Score) {
        if !score.mean_loss().is_finite() {
            return;
        }
        self.validation.retain(|point| point.step < step);
        self.validation.push(ValidationPoint {
            step,
            loss: score.mean_loss(),
            accuracy: score.accuracy(),
        });
    }

    /// The training loss, in the order of steps.
    pub fn training_points(&self) -> &[TrainingPoint] {
        &self.training
    }

    /// The scores on the text held out, in the order of steps.
    pub fn validation_points(&self) -> &[ValidationPoint] {
        &self.validation
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_step_counts_once_and_points_stay_few(total in 1_u64..3000) {
            let mut history = History::new(total);
            for step in 1..=total {
                history.step(step, step as f64);
            }
            let points = history.training_points();
            prop_assert!(points.len() <= 400);
            prop_assert!(points.len() >= 150.min(total as usize) / 2);
            let mut before = 0;
            for point in points {
                // the mean of before+1..=step
                let mean = (before + 1 + point.step) as f64 / 2.0;
                prop_assert!((point.loss - mean).abs() < 1e-9);
                before = point.step;
            }
            prop_assert!(total - before < history.stride);
        }
    }

    #[test]
    fn a_later_score_after_the_same_step_replaces_the_first() {
        let score = |loss| Score {
            loss,
            tokens: 10,
            correct: 4,
        };
        let mut history = History::new(10);
        history.validation(5, score(30.0));
        history.validation(5, score(20.0));
        history.validation(6, score(10.0));
        let points = history.validation_points();
        assert_eq!(points.iter().map(|p| p.step).collect::<Vec<_>>(), [5, 6]);
        assert_relative_eq!(points[0].loss, 2.0);
        assert_relative_eq!(points[0].accuracy, 0.4);
    }
}
