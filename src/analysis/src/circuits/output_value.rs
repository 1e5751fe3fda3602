//! What a head would write, if a position looked at nothing but one token.

use orrery_model::{BlockTensor as B, BlockWeight as W};

use super::first_block::own_way;
use crate::run::Run;
use crate::vector::largest;
use crate::walk::to_logits;

/// What attending to a token would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Tokens whose logit it raises most, with how much.
    pub raises: Vec<(usize, f64)>,
    /// Tokens whose logit it lowers most.
    pub lowers: Vec<(usize, f64)>,
    /// The place that the token itself has among those it raises, from 0: 0 means that the head copies.
    pub own_rank: usize,
}

/// What a head would write, if its whole attention lay on `token` at position `source`, to every logit `[vocab_size]`:
/// the direct effect at position `row`, with the divisors of later norms held at the run's values and b_V left out.
/// What the head reads is the token's embedding on its own way to the block: in the first block that is what enters
/// it, in later ones an approximation, as if no block before had written anything.
pub fn output_value(
    run: &Run<'_>,
    (block, head): (usize, usize),
    (token, source): (usize, usize),
    row: usize,
) -> Vec<f64> {
    let d_head = run.config().d_head();
    let x = own_way(run, block, token, source);
    let mut value = vec![0.0; d_head];
    for (x, row) in x.iter().zip(run.block_matrix(block, W::ValueWeight).rows()) {
        for (out, &w) in value.iter_mut().zip(row.iter().skip(head * d_head)) {
            *out += x * f64::from(w);
        }
    }
    to_every_logit(run, ((block, head), row), &value)
}

/// How much a head copies: over these tokens the mean place, from 1, that a token's own logit has among all that
/// [`output_value`] raises. 1 is a head that raises whatever it looks at most; chance is (vocab_size + 1) / 2.
pub fn mean_own_place(
    run: &Run<'_>,
    of: (usize, usize),
    tokens: &[usize],
    (source, row): (usize, usize),
    never_drawn: &[usize],
) -> f64 {
    let place = |token: usize| {
        let effect = output_value(run, of, (token, source), row);
        let above = |(id, &x): (usize, &f64)| x > effect[token] && !never_drawn.contains(&id);
        1 + effect.iter().enumerate().filter(|&one| above(one)).count()
    };
    let places: usize = tokens.iter().map(|&token| place(token)).sum();
    places as f64 / tokens.len().max(1) as f64
}

/// Any head whose whole attention lies on the token at position `source` of this run: its direct effect on the
/// logits at position `row`, with the divisors of later norms held at the run's values and b_V left out.
pub fn written_here(
    run: &Run<'_>,
    (block, head): (usize, usize),
    source: usize,
    row: usize,
    count: usize,
    never_drawn: &[usize],
) -> Written {
    let d_head = run.config().d_head();
    let value = run.head(block, B::V, head);
    let bias = run.block_vector(block, W::ValueBias);
    let bias = bias.map(|bias| &bias[head * d_head..(head + 1) * d_head]);
    let value: Vec<f64> = value
        .row(source)
        .iter()
        .enumerate()
        .map(|(at, &v)| f64::from(v) - bias.map_or(0.0, |bias| f64::from(bias[at])))
        .collect();
    let token = run.trace().ids()[source];
    let at = ((block, head), (token, row));
    effect_of(run, at, &value, count, never_drawn)
}

/// What a row of a head's V does to every logit of a position.
fn to_every_logit(
    run: &Run<'_>,
    ((block, head), row): ((usize, usize), usize),
    value: &[f64],
) -> Vec<f64> {
    let d_head = run.config().d_head();
    let mut written = vec![0.0; run.config().d_model];
    let output = run.block_matrix(block, W::OutputWeight);
    let rows = output.rows().into_iter().skip(head * d_head);
    for (&value, row) in value.iter().zip(rows) {
        for (written, &w) in written.iter_mut().zip(row) {
            *written += value * f64::from(w);
        }
    }
    to_logits(run, row, (block, false), &written)
}

/// The largest of what a row of a head's V does to the logits of a position.
fn effect_of(
    run: &Run<'_>,
    ((block, head), (token, row)): ((usize, usize), (usize, usize)),
    value: &[f64],
    count: usize,
    never_drawn: &[usize],
) -> Written {
    let effect = to_every_logit(run, ((block, head), row), value);
    let opposite: Vec<f64> = effect.iter().map(|x| -x).collect();
    let pairs = |x: &[f64]| -> Vec<(usize, f64)> {
        let tokens = largest(x, count, never_drawn);
        tokens
            .into_iter()
            .map(|token| (token, effect[token]))
            .collect()
    };
    let own = effect.get(token).copied().unwrap_or(f64::NEG_INFINITY);
    Written {
        raises: pairs(&effect),
        lowers: pairs(&opposite),
        own_rank: effect.iter().filter(|&&x| x > own).count(),
    }
}
