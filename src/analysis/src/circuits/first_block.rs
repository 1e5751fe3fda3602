//! Scores of the first block for any two tokens. What enters it depends on a token and its position only,
//! so these are exact, norms evaluated and nothing held.

use orrery_model::{BlockWeight as W, WeightId};

use crate::run::Run;

/// The score that `(token, position)` as a query gives to another as a key, in a head of the first block,
/// divided by √d_head; the queries are the rows `[queries, keys]`, row-major.
pub fn first_block_scores(
    run: &Run<'_>,
    head: usize,
    queries: &[(usize, usize)],
    keys: &[(usize, usize)],
) -> Vec<f64> {
    let project = |at: &(usize, usize), weight, bias| project(run, head, *at, weight, bias);
    let keys: Vec<Vec<f64>> = keys
        .iter()
        .map(|at| project(at, W::KeyWeight, W::KeyBias))
        .collect();
    let scale = f64::from(run.config().score_divisor(0));
    queries
        .iter()
        .map(|at| project(at, W::QueryWeight, W::QueryBias))
        .flat_map(|q| {
            let score = |k: &Vec<f64>| q.iter().zip(k).map(|(q, k)| q * k).sum::<f64>() / scale;
            keys.iter().map(score).collect::<Vec<f64>>()
        })
        .collect()
}

/// Row of the head's Q or K for a token at a position `[d_head]`.
fn project(
    run: &Run<'_>,
    head: usize,
    (token, position): (usize, usize),
    weight: W,
    bias: W,
) -> Vec<f64> {
    let d_head = run.config().d_head();
    let x = input(run, token, position);
    let mut out = match run.block_vector(0, bias) {
        Some(bias) => crate::vector::double(&bias[head * d_head..(head + 1) * d_head]),
        None => vec![0.0; d_head],
    };
    for (x, row) in x.iter().zip(run.block_matrix(0, weight).rows()) {
        for (out, &w) in out.iter_mut().zip(row.iter().skip(head * d_head)) {
            *out += x * f64::from(w);
        }
    }
    out
}

/// What the first block's Q, K and V are computed of, for a token at a position `[d_model]`.
fn input(run: &Run<'_>, token: usize, position: usize) -> Vec<f64> {
    own_way(run, 0, token, position)
}

/// A token's embedding at a position on its own way to a block's Q, K and V `[d_model]`: norms evaluated on it alone,
/// as if no block before had written anything. For the first block that is what enters.
pub(super) fn own_way(run: &Run<'_>, block: usize, token: usize, position: usize) -> Vec<f64> {
    let row = |id, at| {
        let table = run.weight(id);
        table.map_or_else(Vec::new, |table| crate::vector::double(table.row(at)))
    };
    let token = row(WeightId::Embedding, token);
    let position = row(WeightId::PositionEmbedding, position);
    let x: Vec<f64> = token.iter().zip(&position).map(|(a, b)| a + b).collect();
    if run.is_pre_norm() {
        return normed(run, (block, W::Norm1Gamma, W::Norm1Beta), x);
    }
    (0..block).fold(x, |x, before| {
        let x = normed(run, (before, W::Norm1Gamma, W::Norm1Beta), x);
        normed(run, (before, W::Norm2Gamma, W::Norm2Beta), x)
    })
}

/// A norm, evaluated.
fn normed(run: &Run<'_>, (block, gamma, beta): (usize, W, W), x: Vec<f64>) -> Vec<f64> {
    let count = x.len() as f64;
    let mean = x.iter().sum::<f64>() / count;
    let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
    let divisor = (variance + f64::from(run.config().norm_epsilon)).sqrt();
    let gamma = run.block_vector(block, gamma).unwrap_or_default();
    let beta = run.block_vector(block, beta);
    let normed = x.iter().zip(gamma).enumerate();
    normed
        .map(|(at, (x, &gamma))| {
            let beta = beta.map_or(0.0, |beta| f64::from(beta[at]));
            (x - mean) / divisor * f64::from(gamma) + beta
        })
        .collect()
}
