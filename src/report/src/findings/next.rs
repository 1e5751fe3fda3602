//! What comes next: the likeliest tokens of the last position.

use orrery_analysis::Run;
use orrery_model::{Draw, TensorId};
use serde::Serialize;

/// A token that could come next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Next {
    /// Its id.
    pub id: usize,
    /// Its logit.
    pub logit: f32,
    /// Its probability at temperature 1, as the model has it.
    pub probability: f32,
    /// Its share in the draw, after temperature, top-k and top-p.
    pub share: f32,
}

pub(super) fn likely(run: &Run<'_>, draw: &Draw, never: &[usize]) -> Vec<Next> {
    let last = run.tokens() - 1;
    let logits = run.logits(last);
    let probabilities = run.matrix(TensorId::Probabilities);
    let mut order: Vec<usize> = (0..logits.len()).filter(|id| !never.contains(id)).collect();
    order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    order.truncate(10);
    order
        .into_iter()
        .map(|id| Next {
            id,
            logit: logits[id],
            probability: probabilities[[last, id]],
            share: draw.probabilities.get(id).copied().unwrap_or(0.0),
        })
        .collect()
}
