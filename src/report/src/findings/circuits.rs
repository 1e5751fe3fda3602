//! Why heads look where they look, and what they write from there.

use orrery_analysis::Run;
use orrery_analysis::circuits::{
    Projected, ProjectionPart, mean_own_place, projection, score_split, written_here,
};
use orrery_model::BlockTensor as B;
use serde::Serialize;

use super::why::part_words;
use super::{PATIENCE, Weighed, weighed};
use crate::request::ReportError;

/// A score, split.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreFinding {
    /// The block.
    pub block: usize,
    /// The head.
    pub head: usize,
    /// Who asks.
    pub query: usize,
    /// Who is asked.
    pub key: usize,
    /// The score.
    pub score: f64,
    /// The terms' sum.
    pub sum: f64,
    /// The parts of the query and of the key, in words, with what the pair adds; the largest first.
    pub terms: Vec<(String, String, f64)>,
    /// How many smaller terms there are, and their sum.
    pub rest: (usize, f64),
}

/// What a head writes when it looks at a token.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WriteFinding {
    /// The block.
    pub block: usize,
    /// The head.
    pub head: usize,
    /// The position of the token.
    pub source: usize,
    /// The attention that the last position gives it in this run.
    pub attention: f64,
    /// Tokens whose logit rises.
    pub raises: Vec<Weighed>,
    /// Tokens whose logit falls.
    pub lowers: Vec<Weighed>,
    /// The token's own place among them, from 0.
    pub own_rank: usize,
    /// How much the head copies, whatever it looks at: the mean place, from 1, that a token's own logit has among those
    /// that it raises, over the vocabulary or, where that is large, over the text's tokens. None of a large model.
    pub mean_own_place: Option<f64>,
}

/// What a query, key or value is made of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProjectionFinding {
    /// The block.
    pub block: usize,
    /// The head.
    pub head: usize,
    /// Q, K or V.
    pub letter: char,
    /// Whose row it is.
    pub position: usize,
    /// The length of the row.
    pub length: f64,
    /// The parts in words with their shares of it, the largest first.
    pub shares: Vec<(String, f64)>,
    /// How many smaller parts there are, and their share.
    pub rest: (usize, f64),
}

/// Whether a split of every head is more than anybody waits for: that of a late block walks through all before it.
fn is_long(run: &Run<'_>) -> bool {
    let config = run.config();
    config.n_blocks * config.d_model > 2048
}

/// Every head, block by block.
fn all_heads(run: &Run<'_>) -> impl Iterator<Item = (usize, usize)> + use<> {
    let (blocks, heads) = (run.config().n_blocks, run.config().n_heads);
    (0..blocks).flat_map(move |block| (0..heads).map(move |head| (block, head)))
}

/// What a position looks at most in a head, and with which share.
fn strongest(run: &Run<'_>, (block, head): (usize, usize), row: usize) -> (usize, f64) {
    let attention = run.head(block, B::Attention, head);
    let row_of = attention.row(row);
    let key = (0..=row).fold(
        0,
        |best, at| if row_of[at] > row_of[best] { at } else { best },
    );
    (key, f64::from(row_of[key]))
}

/// A part of a query, key or value in words.
pub(crate) fn projection_part_words(part: &ProjectionPart) -> String {
    match part {
        ProjectionPart::Of(part) => part_words(*part),
        ProjectionPart::Biases => "biases".to_owned(),
    }
}

/// The largest first, without those that are exactly 0; of what is more than `most`, the number and the sum.
fn largest_first<T>(
    mut all: Vec<T>,
    most: usize,
    value: impl Fn(&T) -> f64,
) -> (Vec<T>, (usize, f64)) {
    // a part that writes nothing has nothing to say
    all.retain(|one| value(one) != 0.0);
    all.sort_by(|a, b| value(b).abs().total_cmp(&value(a).abs()));
    let rest = all.split_off(most.min(all.len()));
    let sum = rest.iter().map(value).sum();
    (all, (rest.len(), sum))
}

/// The strongest look of each head at the last position, split.
pub(super) fn scores(run: &Run<'_>, last: usize) -> Result<Vec<ScoreFinding>, ReportError> {
    const TERMS: usize = 6;
    if is_long(run) {
        return Ok(Vec::new());
    }
    let of_head = |(block, head)| {
        let (key, _) = strongest(run, (block, head), last);
        let split = score_split(run, (block, head), last, key)?;
        let words: Vec<String> = split.parts.iter().map(projection_part_words).collect();
        let mut terms: Vec<(String, String, f64)> = Vec::new();
        for (query, row) in words.iter().zip(&split.terms) {
            for (key, &term) in words.iter().zip(row) {
                terms.push((query.clone(), key.clone(), term));
            }
        }
        let (terms, rest) = largest_first(terms, TERMS, |term| term.2);
        Ok(ScoreFinding {
            block,
            head,
            query: last,
            key,
            score: split.score,
            sum: split.sum(),
            terms,
            rest,
        })
    };
    all_heads(run).map(of_head).collect()
}

/// What the last position's query, and the key and value of what it looks at most, are made of.
pub(super) fn projections(
    run: &Run<'_>,
    last: usize,
) -> Result<Vec<ProjectionFinding>, ReportError> {
    const PARTS: usize = 4;
    if is_long(run) {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for (block, head) in all_heads(run) {
        let (key, _) = strongest(run, (block, head), last);
        for projected in Projected::ALL {
            let position = if projected == Projected::Query {
                last
            } else {
                key
            };
            let found = projection(run, projected, (block, head), position)?;
            let words = found.parts.iter().map(projection_part_words);
            let shares: Vec<(String, f64)> = words.zip(found.shares()).collect();
            let (shares, rest) = largest_first(shares, PARTS, |share| share.1);
            all.push(ProjectionFinding {
                block,
                head,
                letter: projected.letter(),
                position,
                length: found.length(),
                shares,
                rest,
            });
        }
    }
    Ok(all)
}

/// What each head writes from the token that the last position looks at most.
pub(super) fn writes(
    run: &Run<'_>,
    last: usize,
    never: &[usize],
    head_cost: f64,
) -> Vec<WriteFinding> {
    let config = run.config();
    // of a large model those of the first blocks
    let affordable = (PATIENCE / (head_cost * config.n_heads as f64)) as usize;
    let mut tokens: Vec<usize> = match config.vocab_size {
        0..=512 => (0..config.vocab_size).collect(),
        _ => run.trace().ids().to_vec(),
    };
    tokens.sort_unstable();
    tokens.dedup();
    tokens.retain(|token| !never.contains(token));
    let heads = (config.n_blocks * config.n_heads) as f64;
    let copying = head_cost * heads * tokens.len() as f64 <= PATIENCE;
    all_heads(run)
        .filter(|(block, _)| *block < affordable)
        .map(|(block, head)| {
            let (source, attention) = strongest(run, (block, head), last);
            let written = written_here(run, (block, head), source, last, 5, never);
            WriteFinding {
                block,
                head,
                source,
                attention,
                raises: weighed(written.raises),
                lowers: weighed(written.lowers),
                own_rank: written.own_rank,
                mean_own_place: copying
                    .then(|| mean_own_place(run, (block, head), &tokens, (source, last), never)),
            }
        })
        .collect()
}
