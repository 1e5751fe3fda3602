//! A score of the attention, split into what each part of the model wrote into the query and into the key.

use orrery_model::{BlockTensor as B, BlockWeight as W, TensorId};

use crate::part::Part;
use crate::run::{AnalysisError, Run};
use crate::vector::{dot, double};
use crate::walk::Walk;

/// A part of the query or of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScorePart {
    /// What a part of the model wrote.
    Of(Part),
    /// b_Q or b_K, β and every bias before.
    Biases,
}

/// A score, part by part: `terms[query part][key part]` add up to it.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreSplit {
    /// The parts, the same for the query and for the key.
    pub parts: Vec<ScorePart>,
    /// What each pair of parts adds to the score.
    pub terms: Vec<Vec<f64>>,
    /// The score of the run, divided by √d_head.
    pub score: f64,
}

impl ScoreSplit {
    /// All terms together.
    pub fn sum(&self) -> f64 {
        self.terms.iter().flatten().sum()
    }
}

/// Splits the score that position `query` gives to position `key` in a head. Divisors of norms are held
/// at the run's values.
///
/// # Errors
/// Positions that the run does not have, or a key behind the query.
pub fn score_split(
    run: &Run<'_>,
    (block, head): (usize, usize),
    query: usize,
    key: usize,
) -> Result<ScoreSplit, AnalysisError> {
    if query >= run.tokens() || key > query {
        return Err(AnalysisError::Position(query.max(key)));
    }
    let (parts, queries) = vectors(run, block, head, query, (W::QueryWeight, W::QueryBias));
    let (_, keys) = vectors(run, block, head, key, (W::KeyWeight, W::KeyBias));
    let scale = f64::from(run.config().score_divisor(block));
    let product =
        |q: &Vec<f64>, k: &Vec<f64>| q.iter().zip(k).map(|(q, k)| q * k).sum::<f64>() / scale;
    let terms = queries
        .iter()
        .map(|q| keys.iter().map(|k| product(q, k)).collect())
        .collect();
    Ok(ScoreSplit {
        parts,
        terms,
        score: f64::from(run.head(block, B::Scores, head)[[query, key]]),
    })
}

/// A row of a head's Q or K as a sum over parts: each part's vector `[d_head]`.
fn vectors(
    run: &Run<'_>,
    block: usize,
    head: usize,
    row: usize,
    (weight, bias): (W, W),
) -> (Vec<ScorePart>, Vec<Vec<f64>>) {
    let d_head = run.config().d_head();
    let heads = run.config().n_heads;
    let mut parts = vec![Part::Token, Part::Position];
    for before in 0..block {
        parts.extend((0..heads).map(|head| Part::Head {
            block: before,
            head,
        }));
        parts.push(Part::Mlp(before));
    }
    let weight = run.block_matrix(block, weight);
    let bias = run.block_vector(block, bias);
    let mut all = vec![vec![0.0; d_head]; parts.len() + 1];
    for column in 0..d_head {
        let at = head * d_head + column;
        let walk = Walk::from_projections(run, row, block, double(weight.column(at)));
        for (part, vector) in parts.iter().zip(&mut all) {
            vector[column] = written(run, row, *part, &walk);
        }
        let biases: f64 = walk.biases.iter().map(|(_, value)| value).sum();
        let own = bias.map_or(0.0, |bias| f64::from(bias[at]));
        all[parts.len()][column] = biases + own;
    }
    let parts = parts.into_iter().map(ScorePart::Of);
    (parts.chain([ScorePart::Biases]).collect(), all)
}

/// What a part wrote, along the walk's direction where it writes.
fn written(run: &Run<'_>, row: usize, part: Part, walk: &Walk) -> f64 {
    match part {
        Part::Token => dot(run.matrix(TensorId::TokenEmbedding).row(row), &walk.input),
        Part::Position => dot(
            run.matrix(TensorId::PositionEmbedding).row(row),
            &walk.input,
        ),
        Part::Head { block, head } => {
            let d_head = run.config().d_head();
            let counts = crate::walk::output_direction(run, block, head, &walk.attention[block]);
            let bias = run.block_vector(block, W::ValueBias);
            let attention = run.head(block, B::Attention, head);
            let total: f64 = attention.row(row).iter().map(|&a| f64::from(a)).sum();
            let of_bias = bias.map_or(0.0, |bias| {
                total * dot(&bias[head * d_head..(head + 1) * d_head], &counts)
            });
            dot(run.head(block, B::HeadOutput, head).row(row), &counts) - of_bias
        }
        Part::Mlp(block) => {
            let g = &walk.feed_forward[block];
            let bias = run.block_vector(block, W::DownBias);
            let of_bias = bias.map_or(0.0, |bias| dot(bias, g));
            dot(run.block(block, B::FfnOutput).row(row), g) - of_bias
        }
        Part::Attention(_) | Part::Block(_) => 0.0,
    }
}
