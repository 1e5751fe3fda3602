//! What a head would write, if a position looked at nothing but one token.

use orrery_model::{BlockTensor as B, BlockWeight as W};

use super::first_block::input;
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

/// A head of the first block whose whole attention lies on `token` at position `source`: its direct effect
/// on the logits at position `row`, with the divisors of later norms held at the run's values and b_V left
/// out.
pub fn output_value(
    run: &Run<'_>,
    head: usize,
    (token, source): (usize, usize),
    row: usize,
    count: usize,
    never_drawn: &[usize],
) -> Written {
    let d_head = run.config().d_head();
    let x = input(run, token, source);
    let mut value = vec![0.0; d_head];
    for (x, row) in x.iter().zip(run.block_matrix(0, W::ValueWeight).rows()) {
        for (out, &w) in value.iter_mut().zip(row.iter().skip(head * d_head)) {
            *out += x * f64::from(w);
        }
    }
    let at = ((0, head), (token, row));
    effect_of(run, at, &value, count, never_drawn)
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

/// What a row of a head's V does to the logits of a position.
fn effect_of(
    run: &Run<'_>,
    ((block, head), (token, row)): ((usize, usize), (usize, usize)),
    value: &[f64],
    count: usize,
    never_drawn: &[usize],
) -> Written {
    let d_head = run.config().d_head();
    let mut written = vec![0.0; run.config().d_model];
    let output = run.block_matrix(block, W::OutputWeight);
    let rows = output.rows().into_iter().skip(head * d_head);
    for (&value, row) in value.iter().zip(rows) {
        for (written, &w) in written.iter_mut().zip(row) {
            *written += value * f64::from(w);
        }
    }
    let effect = to_logits(run, row, (block, false), &written);
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
