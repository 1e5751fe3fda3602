//! A lens that is fitted: from each stage a linear map to the last residual, found by ridge regression on
//! a text, then the model's own end. Where the raw lens reads a stage in a language that it does not
//! speak, this one translates first; it is an estimate, and says how well it does on text that it did
//! not see.

use orrery_model::{Gpt, TensorId};

use crate::lens::{Lens, LensStage, lens, stages};
use crate::run::{AnalysisError, Run};
use crate::vector::double;

/// How many positions of the text are enough.
const POSITIONS: usize = 4096;

/// One in so many windows is kept apart to test on.
const HELD_OUT: usize = 10;

/// x ↦ x·A + c, for one stage.
#[derive(Clone, Debug, PartialEq)]
struct Map {
    /// `[d_model, d_model]`, row-major
    matrix: Vec<f64>,
    constant: Vec<f64>,
}

impl Map {
    fn apply(&self, x: &[f64]) -> Vec<f64> {
        let mut y = self.constant.clone();
        for (x, row) in x.iter().zip(self.matrix.chunks_exact(x.len())) {
            for (y, a) in y.iter_mut().zip(row) {
                *y += x * a;
            }
        }
        y
    }
}

/// The maps of all stages, with what they are worth.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedLens {
    maps: Vec<Map>,
    /// Mean KL(final ‖ fitted) on the text that was held out, stage by stage, in nats.
    pub held_out: Vec<f64>,
    /// The same of the raw lens.
    pub held_out_raw: Vec<f64>,
    /// The same of a guess that knows nothing.
    pub held_out_uniform: f64,
    /// On how many positions it was fitted.
    pub fitted_on: usize,
    /// On how many it was tested.
    pub tested_on: usize,
}

/// Sums for a least-squares fit with a constant.
struct Sums {
    count: f64,
    x: Vec<f64>,
    y: Vec<f64>,
    xx: Vec<f64>,
    xy: Vec<f64>,
}

impl Sums {
    fn new(d: usize) -> Self {
        Self {
            count: 0.0,
            x: vec![0.0; d],
            y: vec![0.0; d],
            xx: vec![0.0; d * d],
            xy: vec![0.0; d * d],
        }
    }

    fn add(&mut self, x: &[f64], y: &[f64]) {
        let d = x.len();
        self.count += 1.0;
        for (at, &value) in x.iter().enumerate() {
            self.x[at] += value;
            self.y[at] += y[at];
            let (xx, xy) = (&mut self.xx[at * d..][..d], &mut self.xy[at * d..][..d]);
            for (sum, other) in xx.iter_mut().zip(x) {
                *sum += value * other;
            }
            for (sum, other) in xy.iter_mut().zip(y) {
                *sum += value * other;
            }
        }
    }

    /// Ridge regression of y on x: λ = 10⁻³ of the mean variance of x.
    fn solve(mut self) -> Map {
        let d = self.x.len();
        let n = self.count.max(1.0);
        let mean = |sums: &[f64]| -> Vec<f64> { sums.iter().map(|sum| sum / n).collect() };
        let (x, y) = (mean(&self.x), mean(&self.y));
        for row in 0..d {
            for column in 0..d {
                self.xx[row * d + column] -= n * x[row] * x[column];
                self.xy[row * d + column] -= n * x[row] * y[column];
            }
        }
        let trace: f64 = (0..d).map(|at| self.xx[at * d + at]).sum();
        let ridge = (1e-3 * trace / d as f64).max(f64::MIN_POSITIVE);
        for at in 0..d {
            self.xx[at * d + at] += ridge;
        }
        solve_in_place(&mut self.xx, &mut self.xy, d);
        let matrix = self.xy;
        let of_mean = Map {
            matrix,
            constant: vec![0.0; d],
        };
        let shift = of_mean.apply(&x);
        Map {
            constant: y.iter().zip(shift).map(|(y, shift)| y - shift).collect(),
            matrix: of_mean.matrix,
        }
    }
}

/// Solves A·X = B for a symmetric positive definite A `[d, d]`, by Cholesky's decomposition; X takes the
/// place of B.
fn solve_in_place(a: &mut [f64], b: &mut [f64], d: usize) {
    for column in 0..d {
        for row in column..d {
            let known: f64 = (0..column)
                .map(|k| a[row * d + k] * a[column * d + k])
                .sum();
            let value = a[row * d + column] - known;
            a[row * d + column] = if row == column {
                value.max(f64::MIN_POSITIVE).sqrt()
            } else {
                value / a[column * d + column]
            };
        }
    }
    for row in 0..d {
        for k in 0..row {
            let factor = a[row * d + k];
            let (above, below) = b.split_at_mut(row * d);
            for (value, known) in below[..d].iter_mut().zip(&above[k * d..][..d]) {
                *value -= factor * known;
            }
        }
        let pivot = a[row * d + row];
        b[row * d..][..d]
            .iter_mut()
            .for_each(|value| *value /= pivot);
    }
    for row in (0..d).rev() {
        for k in row + 1..d {
            let factor = a[k * d + row];
            let (above, below) = b.split_at_mut(k * d);
            for (value, known) in above[row * d..][..d].iter_mut().zip(&below[..d]) {
                *value -= factor * known;
            }
        }
        let pivot = a[row * d + row];
        b[row * d..][..d]
            .iter_mut()
            .for_each(|value| *value /= pivot);
    }
}

