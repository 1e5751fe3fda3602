//! What the run says of itself: whether its numbers hold together.

use orrery_analysis::Run;
use orrery_model::{BlockTensor as B, TensorId};
use serde::Serialize;

/// What the run says of itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Checks {
    /// The largest distance of a row of attention from summing to 1.
    pub attention: f64,
    /// The distance of the last row's probabilities from summing to 1.
    pub probabilities: f64,
    /// The largest distance of shares and biases from the logit, over all positions, and what it may be.
    pub shares: (f64, f64),
    /// The largest distance of what enters a block and what its attention adds from the trace's residual
    /// sum.
    pub residuals: f64,
}

pub(super) fn checks(run: &Run<'_>, shares: (f64, f64)) -> Checks {
    let config = run.config();
    let from_one = |sum: f64| (sum - 1.0).abs();
    let mut attention: f64 = 0.0;
    let mut residuals: f64 = 0.0;
    for block in 0..config.n_blocks {
        for head in 0..config.n_heads {
            for row in run.head(block, B::Attention, head).rows() {
                attention = attention.max(from_one(row.iter().map(|&x| f64::from(x)).sum()));
            }
        }
        let (before, added, after) = (
            run.block(block, B::Input),
            run.block(block, B::AttentionOutput),
            run.block(block, B::Residual1),
        );
        for ((x, y), z) in before.iter().zip(added).zip(after) {
            residuals = residuals.max((f64::from(*x) + f64::from(*y) - f64::from(*z)).abs());
        }
    }
    let probabilities = run.matrix(TensorId::Probabilities);
    let last = probabilities.row(run.tokens() - 1);
    Checks {
        attention,
        probabilities: from_one(last.iter().map(|&x| f64::from(x)).sum()),
        shares,
        residuals,
    }
}
