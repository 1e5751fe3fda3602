//! How it goes on: the next tokens, each drawn as the program draws them.

use orrery_analysis::Run;
use orrery_analysis::surprisal::surprises;
use orrery_model::{Generation, Interventions};
use serde::Serialize;

use super::Weighed;
use crate::request::{ReportError, Request};

/// A token that was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Continued {
    /// The token.
    pub id: usize,
    /// Its share in the draw, after temperature, top-k and top-p.
    pub share: f64,
    /// The random number that fell into it; none when greedy.
    pub u: Option<f64>,
    /// The likeliest token with its probability at temperature 1.
    pub top: Weighed,
    /// −log₂ of the drawn token's probability at temperature 1, in bits.
    pub surprisal: f64,
    /// Entropy of that distribution, in bits.
    pub entropy: f64,
    /// Its place in it, from 1.
    pub rank: usize,
}

/// The tokens that were asked for beyond the one that every report draws; none if none were.
pub(super) fn continuation(
    request: &Request,
    changes: &Interventions,
) -> Result<Vec<Continued>, ReportError> {
    if request.tokens < 2 {
        return Ok(Vec::new());
    }
    let never = request.tokenizer.special();
    let ids = request.ids.clone();
    let generation = Generation::new(&request.gpt, ids, request.sampling.clone(), never)?;
    let mut generation = generation.with_interventions(changes.clone());
    let mut all = Vec::new();
    for _ in 0..request.tokens {
        let (step, trace) = generation.step_with_trace()?;
        let run = Run::new(&request.gpt, &trace)?;
        let drawn = step.draw.token_id;
        let Some(last) = surprises(&run, Some(drawn), never).pop() else {
            continue;
        };
        all.push(Continued {
            id: drawn,
            share: f64::from(step.draw.probabilities.get(drawn).copied().unwrap_or(0.0)),
            u: step.draw.u,
            top: Weighed {
                id: last.top.0,
                value: last.top.1,
            },
            surprisal: last.surprisal.unwrap_or(0.0),
            entropy: last.entropy,
            rank: last.rank.unwrap_or(1),
        });
    }
    Ok(all)
}