impl FittedLens {
    /// Fits on a text's token ids, window by window from its beginning; the same text gives the same lens.
    ///
    /// # Errors
    /// Fewer tokens than a few windows, or ids that the model does not have.
    pub fn fit(gpt: &Gpt, ids: &[usize]) -> Result<Self, AnalysisError> {
        Self::fit_seeing(gpt, ids, |_| {})
    }

    /// The same, and every window's run is shown to `see`, so that whoever wants to know more of the text need not run
    /// the model again.
    ///
    /// # Errors
    /// As [`FittedLens::fit`].
    pub fn fit_seeing(
        gpt: &Gpt,
        ids: &[usize],
        mut see: impl FnMut(&Run<'_>),
    ) -> Result<Self, AnalysisError> {
        let config = gpt.config();
        let width = config.context_length.min(64);
        let wanted = POSITIONS.div_ceil(width).max(2 * HELD_OUT);
        let windows: Vec<&[usize]> = ids.chunks_exact(width).take(wanted).collect();
        let stages = stages(config.n_blocks);
        let fitted = stages.len() - 1;
        let mut sums: Vec<Sums> = (0..fitted).map(|_| Sums::new(config.d_model)).collect();
        let (mut kept, mut fitted_on) = (Vec::new(), 0);
        for (at, window) in windows.iter().enumerate() {
            let trace = gpt
                .trace(window)
                .map_err(orrery_model::InterventionError::from)?;
            let run = Run::new(gpt, &trace)?;
            see(&run);
            if at % HELD_OUT == HELD_OUT - 1 {
                kept.push(trace);
                continue;
            }
            let ends = run.matrix(run.last_residual());
            for (sums, stage) in sums.iter_mut().zip(&stages) {
                let rows = run.matrix(stage.tensor(run.is_pre_norm()));
                for (x, y) in rows.rows().into_iter().zip(ends.rows()) {
                    sums.add(&double(x), &double(y));
                }
            }
            fitted_on += window.len();
        }
        if kept.is_empty() {
            return Err(AnalysisError::Position(windows.len() * width));
        }
        let mut fitted = Self {
            maps: sums.into_iter().map(Sums::solve).collect(),
            held_out: vec![0.0; stages.len()],
            held_out_raw: vec![0.0; stages.len()],
            held_out_uniform: 0.0,
            fitted_on,
            tested_on: kept.len() * width,
        };
        let windows = kept.len() as f64;
        let positions: Vec<usize> = (0..width).collect();
        let (mut means, mut raw_means, mut uniform) =
            (vec![0.0; stages.len()], vec![0.0; stages.len()], 0.0);
        for trace in &kept {
            let run = Run::new(gpt, trace)?;
            let here = fitted.lens(&run, &positions, &[], &[]);
            let raw = crate::lens::raw_lens(&run, &positions, &[], &[]);
            for (mean, trust) in means.iter_mut().zip(here.trust()) {
                *mean += trust / windows;
            }
            for (mean, trust) in raw_means.iter_mut().zip(raw.trust()) {
                *mean += trust / windows;
            }
            uniform += here.trust_of_uniform() / windows;
        }
        fitted.held_out = means;
        fitted.held_out_raw = raw_means;
        fitted.held_out_uniform = uniform;
        Ok(fitted)
    }

    /// The fitted lens at some positions, as [`crate::raw_lens`].
    pub fn lens(
        &self,
        run: &Run<'_>,
        positions: &[usize],
        next: &[Option<usize>],
        never_drawn: &[usize],
    ) -> Lens {
        let all = stages(run.config().n_blocks);
        lens(
            run,
            positions,
            (next, never_drawn),
            |stage: LensStage, row| {
                let id: TensorId = stage.tensor(run.is_pre_norm());
                let x = double(run.matrix(id).row(row));
                let at = all.iter().position(|&known| known == stage);
                match at.and_then(|at| self.maps.get(at)) {
                    Some(map) => map.apply(&x),
                    None => x,
                }
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_map_is_found_again() {
        let mut sums = Sums::new(3);
        let mut seed = 1_u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
        };
        for _ in 0..4000 {
            let x = [next(), next(), next()];
            let y = [2.0 * x[0] - x[1] + 1.0, x[2], x[0] + x[1] + x[2] - 3.0];
            sums.add(&x, &y);
        }
        let y = sums.solve().apply(&[0.5, -0.25, 0.125]);
        for (found, wanted) in y.iter().zip([2.25, 0.125, -2.625]) {
            assert!((found - wanted).abs() < 2e-3, "{y:?}");
        }
    }
}
