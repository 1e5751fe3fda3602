//! What follows from the run, as the page shows it and `--json` writes it: one concept a file. Tokens are
//! their ids; blocks, heads, positions and dimensions are counted from 0.

mod checks;
mod circuits;
mod compare;
mod continuation;
mod heads;
mod lens;
mod neurons;
mod next;
mod positions;
mod surprise;
mod why;

use std::sync::Arc;

use orrery_analysis::contexts::Contexts;
use orrery_analysis::surprisal::{mean_surprisal, surprises};
use orrery_analysis::{Attribution, Run};
use orrery_model::{Draw, Gpt, Interventions, Trace};
use serde::Serialize;

pub use checks::Checks;
pub use circuits::{ProjectionFinding, ScoreFinding, WriteFinding};
pub use compare::CompareFinding;
pub use continuation::Continued;
pub use heads::HeadFinding;
pub use lens::{FitFinding, LensFinding};
pub use neurons::{ContextFinding, NeuronFinding};
pub use next::Next;
pub use positions::PathFinding;
pub use surprise::Position;
pub use why::Why;

use crate::request::{ReportError, Request};
use checks::checks;
use circuits::{projections, scores, writes};
use compare::compare;
use continuation::continuation;
use heads::heads;
use lens::lenses;
use neurons::loudest_neurons;
use next::likely;
use positions::path;
use surprise::positions;
use why::Answers;

pub(crate) use circuits::projection_part_words;

/// A token with a number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Weighed {
    /// Its id.
    pub id: usize,
    /// The number.
    pub value: f64,
}

