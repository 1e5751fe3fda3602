//! Where each head looks, over the whole text.

use orrery_analysis::Run;
use orrery_model::BlockTensor as B;
use serde::Serialize;

/// A head, over the whole text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeadFinding {
    /// The block.
    pub block: usize,
    /// The head.
    pub head: usize,
    /// Mean entropy of its rows, in bits.
    pub entropy: f64,
    /// Mean distance to what it looks at, in tokens.
    pub distance: f64,
    /// Mean share on the token itself.
    pub own: f64,
    /// Mean share on the token before (rows that have one).
    pub previous: f64,
    /// Mean share on the first token (rows that are not the first).
    pub first: f64,
}

pub(super) fn heads(run: &Run<'_>) -> Vec<HeadFinding> {
    let mut all = Vec::new();
    for block in 0..run.config().n_blocks {
        for head in 0..run.config().n_heads {
            let attention = run.head(block, B::Attention, head);
            let rows = attention.nrows() as f64;
            let (mut entropy, mut distance, mut own, mut previous, mut first) =
                (0.0, 0.0, 0.0, 0.0, 0.0);
            for (at, row) in attention.rows().into_iter().enumerate() {
                for (to, &share) in row.iter().enumerate().take(at + 1) {
                    let share = f64::from(share);
                    if share > 0.0 {
                        entropy -= share * share.log2();
                    }
                    distance += share * (at - to) as f64;
                }
                own += f64::from(row[at]);
                if at > 0 {
                    previous += f64::from(row[at - 1]);
                    first += f64::from(row[0]);
                }
            }
            let others = (rows - 1.0).max(1.0);
            all.push(HeadFinding {
                block,
                head,
                entropy: entropy / rows,
                distance: distance / rows,
                own: own / rows,
                previous: previous / others,
                first: first / others,
            });
        }
    }
    all
}
