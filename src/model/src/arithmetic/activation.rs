//! The feed-forward's non-linearity.

use pulp::{Arch, Simd, WithSimd};

use crate::config::Activation;
use crate::elementary::{erf, exp};

/// The non-linearity, number by number.
pub(crate) fn activate(activation: Activation, x: &[f32], out: &mut [f32]) {
    Arch::new().dispatch(Activate { activation, x, out });
}

struct Activate<'a, 'out> {
    activation: Activation,
    x: &'a [f32],
    out: &'out mut [f32],
}

impl WithSimd for Activate<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let pairs = self.out.iter_mut().zip(self.x);
        match self.activation {
            Activation::Relu => {
                for (out, &x) in pairs {
                    *out = x.max(0.0);
                }
            }
            Activation::GeluErf => {
                for (out, &x) in pairs {
                    *out = 0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2));
                }
            }
            // (1 + tanh u)/2 = 1/(1 + e^(−2u))
            Activation::GeluTanh => {
                const SQRT_2_OVER_PI: f32 = 0.797_884_6;
                for (out, &x) in pairs {
                    let u = SQRT_2_OVER_PI * (x + 0.044_715 * x * x * x);
                    *out = x / (1.0 + exp(-2.0 * u));
                }
            }
        }
    }
}
