//! `eˣ` and the error function in single precision, written so that a compiler can work on as many
//! numbers at once as the machine's vector registers hold: no branches, no tables, no calls. They are
//! sums and products in one fixed order, fused in one fixed way, so every machine gets the same bits.

/// The nearest single-precision number to log₂e.
const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// ln 2 in two parts, of which the first has so few digits that its small multiples are exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// Adding it leaves no bits behind the point: 1.5·2²³.
const ROUNDER: f32 = 12_582_912.0;
/// Below this, eˣ is no longer a normal number; it is taken for 0.
const LOWEST: f32 = -87.0;
/// Above this, eˣ would be infinite.
const HIGHEST: f32 = 88.0;

/// `eˣ` for finite x, within two units in the last place; 0 below −87, and above 88 as at 88.
///
/// `x = n·ln 2 + r` with `|r| ≤ ln 2 / 2`, so `eˣ = 2ⁿ·eʳ`; `eʳ` is a polynomial fitted to it with the
/// least relative error (3.2e-9).
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const C: [f32; 5] = [
        0.499_999_93,
        0.166_665_2,
        0.041_668_496,
        0.008_368_88,
        0.001_381_025_2,
    ];
    let clamped = x.clamp(LOWEST, HIGHEST);
    let shifted = clamped.mul_add(LOG2_E, ROUNDER);
    let n = shifted - ROUNDER;
    let r = n.mul_add(-LN_2_LOW, n.mul_add(-LN_2_HIGH, clamped));
    let tail = horner(C, r);
    let power = 1.0 + (r * r).mul_add(tail, r);
    // n stands in the low bits of the shifted number; the rest is shifted out
    let scale = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    if x < LOWEST { 0.0 } else { power * scale }
}

/// The polynomial with these coefficients, the lowest first.
#[inline(always)]
fn horner<const N: usize>(coefficients: [f32; N], x: f32) -> f32 {
    let mut value = 0.0_f32;
    for coefficient in coefficients.into_iter().rev() {
        value = value.mul_add(x, coefficient);
    }
    value
}

/// The error function for finite x, within four units in the last place.
///
/// `erf(x)/x` is a quotient of two polynomials in x², fitted with the least relative error (2.5e-8) up
/// to x = 4, behind which erf rounds to 1.
#[inline(always)]
pub(crate) fn erf(x: f32) -> f32 {
    const P: [f32; 6] = [
        std::f32::consts::FRAC_2_SQRT_PI,
        0.193_535_8,
        0.053_100_236,
        0.003_882_862_5,
        2.845_416_7e-4,
        1.986_686_1e-6,
    ];
    const Q: [f32; 6] = [
        1.0,
        0.504_849_2,
        0.115_345_92,
        0.015_206_305,
        0.001_185_428_8,
        3.741_789e-5,
    ];
    // the square of where 1 − erf becomes less than half of what a number below 1 can show
    const ONE_FROM: f32 = 15.37;
    let x = x.clamp(-4.0, 4.0);
    let t = x * x;
    let quotient = x * horner(P, t) / horner(Q, t);
    if t < ONE_FROM {
        quotient
    } else {
        1.0_f32.copysign(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(from: f32, to: f32) -> impl Iterator<Item = f32> {
        const COUNT: u32 = 200_000;
        (0..=COUNT).map(move |i| from + (to - from) * i as f32 / COUNT as f32)
    }

    #[test]
    fn exp_is_as_near_as_it_says() {
        for x in numbers(-87.0, 88.0) {
            let exact = f64::from(x).exp();
            let error = (f64::from(exp(x)) / exact - 1.0).abs();
            assert!(error < 2.0 * f64::from(f32::EPSILON), "{x}: {error}");
        }
        assert_eq!((exp(0.0), exp(-88.0), exp(-1e30)), (1.0, 0.0, 0.0));
        assert!(exp(1e30).is_finite());
    }

    #[test]
    fn erf_is_as_near_as_it_says() {
        for x in numbers(-5.0, 5.0) {
            let exact = libm::erf(f64::from(x));
            let error = (f64::from(erf(x)) - exact).abs();
            assert!(
                error <= 4.0 * f64::from(f32::EPSILON) * exact.abs(),
                "{x}: {error}"
            );
        }
        assert_eq!(erf(0.0), 0.0);
        for sign in [-1.0, 1.0] {
            assert!((erf(sign * 1e30) - sign).abs() <= f32::EPSILON);
        }
    }
}
