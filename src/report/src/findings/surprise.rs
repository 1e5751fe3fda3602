//! Position by position: what the model expected and what came.

use orrery_analysis::surprisal::Surprise;
use serde::Serialize;

use super::Weighed;

/// One position of the text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Position {
    /// The token here.
    pub id: usize,
    /// The likeliest next token with its probability.
    pub top: Weighed,
    /// In bits.
    pub entropy: f64,
    /// The token that came.
    pub next: Option<usize>,
    /// In bits.
    pub surprisal: Option<f64>,
    /// From 1.
    pub rank: Option<usize>,
}

pub(super) fn positions(ids: &[usize], surprises: &[Surprise]) -> Vec<Position> {
    let pairs = ids.iter().zip(surprises);
    pairs
        .map(|(&id, surprise)| Position {
            id,
            top: Weighed {
                id: surprise.top.0,
                value: surprise.top.1,
            },
            entropy: surprise.entropy,
            next: surprise.next,
            surprisal: surprise.surprisal,
            rank: surprise.rank,
        })
        .collect()
}
