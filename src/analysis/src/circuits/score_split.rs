//! A score of the attention, split into what each part of the model wrote into the query and into the key.

use orrery_model::BlockTensor as B;

use super::projection::{Projected, ProjectionPart, projection};
use crate::run::{AnalysisError, Run};

/// A score, part by part: `terms[query part][key part]` add up to it.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreSplit {
    /// The parts, the same for the query and for the key.
    pub parts: Vec<ProjectionPart>,
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
    let queries = projection(run, Projected::Query, (block, head), query)?;
    let keys = projection(run, Projected::Key, (block, head), key)?;
    let scale = f64::from(run.config().score_divisor(block));
    let product =
        |q: &Vec<f64>, k: &Vec<f64>| q.iter().zip(k).map(|(q, k)| q * k).sum::<f64>() / scale;
    let of_query = |q: &Vec<f64>| keys.vectors.iter().map(|k| product(q, k)).collect();
    let terms = queries.vectors.iter().map(of_query).collect();
    Ok(ScoreSplit {
        parts: queries.parts,
        terms,
        score: f64::from(run.head(block, B::Scores, head)[[query, key]]),
    })
}
