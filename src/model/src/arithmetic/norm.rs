//! The layer norm.

use pulp::{Arch, Simd, WithSimd};

use super::parts::sum;

/// What a layer norm multiplies with and adds.
#[derive(Clone, Copy)]
pub(crate) struct Norm<'a> {
    pub epsilon: f32,
    /// γ, one for each column
    pub gamma: &'a [f32],
    /// β, one for each column
    pub beta: Option<&'a [f32]>,
}

/// Layer norm of each row: its mean, its (biased) variance, both summed in double precision, and
/// `(x − mean)/√(variance + ε)·γ (+ β)`.
pub(crate) fn normalize(
    x: &[f32],
    norm: Norm<'_>,
    means: &mut [f32],
    variances: &mut [f32],
    out: &mut [f32],
) {
    Arch::new().dispatch(Normalize {
        x,
        norm,
        means,
        variances,
        out,
    });
}

/// The same with means and variances that are given.
pub(crate) fn normalize_by(
    x: &[f32],
    norm: Norm<'_>,
    means: &[f32],
    variances: &[f32],
    out: &mut [f32],
) {
    let columns = norm.gamma.len();
    let rows = x.chunks_exact(columns).zip(out.chunks_exact_mut(columns));
    for ((row, out), (&mean, &variance)) in rows.zip(means.iter().zip(variances)) {
        of_row(row, (mean, variance), norm, out);
    }
}

struct Normalize<'a, 'out> {
    x: &'a [f32],
    norm: Norm<'a>,
    means: &'out mut [f32],
    variances: &'out mut [f32],
    out: &'out mut [f32],
}

impl WithSimd for Normalize<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let columns = self.norm.gamma.len();
        let rows = self.x.chunks_exact(columns);
        let outs = self.out.chunks_exact_mut(columns);
        let facts = self.means.iter_mut().zip(self.variances);
        for ((row, out), (mean, variance)) in rows.zip(outs).zip(facts) {
            (*mean, *variance) = mean_and_variance(row);
            of_row(row, (*mean, *variance), self.norm, out);
        }
    }
}

#[inline(always)]
fn mean_and_variance(row: &[f32]) -> (f32, f32) {
    let count = row.len() as f64;
    let mean = sum(row, |x| x) / count;
    let variance = sum(row, |x| (x - mean) * (x - mean)) / count;
    (mean as f32, variance as f32)
}

#[inline(always)]
fn of_row(row: &[f32], (mean, variance): (f32, f32), norm: Norm<'_>, out: &mut [f32]) {
    let scale = 1.0 / (variance + norm.epsilon).sqrt();
    for ((out, x), gamma) in out.iter_mut().zip(row).zip(norm.gamma) {
        *out = (x - mean) * scale * gamma;
    }
    if let Some(beta) = norm.beta {
        for (out, beta) in out.iter_mut().zip(beta) {
            *out += beta;
        }
    }
}
