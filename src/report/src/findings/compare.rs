//! The second text: what belongs together, and what of it moves the answer.

use std::sync::Arc;

use orrery_analysis::alignment::alignment;
use orrery_analysis::patch_grid::{PatchGrid, Patched, patch_grid};
use orrery_analysis::surprisal::surprises;
use orrery_analysis::{Against, Question, Run};
use orrery_model::{TensorId, Trace};
use serde::Serialize;

use super::lens::stage_words;
use super::surprise::{Position, positions};
use super::why::{part_words, question};
use super::{PATIENCE, Weighed};
use crate::request::{ReportError, Request};

/// The second text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CompareFinding {
    /// Its tokens.
    pub ids: Vec<usize>,
    /// Its positions: what it said and what came.
    pub positions: Vec<Position>,
    /// The positions that belong together, here and there.
    pub pairs: Vec<(usize, usize)>,
    /// Its likeliest next token with its probability.
    pub top: Weighed,
    /// The tokens of the patch grid's question: B's top against A's; none if they are one.
    pub question: Option<(usize, usize)>,
    /// The asked-for number in A and in B.
    pub values: (f64, f64),
    /// What is put in, in words, row by row.
    pub rows: Vec<String>,
    /// `[row][pair]`: how far A's answer moves towards B's.
    pub moved: Vec<Vec<f64>>,
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
    let pairs = alignment(run.trace().ids(), other.ids());
    // both last positions answer the question, so they belong together whatever stands there
    let mut of_grid = pairs.clone();
    if !of_grid.contains(&(last, there_last)) {
        of_grid.retain(|&(a, b)| a < last && b < there_last);
        of_grid.push((last, there_last));
    }
    let differ = here_asks.token != there_asks.token;
    let asked = Question {
        token: there_asks.token,
        against: Against::Token(here_asks.token),
        position: last,
    };
    let cost = run.gpt().parameters().values().len() as f64 * run.tokens() as f64;
    let parts =
        (2 * run.config().n_blocks + 1 + run.config().n_blocks * (run.config().n_heads + 1)) as f64;
    let affordable = cost * parts * of_grid.len() as f64 <= 4.0 * PATIENCE;
    let grid = match differ && affordable {
        true => Some(patch_grid(run, other, &of_grid, asked, there_last)?),
        false => None,
    };
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
        question: differ.then_some((there_asks.token, here_asks.token)),
        values: grid.as_ref().map_or((0.0, 0.0), |grid| grid.values),
        rows: grid.as_ref().map_or_else(Vec::new, rows),
        moved: grid
            .as_ref()
            .map_or_else(Vec::new, |grid| grid.moved.clone()),
        pairs: grid.map_or(pairs, |grid| grid.pairs),
    })
}
