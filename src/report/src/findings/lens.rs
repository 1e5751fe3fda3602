//! What each stage would say, and how far that can be trusted.

use orrery_analysis::contexts::Contexts;
use orrery_analysis::{FittedLens, Guess, Lens, LensStage, Run, raw_lens};
use orrery_model::Draw;
use serde::Serialize;

use super::{PATIENCE, Weighed, weighed};
use crate::request::Request;

/// A lens.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LensFinding {
    /// The stages, in words.
    pub stages: Vec<String>,
    /// Where each stage stands in the trace.
    pub tensors: Vec<String>,
    /// The positions.
    pub positions: Vec<usize>,
    /// At each position the tokens that are followed: the final one, the one that came, and those that
    /// are the likeliest at some stage.
    pub followed: Vec<Vec<usize>>,
    /// `[stage][position]`: the five likeliest tokens with their probabilities.
    pub top: Vec<Vec<Vec<Weighed>>>,
    /// `[stage][position]`: KL(final ‖ stage) in nats.
    pub divergence: Vec<Vec<f64>>,
    /// `[stage][position][followed]`: probabilities.
    pub probabilities: Vec<Vec<Vec<f64>>>,
    /// `[stage][position]`: place of the final top token, from 0.
    pub rank: Vec<Vec<usize>>,
    /// Mean KL, stage by stage.
    pub trust: Vec<f64>,
    /// Mean KL of a uniform guess.
    pub uniform: f64,
}

/// What the fitted lens is worth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FitFinding {
    /// Positions it was fitted on.
    pub fitted_on: usize,
    /// Positions that were held out.
    pub tested_on: usize,
    /// Mean KL on these, stage by stage, in nats.
    pub held_out: Vec<f64>,
    /// The same of the raw lens.
    pub held_out_raw: Vec<f64>,
    /// The same of a uniform guess.
    pub held_out_uniform: f64,
}

/// The raw lens, and the fitted one where there is a text to fit it on; `contexts` sees that text.
pub(super) fn lenses(
    request: &Request,
    run: &Run<'_>,
    draw: &Draw,
    contexts: &mut Contexts,
) -> (LensFinding, Option<(LensFinding, FitFinding)>) {
    let never = request.tokenizer.special();
    let config = run.config();
    // of a large vocabulary the lens looks at the last positions only
    let head_cost = (config.vocab_size * config.d_model) as f64;
    let stages = 2.0 * config.n_blocks as f64 + 1.0;
    let most = (PATIENCE / (stages * head_cost)).max(1.0) as usize;
    let looked_at: Vec<usize> = (run.tokens().saturating_sub(most)..run.tokens()).collect();
    let ids = run.trace().ids();
    // behind the last token comes the one that was drawn
    let came = |&at: &usize| Some(ids.get(at + 1).copied().unwrap_or(draw.token_id));
    let next: Vec<Option<usize>> = looked_at.iter().map(came).collect();
    let raw = raw_lens(run, &looked_at, &next, never);
    let fitted = match &request.corpus {
        Some(corpus) if stages * 4096.0 * head_cost < 4.0 * PATIENCE => {
            let fitted = FittedLens::fit_seeing(run.gpt(), corpus, |run| contexts.see(run));
            fitted.ok().map(|fitted| {
                let lens = fitted.lens(run, &looked_at, &next, never);
                let fit = FitFinding {
                    fitted_on: fitted.fitted_on,
                    tested_on: fitted.tested_on,
                    held_out: fitted.held_out,
                    held_out_raw: fitted.held_out_raw,
                    held_out_uniform: fitted.held_out_uniform,
                };
                (lens_finding(run, lens), fit)
            })
        }
        _ => None,
    };
    (lens_finding(run, raw), fitted)
}

/// A stage in words.
pub(super) fn stage_words(stage: LensStage) -> String {
    match stage {
        LensStage::Embedded => "embedded".to_owned(),
        LensStage::Attention(block) => format!("block {}: attention", block + 1),
        LensStage::Block(block) => format!("block {}: MLP", block + 1),
    }
}

fn lens_finding(run: &Run<'_>, lens: Lens) -> LensFinding {
    let (trust, uniform) = (lens.trust(), lens.trust_of_uniform());
    let each = |f: &dyn Fn(&Guess) -> f64| -> Vec<Vec<f64>> {
        let stages = lens.guesses.iter();
        stages
            .map(|guesses| guesses.iter().map(f).collect())
            .collect()
    };
    LensFinding {
        stages: lens
            .stages
            .iter()
            .map(|&stage| stage_words(stage))
            .collect(),
        tensors: lens
            .stages
            .iter()
            .map(|stage| stage.tensor(run.is_pre_norm()).to_string())
            .collect(),
        divergence: each(&|guess| guess.divergence),
        probabilities: lens
            .guesses
            .iter()
            .map(|guesses| {
                let logarithms = guesses.iter().map(|guess| &guess.followed);
                logarithms
                    .map(|all| all.iter().map(|x| x.exp()).collect())
                    .collect()
            })
            .collect(),
        rank: lens
            .guesses
            .iter()
            .map(|guesses| guesses.iter().map(|guess| guess.rank).collect())
            .collect(),
        top: lens
            .guesses
            .iter()
            .map(|guesses| {
                guesses
                    .iter()
                    .map(|guess| weighed(guess.top.clone()))
                    .collect()
            })
            .collect(),
        positions: lens.positions,
        followed: lens.followed,
        trust,
        uniform,
    }
}
