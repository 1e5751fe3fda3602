//! Exponential, error function and hyperbolic tangent on lanes of `f32`, to about single precision.

use pulp::Simd;

/// `eˣ` within 2 units in the last place; below −87 it stays at e⁻⁸⁷, above 88 at e⁸⁸.
///
/// `eˣ = 2ⁿ·eʳ` with `n = round(x/ln 2)`, `|r| ≤ ln 2/2`, and eʳ by its Taylor polynomial of degree 7
/// (next term below 6e-9).
#[inline(always)]
pub fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // Adding 1.5·2²³ rounds to an integer, which then stands in the lowest bits.
    const ROUNDER: f32 = 12_582_912.0;
    // ln 2 in two parts, so that n·LN2_HIGH is exact.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const TAYLOR: [f32; 6] = [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        1.0 / 2.0,
        1.0,
    ];
    let splat = |value| simd.splat_f32s(value);
    let x = simd.min_f32s(simd.max_f32s(x, splat(-87.0)), splat(88.0));
    let shifted = simd.mul_add_e_f32s(x, splat(std::f32::consts::LOG2_E), splat(ROUNDER));
    let n = simd.sub_f32s(shifted, splat(ROUNDER));
    let r = simd.mul_add_e_f32s(n, splat(-LN2_HIGH), x);
    let r = simd.mul_add_e_f32s(n, splat(-LN2_LOW), r);
    let mut polynomial = splat(1.0 / 5040.0);
    for coefficient in TAYLOR {
        polynomial = simd.mul_add_e_f32s(polynomial, r, splat(coefficient));
    }
    let polynomial = simd.mul_add_e_f32s(polynomial, r, splat(1.0));
    // Times 2ⁿ: n added to the exponent's bits.
    let exponent = simd.wrapping_dyn_shl_u32s(
        simd.transmute_u32s_f32s(shifted),
        simd.splat_u32s(f32::MANTISSA_DIGITS - 1),
    );
    simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(polynomial), exponent))
}

/// `tanh x = 1 − 2/(e²ˣ + 1)`, within 1e-7 absolute.
#[inline(always)]
pub fn tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    let two = simd.splat_f32s(2.0);
    let double = simd.add_f32s(x, x);
    let denominator = simd.add_f32s(exp(simd, double), one);
    simd.sub_f32s(one, simd.div_f32s(two, denominator))
}

/// The error function within 5e-7 absolute: Abramowitz and Stegun, formula 7.1.26.
#[inline(always)]
pub fn erf<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const P: f32 = 0.327_591_1;
    const A: [f32; 5] = [
        1.061_405_4,
        -1.453_152,
        1.421_413_7,
        -0.284_496_74,
        0.254_829_6,
    ];
    let zero = simd.splat_f32s(0.0);
    let one = simd.splat_f32s(1.0);
    let size = simd.abs_f32s(x);
    let t = simd.div_f32s(one, simd.mul_add_e_f32s(simd.splat_f32s(P), size, one));
    let mut polynomial = zero;
    for coefficient in A {
        polynomial = simd.mul_add_e_f32s(polynomial, t, simd.splat_f32s(coefficient));
    }
    polynomial = simd.mul_f32s(polynomial, t);
    let bell = exp(simd, simd.sub_f32s(zero, simd.mul_f32s(x, x)));
    let positive = simd.sub_f32s(one, simd.mul_f32s(polynomial, bell));
    let negative = simd.sub_f32s(zero, positive);
    simd.select_f32s(simd.greater_than_f32s(x, zero), positive, negative)
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::*;
    use crate::real::Real;

    struct Apply<'a, F> {
        values: &'a mut [f32],
        function: F,
    }

    trait LaneFunction {
        fn call<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s;
    }

    impl<F: LaneFunction> WithSimd for Apply<'_, F> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            for lanes in f32::lanes_mut::<S>(self.values) {
                *lanes = self.function.call(simd, *lanes);
            }
        }
    }

    /// The largest error against the exact function over −12…12, divided by `scale`.
    fn largest_error(
        function: impl LaneFunction,
        exact: impl Fn(f64) -> f64,
        relative: bool,
    ) -> f64 {
        let inputs: Vec<f32> = (0..=48_000)
            .map(|i| i as f32 / 2_000.0 - 12.0)
            .take(48_000)
            .collect();
        let mut outputs = inputs.clone();
        Arch::new().dispatch(Apply {
            values: &mut outputs,
            function,
        });
        inputs
            .iter()
            .zip(&outputs)
            .map(|(&x, &y)| {
                let expected = exact(f64::from(x));
                let error = (f64::from(y) - expected).abs();
                if relative { error / expected } else { error }
            })
            .fold(0.0, f64::max)
    }

    macro_rules! lane_function {
        ($name:ident, $function:path) => {
            struct $name;
            impl LaneFunction for $name {
                #[inline(always)]
                fn call<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
                    $function(simd, x)
                }
            }
        };
    }
    lane_function!(Exp, exp);
    lane_function!(Erf, erf);
    lane_function!(Tanh, tanh);

    #[test]
    fn they_agree_with_the_mathematical_library() {
        assert!(largest_error(Exp, libm::exp, true) < 3e-7);
        let error = largest_error(Erf, libm::erf, false);
        assert!(error < 5e-7, "{error:e}");
        assert!(largest_error(Tanh, libm::tanh, false) < 2e-7);
    }
}
