//! ReLU and both GELUs, forward and backward.

use orrery_model::Activation;
use pulp::{Simd, WithSimd};

use crate::lane_matrix::LaneMatrix;
use crate::real::Real;

/// √(2/π)
const TANH_SCALE: f64 = 0.797_884_560_802_865_4;
const TANH_CUBIC: f64 = 0.044715;

/// The way forward for the first rows.
pub struct Activate<'a, T: Real> {
    /// Which
    pub activation: Activation,
    /// What goes in, if it is kept for the way back; ReLU works on the output in place
    pub input: Option<&'a LaneMatrix<T>>,
    /// What comes out
    pub output: &'a mut LaneMatrix<T>,
    /// How many rows
    pub positions: usize,
}

impl<T: Real> WithSimd for Activate<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let len = self.positions * self.output.stride();
        let output = &mut self.output.rows_mut::<S>()[..len];
        let Some(input) = self.input else {
            for y in output {
                *y = T::where_positive(simd, *y, *y);
            }
            return;
        };
        let half = T::splat(simd, T::from_f64(0.5));
        let one = T::splat(simd, T::from_f64(1.0));
        let pairs = output.iter_mut().zip(input.rows::<S>());
        match self.activation {
            Activation::Relu => {
                for (y, &x) in pairs {
                    *y = T::where_positive(simd, x, x);
                }
            }
            Activation::GeluErf => {
                let root = T::splat(simd, T::from_f64(std::f64::consts::FRAC_1_SQRT_2));
                for (y, &x) in pairs {
                    let erf = T::erf(simd, T::mul_lanes(simd, x, root));
                    *y = T::mul_lanes(
                        simd,
                        T::mul_lanes(simd, x, half),
                        T::add_lanes(simd, one, erf),
                    );
                }
            }
            Activation::GeluTanh => {
                let scale = T::splat(simd, T::from_f64(TANH_SCALE));
                let cubic = T::splat(simd, T::from_f64(TANH_CUBIC));
                for (y, &x) in pairs {
                    let square = T::mul_lanes(simd, x, x);
                    let inner = T::mul_lanes(simd, x, T::mul_add(simd, square, cubic, one));
                    let tanh = T::tanh(simd, T::mul_lanes(simd, inner, scale));
                    *y = T::mul_lanes(
                        simd,
                        T::mul_lanes(simd, x, half),
                        T::add_lanes(simd, one, tanh),
                    );
                }
            }
        }
    }
}

/// The way back for the first rows: the gradient with respect to the output becomes that with respect to the input.
pub struct ActivationGradient<'a, T: Real> {
    /// Which
    pub activation: Activation,
    /// The input of the way forward; for ReLU its output does as well
    pub input: &'a LaneMatrix<T>,
    /// The gradient, changed in place
    pub gradient: &'a mut LaneMatrix<T>,
    /// How many rows
    pub positions: usize,
}

impl<T: Real> WithSimd for ActivationGradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let len = self.positions * self.gradient.stride();
        let gradient = &mut self.gradient.rows_mut::<S>()[..len];
        let pairs = gradient.iter_mut().zip(self.input.rows::<S>());
        let number = |value: f64| T::splat(simd, T::from_f64(value));
        let (half, one) = (number(0.5), number(1.0));
        match self.activation {
            Activation::Relu => {
                for (gradient, &x) in pairs {
                    *gradient = T::where_positive(simd, x, *gradient);
                }
            }
            // Φ(x) + x·φ(x)
            Activation::GeluErf => {
                let root = number(std::f64::consts::FRAC_1_SQRT_2);
                let minus_half = number(-0.5);
                let density = number(TANH_SCALE / 2.0);
                for (gradient, &x) in pairs {
                    let erf = T::erf(simd, T::mul_lanes(simd, x, root));
                    let below = T::mul_add(simd, half, erf, half);
                    let square = T::mul_lanes(simd, x, x);
                    let bell = T::exp(simd, T::mul_lanes(simd, square, minus_half));
                    let slope = T::mul_add(simd, T::mul_lanes(simd, x, density), bell, below);
                    *gradient = T::mul_lanes(simd, *gradient, slope);
                }
            }
            // (1 + tanh u)/2 + x/2·(1 − tanh² u)·u′
            Activation::GeluTanh => {
                let scale = number(TANH_SCALE);
                let cubic = number(TANH_CUBIC);
                let steep = number(3.0 * TANH_CUBIC);
                for (gradient, &x) in pairs {
                    let square = T::mul_lanes(simd, x, x);
                    let inner = T::mul_lanes(simd, x, T::mul_add(simd, square, cubic, one));
                    let tanh = T::tanh(simd, T::mul_lanes(simd, inner, scale));
                    let inner_slope =
                        T::mul_lanes(simd, scale, T::mul_add(simd, square, steep, one));
                    let flat = T::sub_lanes(simd, one, T::mul_lanes(simd, tanh, tanh));
                    let side = T::mul_lanes(
                        simd,
                        T::mul_lanes(simd, x, half),
                        T::mul_lanes(simd, flat, inner_slope),
                    );
                    let slope = T::add_lanes(simd, T::mul_add(simd, half, tanh, half), side);
                    *gradient = T::mul_lanes(simd, *gradient, slope);
                }
            }
        }
    }
}