fn weighed(pairs: Vec<(usize, f64)>) -> Vec<Weighed> {
    pairs
        .into_iter()
        .map(|(id, value)| Weighed { id, value })
        .collect()
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Findings {
    /// The model's name.
    pub model: String,
    /// SHA-256 of its weights (as 32-bit floats in file order, little-endian), in hex.
    pub weights_sha256: String,
    /// What was changed in the run, as it is typed.
    pub interventions: String,
    /// The tokens of the text.
    pub ids: Vec<usize>,
    /// The text of every token that is named anywhere here.
    pub tokens: std::collections::BTreeMap<usize, String>,
    /// The likeliest next tokens.
    pub next: Vec<Next>,
    /// The token that was drawn.
    pub drawn: usize,
    /// What was drawn after it, token by token, if more than one was asked for; the first of them is `drawn`.
    pub continuation: Vec<Continued>,
    /// What the run says of itself.
    pub checks: Checks,
    /// Position by position.
    pub positions: Vec<Position>,
    /// Mean surprisal of the text in bits, and perplexity.
    pub mean_surprisal: Option<(f64, f64)>,
    /// Why the likeliest token, at every position.
    pub why: Vec<Why>,
    /// Why some parts have no switched-off run, if they have none.
    pub left_out: Option<String>,
    /// Every head.
    pub heads: Vec<HeadFinding>,
    /// The raw lens.
    pub lens: LensFinding,
    /// The fitted lens, and what it is worth.
    pub fitted: Option<(LensFinding, FitFinding)>,
    /// The neurons that matter most at the last position.
    pub neurons: Vec<NeuronFinding>,
    /// The strongest looks of the last position, split.
    pub scores: Vec<ScoreFinding>,
    /// What the queries, keys and values of these looks are made of.
    pub projections: Vec<ProjectionFinding>,
    /// What heads write from the tokens of this text.
    pub writes: Vec<WriteFinding>,
    /// The path of the positions.
    pub path: PathFinding,
    /// The second text.
    pub compare: Option<CompareFinding>,
}

/// So many multiplications may an analysis take that is not the heart of the matter.
const PATIENCE: f64 = 6e9;

impl Findings {
    /// Analyses a run.
    pub(crate) fn new(
        request: &Request,
        run: &Run<'_>,
        draw: &Draw,
        changes: &Interventions,
        other: Option<&Arc<Trace>>,
    ) -> Result<Self, ReportError> {
        let never = request.tokenizer.special();
        let last = run.tokens() - 1;
        let config = run.config();
        let head_cost = (config.vocab_size * config.d_model) as f64;
        let asked = Answers::of_every_position(run, never)?;
        let mut neurons = match asked.attributions.last() {
            Some(of_last) => loudest_neurons(run, of_last, never, head_cost),
            None => Vec::new(),
        };
        let units = neurons.iter().map(|neuron| (neuron.block, neuron.index));
        let mut contexts = Contexts::new(units.collect(), 5);
        let (lens, fitted) = lenses(request, run, draw, &mut contexts);
        for (neuron, found) in neurons.iter_mut().zip(contexts.found()) {
            neuron.contexts = found.into_iter().map(ContextFinding::from).collect();
        }
        let compare = match other {
            Some(other) => Some(compare(request, run, other, last)?),
            None => None,
        };
        let surprises = surprises(run, Some(draw.token_id), never);
        let tolerance = 1e-5
            * run
                .logits(last)
                .iter()
                .fold(1.0_f64, |a, &b| a.max(f64::from(b.abs())));
        let errors = asked.attributions.iter().map(Attribution::error);
        let mut findings = Self {
            model: request.model_name.clone(),
            weights_sha256: sha256_of_weights(run.gpt()),
            interventions: request.interventions.to_string(),
            ids: run.trace().ids().to_vec(),
            tokens: std::collections::BTreeMap::new(),
            next: likely(run, draw, never),
            drawn: draw.token_id,
            continuation: continuation(request, changes)?,
            checks: checks(run, (errors.fold(0.0, f64::max), tolerance)),
            positions: positions(run.trace().ids(), &surprises),
            mean_surprisal: mean_surprisal(&surprises),
            why: asked.why,
            left_out: asked.left_out,
            heads: heads(run),
            lens,
            fitted,
            neurons,
            scores: scores(run, last)?,
            projections: projections(run, last)?,
            writes: writes(run, last, never, head_cost),
            path: path(run),
            compare,
        };
        findings.name_tokens(request);
        Ok(findings)
    }

    /// Looks up the text of every token that is named.
    fn name_tokens(&mut self, request: &Request) {
        let of = |list: &[Weighed]| list.iter().map(|one| one.id).collect::<Vec<_>>();
        let mut ids = self.ids.clone();
        ids.push(self.drawn);
        ids.extend(self.next.iter().map(|next| next.id));
        for why in &self.why {
            ids.extend([why.token, why.against]);
            ids.extend(
                why.parts
                    .iter()
                    .filter_map(|part| part.without.map(|w| w.id)),
            );
        }
        ids.extend(
            self.continuation
                .iter()
                .flat_map(|one| [one.id, one.top.id]),
        );
        for position in &self.positions {
            ids.extend(position.next.into_iter().chain([position.top.id]));
        }
        for lens in std::iter::once(&self.lens).chain(self.fitted.as_ref().map(|(lens, _)| lens)) {
            ids.extend(lens.followed.iter().flatten());
            ids.extend(lens.top.iter().flatten().flatten().map(|one| one.id));
        }
        for neuron in &self.neurons {
            ids.extend(of(&neuron.reads));
            ids.extend(of(&neuron.raises));
            ids.extend(of(&neuron.lowers));
            ids.extend(of(&neuron.alone_raises));
            ids.extend(of(&neuron.alone_lowers));
            ids.extend(neuron.contexts.iter().flat_map(|context| &context.ids));
        }
        for write in &self.writes {
            ids.extend(of(&write.raises));
            ids.extend(of(&write.lowers));
        }
        if let Some(compare) = &self.compare {
            ids.extend(&compare.ids);
            ids.push(compare.top.id);
            ids.extend(compare.question.iter().flat_map(|&(a, b)| [a, b]));
            for (here, there) in &compare.lens {
                ids.extend(here.iter().chain(there).map(|one| one.id));
            }
            ids.extend(compare.positions.iter().map(|position| position.top.id));
        }
        self.tokens = ids
            .into_iter()
            .map(|id| (id, request.token(id).to_owned()))
            .collect();
    }
}

/// SHA-256 of all weights, in hexadecimal, so that it is known whose numbers these are.
pub fn sha256_of_weights(gpt: &Gpt) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for chunk in gpt.parameters().values().chunks(4096) {
        let bytes: Vec<u8> = chunk.iter().flat_map(|value| value.to_le_bytes()).collect();
        hash.update(&bytes);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
