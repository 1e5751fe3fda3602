//! `x = E[id] + P[token]` and its gradient. A look-up has no arithmetic to speak of: plain loops.

use crate::lane_matrix::LaneMatrix;
use crate::real::Real;

/// Writes the sum of token and position embedding to the first rows.
///
/// `ids` is `[positions, lanes]`, `embedding` `[vocab_size, d_model]`, `position_embedding`
/// `[≥ tokens, d_model]`; position p stands at token `p mod tokens`.
pub fn embed<T: Real>(
    ids: &[u32],
    tokens: usize,
    embedding: &[T],
    position_embedding: &[T],
    output: &mut LaneMatrix<T>,
    lanes: usize,
) {
    let features = output.features();
    for (position, ids) in ids.chunks_exact(lanes).enumerate() {
        let token = position % tokens;
        let place = &position_embedding[token * features..][..features];
        let row = output.row_mut(position);
        for (lane, &id) in ids.iter().enumerate() {
            let entry = &embedding[id as usize * features..][..features];
            for ((y, &e), &p) in row[lane..].iter_mut().step_by(lanes).zip(entry).zip(place) {
                *y = e + p;
            }
        }
    }
}

/// Adds the gradient of the first rows to the rows of both tables that they were read from.
pub fn embed_gradient<T: Real>(
    ids: &[u32],
    tokens: usize,
    gradient: &LaneMatrix<T>,
    embedding_gradient: &mut [T],
    position_gradient: &mut [T],
    lanes: usize,
) {
    let features = gradient.features();
    for (position, ids) in ids.chunks_exact(lanes).enumerate() {
        let token = position % tokens;
        let row = gradient.row(position);
        let place = &mut position_gradient[token * features..][..features];
        for (total, values) in place.iter_mut().zip(row.chunks_exact(lanes)) {
            *total += values.iter().copied().sum();
        }
        for (lane, &id) in ids.iter().enumerate() {
            let entry = &mut embedding_gradient[id as usize * features..][..features];
            for (total, &value) in entry.iter_mut().zip(row[lane..].iter().step_by(lanes)) {
                *total += value;
            }
        }
    }
}
