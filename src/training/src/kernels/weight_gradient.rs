//! The gradients of a projection's weights: `dW += xᵀ·dy`, `db += Σ dy` over all positions and lanes.

use pulp::{Simd, WithSimd};

use crate::lane_matrix::LaneMatrix;
use crate::real::Real;

/// `dW[i][o] += Σ x[p][i]·dy[p][first_output + o]`
pub struct WeightGradient<'a, T: Real> {
    /// x `[positions, inputs]`
    pub input: &'a LaneMatrix<T>,
    /// dy `[positions, ≥ first_output + outputs]`
    pub output_gradient: &'a LaneMatrix<T>,
    /// The first column of dy that belongs to this projection
    pub first_output: usize,
    /// dW `[inputs, outputs]`, row-major
    pub gradient: &'a mut [T],
    /// How many rows
    pub positions: usize,
}

impl<T: Real> WithSimd for WeightGradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        const SIDE: usize = 4;
        let inputs = self.input.features();
        let outputs = self.gradient.len() / inputs;
        let whole_inputs = inputs - inputs % SIDE;
        let whole_outputs = outputs - outputs % SIDE;
        // The wider side outside: its strip stays in the nearest cache.
        if inputs > outputs {
            for i in (0..whole_inputs).step_by(SIDE) {
                for o in (0..whole_outputs).step_by(SIDE) {
                    self.tile::<S, SIDE, SIDE>(simd, i, o);
                }
            }
        } else {
            for o in (0..whole_outputs).step_by(SIDE) {
                for i in (0..whole_inputs).step_by(SIDE) {
                    self.tile::<S, SIDE, SIDE>(simd, i, o);
                }
            }
        }
        for o in whole_outputs..outputs {
            for i in (0..whole_inputs).step_by(SIDE) {
                self.tile::<S, SIDE, 1>(simd, i, o);
            }
        }
        for i in whole_inputs..inputs {
            for o in (0..whole_outputs).step_by(SIDE) {
                self.tile::<S, 1, SIDE>(simd, i, o);
            }
            for o in whole_outputs..outputs {
                self.tile::<S, 1, 1>(simd, i, o);
            }
        }
    }
}

impl<T: Real> WeightGradient<'_, T> {
    #[inline(always)]
    fn tile<S: Simd, const INPUTS: usize, const OUTPUTS: usize>(
        &mut self,
        simd: S,
        input: usize,
        output: usize,
    ) {
        let inputs = self.input.features();
        let outputs = self.gradient.len() / inputs;
        let x = self.input.rows::<S>().chunks_exact(self.input.stride());
        let dy = self.output_gradient.rows::<S>();
        let dy = dy.chunks_exact(self.output_gradient.stride());
        let mut sums = [[T::splat(simd, T::default()); OUTPUTS]; INPUTS];
        for (x, dy) in x.zip(dy).take(self.positions) {
            let x = &x[input..][..INPUTS];
            let dy = &dy[self.first_output + output..][..OUTPUTS];
            for i in 0..INPUTS {
                for o in 0..OUTPUTS {
                    sums[i][o] = T::mul_add(simd, x[i], dy[o], sums[i][o]);
                }
            }
        }
        for (i, sums) in sums.into_iter().enumerate() {
            let row = &mut self.gradient[(input + i) * outputs + output..][..OUTPUTS];
            for (gradient, sum) in row.iter_mut().zip(sums) {
                *gradient += T::sum_lanes(simd, sum);
            }
        }
    }
}

/// `db[o] += Σ dy[p][first_output + o]`
pub struct BiasGradient<'a, T: Real> {
    /// dy `[positions, ≥ first_output + outputs]`
    pub output_gradient: &'a LaneMatrix<T>,
    /// The first column of dy that belongs to this bias
    pub first_output: usize,
    /// db `[outputs]`
    pub gradient: &'a mut [T],
    /// How many rows
    pub positions: usize,
}

impl<T: Real> WithSimd for BiasGradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        const WIDTH: usize = 8;
        let rows = self.output_gradient.rows::<S>();
        let stride = self.output_gradient.stride();
        for (strip, gradient) in self.gradient.chunks_mut(WIDTH).enumerate() {
            let mut sums = [T::splat(simd, T::default()); WIDTH];
            let first = self.first_output + strip * WIDTH;
            for row in rows.chunks_exact(stride).take(self.positions) {
                for (sum, &value) in sums.iter_mut().zip(&row[first..first + gradient.len()]) {
                    *sum = T::add_lanes(simd, *sum, value);
                }
            }
            for (gradient, sum) in gradient.iter_mut().zip(sums) {
                *gradient += T::sum_lanes(simd, sum);
            }
        }
    }
}
