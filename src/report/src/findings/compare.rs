//! The second text: what belongs together, and what of it moves the answer.

use std::sync::Arc;

use orrery_analysis::alignment::alignment_with_exchanges;
use orrery_analysis::patch_grid::{PatchGrid, Patched, patch_grid};
use orrery_analysis::surprisal::surprises;
use orrery_analysis::{Against, Part, Question, Run, attribution, raw_lens};
use orrery_model::{TensorId, Trace};
use serde::Serialize;

use super::lens::stage_words;
use super::surprise::{Position, positions};
use super::why::{part_name, part_words, question};
use super::{PATIENCE, Weighed, weighed};
use crate::request::{ReportError, Request};

/// The second text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CompareFinding {
    /// Its tokens.
    pub ids: Vec<usize>,
    /// Its positions: what it said and what came.
    pub positions: Vec<Position>,
    /// The positions that belong together, here and there: the same tokens, and those that stand in each other's place.
    pub pairs: Vec<(usize, usize)>,
    /// Its likeliest next token with its probability.
    pub top: Weighed,
    /// The tokens of the patch grid's question: B's top against A's; where they are one, the token whose share changes
    /// most against it. None if the texts are one.
    pub question: Option<(usize, usize)>,
    /// The asked-for number in A and in B.
    pub values: (f64, f64),
    /// What is put in, in words, row by row.
    pub rows: Vec<String>,
    /// What is put in, as addresses of the trace without their row.
    pub patched: Vec<String>,
    /// The direct shares of that question at both ends: the part, in words, A's and B's.
    pub shares: Vec<SharesOfBoth>,
    /// The raw lens at both ends, stage by stage: the likeliest tokens of A and of B.
    pub lens: Vec<(Vec<Weighed>, Vec<Weighed>)>,
    /// `[row][pair]`: how far A's answer moves towards B's.
    pub moved: Vec<Vec<f64>>,
}

/// A part's direct share in either text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SharesOfBoth {
    /// As an intervention names it; `biases` for these.
    pub part: String,
    /// In words.
    pub words: String,
    /// In A.
    pub here: f64,
    /// In B.
    pub there: f64,
}

/// The token whose probability behind the last positions differs most, other than the one that both hold likeliest.
fn most_changed(
    (run, last): (&Run<'_>, usize),
    (there, there_last): (&Run<'_>, usize),
    top: usize,
    never: &[usize],
) -> Option<usize> {
    let (here, other) = (
        run.matrix(TensorId::Probabilities),
        there.matrix(TensorId::Probabilities),
    );
    let change = |id: usize| (here[[last, id]] - other[[there_last, id]]).abs();
    (0..here.ncols())
        .filter(|id| *id != top && !never.contains(id))
        .max_by(|&a, &b| change(a).total_cmp(&change(b)))
}

pub(super) fn compare(
    request: &Request,
    run: &Run<'_>,
    other: &Arc<Trace>,
    last: usize,
) -> Result<CompareFinding, ReportError> {
    let never = request.tokenizer.special();
    let there = Run::new(run.gpt(), other)?;
    let there_last = there.tokens() - 1;
    let (here_asks, there_asks) = (
        question(run, last, never),
        question(&there, there_last, never),
    );
    let pairs = alignment_with_exchanges(run.trace().ids(), other.ids());
    // both last positions answer the question, so they belong together whatever stands there
    let mut of_grid = pairs.clone();
    if !of_grid.contains(&(last, there_last)) {
        of_grid.retain(|&(a, b)| a < last && b < there_last);
        of_grid.push((last, there_last));
    }
    let of_b = if here_asks.token != there_asks.token {
        Some(there_asks.token)
    } else if run.trace().ids() == other.ids() {
        None
    } else {
        most_changed((run, last), (&there, there_last), here_asks.token, never)
    };
    let asked = Question {
        token: of_b.unwrap_or(there_asks.token),
        against: Against::Token(here_asks.token),
        position: last,
    };
    let cost = run.gpt().parameters().values().len() as f64 * run.tokens() as f64;
    let parts =
        (2 * run.config().n_blocks + 1 + run.config().n_blocks * (run.config().n_heads + 1)) as f64;
    let affordable = cost * parts * of_grid.len() as f64 <= 4.0 * PATIENCE;
    let grid = match of_b.is_some() && affordable {
        true => Some(patch_grid(run, other, &of_grid, asked, there_last)?),
        false => None,
    };
    let patched = |grid: &PatchGrid| -> Vec<String> {
        let names = grid.rows.iter().map(|row| match row {
            Patched::Stage(stage) => stage.tensor(run.is_pre_norm()).to_string(),
            Patched::Part(Part::Head { block, head }) => format!("block{block}.head_output.{head}"),
            Patched::Part(Part::Mlp(block)) => format!("block{block}.ffn_output"),
            Patched::Part(part) => part_name(*part),
        });
        names.collect()
    };
    let shares = match of_b {
        Some(_) => shares_of_both(run, &there, asked, there_last)?,
        None => Vec::new(),
    };
    let tops = |run: &Run<'_>, position: usize| -> Vec<Vec<Weighed>> {
        let lens = raw_lens(run, &[position], &[None], never);
        let stages = lens.guesses.into_iter();
        let top = |guesses: Vec<orrery_analysis::Guess>| {
            guesses.into_iter().next().map(|guess| weighed(guess.top))
        };
        stages
            .map(|guesses| top(guesses).unwrap_or_default())
            .collect()
    };
    let lens = tops(run, last).into_iter().zip(tops(&there, there_last));
    let rows = |grid: &PatchGrid| -> Vec<String> {
        let words = grid.rows.iter().map(|row| match row {
            Patched::Stage(stage) => format!("stream, {}", stage_words(*stage)),
            Patched::Part(part) => part_words(*part),
        });
        words.collect()
    };
    let probabilities = there.matrix(TensorId::Probabilities);
    let surprised = surprises(&there, None, never);
    Ok(CompareFinding {
        ids: other.ids().to_vec(),
        positions: positions(other.ids(), &surprised),
        top: Weighed {
            id: there_asks.token,
            value: f64::from(probabilities[[there_last, there_asks.token]]),
        },
        question: of_b.map(|token| (token, here_asks.token)),
        values: grid.as_ref().map_or((0.0, 0.0), |grid| grid.values),
        rows: grid.as_ref().map_or_else(Vec::new, rows),
        patched: grid.as_ref().map_or_else(Vec::new, patched),
        shares,
        lens: lens.collect(),
        moved: grid
            .as_ref()
            .map_or_else(Vec::new, |grid| grid.moved.clone()),
        pairs: grid.map_or(pairs, |grid| grid.pairs),
    })
}

/// The direct shares of one question behind either text's last position.
fn shares_of_both(
    run: &Run<'_>,
    there: &Run<'_>,
    asked: Question,
    there_last: usize,
) -> Result<Vec<SharesOfBoth>, ReportError> {
    let here = attribution(run, asked)?;
    let other = attribution(
        there,
        Question {
            position: there_last,
            ..asked
        },
    )?;
    let biases = SharesOfBoth {
        part: "biases".to_owned(),
        words: "all biases".to_owned(),
        here: here.bias(),
        there: other.bias(),
    };
    let parts = here.shares.iter().zip(&other.shares);
    let parts = parts.map(|(a, b)| SharesOfBoth {
        part: part_name(a.part),
        words: part_words(a.part),
        here: a.share,
        there: b.share,
    });
    Ok(parts.chain([biases]).collect())
}
