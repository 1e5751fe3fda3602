//! What is done number by number.

use pulp::Arch;

/// `out = a + b`
pub(crate) fn add(a: &[f32], b: &[f32], out: &mut [f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                *out = a + b;
            }
        },
    );
}

/// `out = a / divisor`
pub(crate) fn divide(a: &[f32], divisor: f32, out: &mut [f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (out, a) in out.iter_mut().zip(a) {
                *out = a / divisor;
            }
        },
    );
}

/// The beginning of each row of a matrix with so many columns, and −∞ behind it. `seen` tells how many
/// numbers a row begins with.
pub(crate) fn mask(a: &[f32], columns: usize, seen: impl Fn(usize) -> usize, out: &mut [f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let rows = a.chunks_exact(columns).zip(out.chunks_exact_mut(columns));
            for (row, (a, out)) in rows.enumerate() {
                let seen = seen(row);
                for (column, (out, &a)) in out.iter_mut().zip(a).enumerate() {
                    *out = if column < seen { a } else { f32::NEG_INFINITY };
                }
            }
        },
    );
}
