//! `y = γ·x̂ + β` with `x̂ = (x − mean)/√(variance + ε)` over the features of each row.

use pulp::{Simd, WithSimd};

use crate::lane_matrix::LaneMatrix;
use crate::real::Real;

/// The norm of the first rows.
pub struct LayerNorm<'a, T: Real> {
    /// x `[positions, features]`
    pub input: &'a LaneMatrix<T>,
    /// γ `[features]`
    pub gamma: &'a [T],
    /// β `[features]`, if there is one
    pub beta: Option<&'a [T]>,
    /// ε
    pub epsilon: T,
    /// x̂ `[positions, features]`, kept for the way back
    pub normalized: &'a mut LaneMatrix<T>,
    /// `1/√(variance + ε)` `[positions, 1]`, kept for the way back
    pub inverse_deviation: &'a mut LaneMatrix<T>,
    /// y `[positions, features]`
    pub output: &'a mut LaneMatrix<T>,
    /// How many rows
    pub positions: usize,
}

impl<T: Real> WithSimd for LayerNorm<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let features = self.gamma.len();
        let zero = T::splat(simd, T::default());
        let one = T::splat(simd, T::from_f64(1.0));
        let share = T::splat(simd, T::from_f64(1.0 / features as f64));
        let epsilon = T::splat(simd, self.epsilon);
        let stride = self.output.stride();
        let x = self.input.rows::<S>().chunks_exact(stride);
        let normalized = self.normalized.rows_mut::<S>().chunks_exact_mut(stride);
        let deviation_stride = self.inverse_deviation.stride();
        let deviations = self.inverse_deviation.rows_mut::<S>();
        let deviations = deviations.chunks_exact_mut(deviation_stride);
        let y = self.output.rows_mut::<S>().chunks_exact_mut(stride);
        for (((x, normalized), deviation), y) in x
            .zip(normalized)
            .zip(deviations)
            .zip(y)
            .take(self.positions)
        {
            let x = &x[..features];
            let mut mean = zero;
            for &value in x {
                mean = T::add_lanes(simd, mean, value);
            }
            mean = T::mul_lanes(simd, mean, share);
            let mut variance = zero;
            for &value in x {
                let centred = T::sub_lanes(simd, value, mean);
                variance = T::mul_add(simd, centred, centred, variance);
            }
            let spread = T::sqrt(simd, T::mul_add(simd, variance, share, epsilon));
            let inverse = T::div_lanes(simd, one, spread);
            deviation[0] = inverse;
            let outputs = normalized.iter_mut().zip(y.iter_mut());
            for (((&value, (normalized, y)), &gamma), f) in
                x.iter().zip(outputs).zip(self.gamma).zip(0..)
            {
                let centred = T::sub_lanes(simd, value, mean);
                *normalized = T::mul_lanes(simd, centred, inverse);
                let beta = self.beta.map_or(zero, |beta| T::splat(simd, beta[f]));
                *y = T::mul_add(simd, *normalized, T::splat(simd, gamma), beta);
            }
        }
    }
}

/// The gradients of a norm; the gradient with respect to y becomes that with respect to x in place:
/// `dx = (γ·dy − mean(γ·dy) − x̂·mean(γ·dy·x̂))/√(variance + ε)`.
pub struct LayerNormGradient<'a, T: Real> {
    /// x̂ `[positions, features]`
    pub normalized: &'a LaneMatrix<T>,
    /// `1/√(variance + ε)` `[positions, 1]`
    pub inverse_deviation: &'a LaneMatrix<T>,
    /// γ `[features]`
    pub gamma: &'a [T],
    /// dy, then dx `[positions, features]`
    pub gradient: &'a mut LaneMatrix<T>,
    /// dγ `[features]`, added to
    pub gamma_gradient: &'a mut [T],
    /// dβ `[features]`, added to, if there is a β
    pub beta_gradient: Option<&'a mut [T]>,
    /// Room for one row each of dγ and dβ by lane `[2, features]`
    pub sums: &'a mut LaneMatrix<T>,
    /// How many rows
    pub positions: usize,
}

impl<T: Real> WithSimd for LayerNormGradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let features = self.gamma.len();
        let zero = T::splat(simd, T::default());
        let share = T::splat(simd, T::from_f64(1.0 / features as f64));
        let stride = self.gradient.stride();
        let sums = self.sums.rows_mut::<S>();
        let (gamma_sums, beta_sums) = sums.split_at_mut(stride);
        let gamma_sums = &mut gamma_sums[..features];
        let beta_sums = &mut beta_sums[..features];
        gamma_sums.fill(zero);
        beta_sums.fill(zero);
        let normalized = self.normalized.rows::<S>().chunks_exact(stride);
        let deviations = self.inverse_deviation.rows::<S>();
        let deviations = deviations.chunks_exact(self.inverse_deviation.stride());
        let gradient = self.gradient.rows_mut::<S>().chunks_exact_mut(stride);
        for ((normalized, deviation), gradient) in normalized
            .zip(deviations)
            .zip(gradient)
            .take(self.positions)
        {
            let normalized = &normalized[..features];
            let gradient = &mut gradient[..features];
            let mut mean = zero;
            let mut mean_along = zero;
            for f in 0..features {
                let (dy, normal) = (gradient[f], normalized[f]);
                gamma_sums[f] = T::mul_add(simd, dy, normal, gamma_sums[f]);
                beta_sums[f] = T::add_lanes(simd, beta_sums[f], dy);
                let scaled = T::mul_lanes(simd, dy, T::splat(simd, self.gamma[f]));
                gradient[f] = scaled;
                mean = T::add_lanes(simd, mean, scaled);
                mean_along = T::mul_add(simd, scaled, normal, mean_along);
            }
            mean = T::mul_lanes(simd, mean, share);
            mean_along = T::mul_lanes(simd, mean_along, share);
            for f in 0..features {
                let along = T::mul_lanes(simd, normalized[f], mean_along);
                let rest = T::sub_lanes(simd, T::sub_lanes(simd, gradient[f], mean), along);
                gradient[f] = T::mul_lanes(simd, rest, deviation[0]);
            }
        }
        for (total, &sum) in self.gamma_gradient.iter_mut().zip(&*gamma_sums) {
            *total += T::sum_lanes(simd, sum);
        }
        if let Some(beta_gradient) = self.beta_gradient {
            for (total, &sum) in beta_gradient.iter_mut().zip(&*beta_sums) {
                *total += T::sum_lanes(simd, sum);
            }
        }
    }
}

/// `y += x` for the first rows.
pub struct AddRows<'a, T: Real> {
    /// x
    pub input: &'a LaneMatrix<T>,
    /// y, of the same width
    pub output: &'a mut LaneMatrix<T>,
    /// How many rows
    pub positions: usize,
}

impl<T: Real> WithSimd for AddRows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let len = self.positions * self.output.stride();
        let y = &mut self.output.rows_mut::<S>()[..len];
        for (y, &x) in y.iter_mut().zip(self.input.rows::<S>()) {
            *y = T::add_lanes(simd, *y, x);
        }
    }
}
