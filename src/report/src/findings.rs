//! What follows from the run, as the page shows it and `--json` writes it. Tokens are their ids; blocks,
//! heads, positions and dimensions are counted from 0.

use std::sync::Arc;

use orrery_analysis::alignment::alignment;
use orrery_analysis::circuits::{ScorePart, output_value, score_split};
use orrery_analysis::directions::components;
use orrery_analysis::neurons::neurons;
use orrery_analysis::patch_grid::{PatchGrid, Patched, patch_grid};
use orrery_analysis::surprisal::{mean_surprisal, surprises};
use orrery_analysis::switch_off::switches;
use orrery_analysis::{
    Against, Attribution, Effect, FittedLens, Lens, LensStage, Part, Question, Run, SwitchOff,
    attribution, effects, raw_lens,
};
use orrery_model::{BlockTensor as B, Draw, Gpt, TensorId, Trace, WeightId};
use serde::Serialize;

use crate::request::{ReportError, Request};

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

/// A token that could come next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Next {
    /// Its id.
    pub id: usize,
    /// Its logit.
    pub logit: f32,
    /// Its probability at temperature 1, as the model has it.
    pub probability: f32,
    /// Its share in the draw, after temperature, top-k and top-p.
    pub share: f32,
}

/// What the run says of itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Checks {
    /// The largest distance of a row of attention from summing to 1.
    pub attention: f64,
    /// The distance of the last row's probabilities from summing to 1.
    pub probabilities: f64,
    /// The largest distance of shares and biases from the logit, over all positions, and what it may be.
    pub shares: (f64, f64),
    /// The largest distance of what enters a block and what its attention adds from the trace's residual
    /// sum.
    pub residuals: f64,
}

/// One position of the text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Position {
    /// The token here.
    pub id: usize,
    /// The likeliest next token with its probability.
    pub top: Weighed,
    /// In bits.
    pub entropy: f64,
    /// The token that came.
    pub next: Option<usize>,
    /// In bits.
    pub surprisal: Option<f64>,
    /// From 1.
    pub rank: Option<usize>,
}

/// A part of the model with its share, and what is without it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartFinding {
    /// As an intervention names it; `token`, `position` and `biases` for what cannot be switched off.
    pub part: String,
    /// In words.
    pub words: String,
    /// Its direct share; a whole attention or block has none of its own.
    pub share: Option<f64>,
    /// How long the direction still is where the part writes.
    pub survival: Option<f64>,
    /// How many norms stand between it and the end.
    pub norms: Option<usize>,
    /// How much of the asked-for number goes with it.
    pub effect: Option<f64>,
    /// The likeliest token without it.
    pub without: Option<Weighed>,
    /// KL(with ‖ without) in bits.
    pub bits: Option<f64>,
}

/// Why this token, at one position.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    /// The position.
    pub position: usize,
    /// The likeliest token.
    pub token: usize,
    /// The runner-up that it is held against.
    pub against: usize,
    /// The logit of the one less that of the other.
    pub value: f64,
    /// The parts in the order of computation.
    pub parts: Vec<PartFinding>,
    /// Shares and biases together.
    pub sum: f64,
    /// Of the last position only: what each head took from each token, by head in order.
    pub sources: Vec<Vec<f64>>,
    /// Of the last position only: what each dimension carries, by part in order.
    pub dimensions: Vec<Vec<f64>>,
}

/// A head, over the whole text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeadFinding {
    /// The block.
    pub block: usize,
    /// The head.
    pub head: usize,
    /// Mean entropy of its rows, in bits.
    pub entropy: f64,
    /// Mean distance to what it looks at, in tokens.
    pub distance: f64,
    /// Mean share on the token itself.
    pub own: f64,
    /// Mean share on the token before (rows that have one).
    pub previous: f64,
    /// Mean share on the first token (rows that are not the first).
    pub first: f64,
}

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

/// A neuron at the last position.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NeuronFinding {
    /// The block.
    pub block: usize,
    /// Which one.
    pub index: usize,
    /// Its direct share.
    pub share: f64,
    /// At every position.
    pub activations: Vec<f32>,
    /// Fires nowhere in this text.
    pub silent: bool,
    /// Tokens whose embedding points the way it looks.
    pub reads: Vec<Weighed>,
    /// Tokens whose logit it raises here.
    pub raises: Vec<Weighed>,
    /// Tokens whose logit it lowers here.
    pub lowers: Vec<Weighed>,
}

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

/// What a head of the first block writes when it looks at a token.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WriteFinding {
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
}

/// Where the positions lie.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PathFinding {
    /// What share of the variance each of the two axes explains.
    pub explains: Vec<f64>,
    /// Each position's place `[positions][2]`.
    pub places: Vec<Vec<f64>>,
}

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
    /// What the first block's heads write from the tokens of this text.
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
        other: Option<&Arc<Trace>>,
    ) -> Result<Self, ReportError> {
        let never = request.tokenizer.special();
        let last = run.tokens() - 1;
        let config = run.config();
        let weights = run.gpt().parameters().values().len() as f64;
        let head_cost = (config.vocab_size * config.d_model) as f64;

        let questions: Vec<Question> = (0..=last).map(|at| question(run, at, never)).collect();
        let attributions: Vec<Attribution> = questions
            .iter()
            .map(|&question| attribution(run, question))
            .collect::<Result<_, _>>()?;
        let mut parts = switches(run);
        let cost = |parts: usize| parts as f64 * weights * run.tokens() as f64;
        let mut left_out = None;
        if cost(parts.len()) > PATIENCE {
            parts.retain(|part| matches!(part, Part::Attention(_) | Part::Mlp(_)));
            left_out = Some("The model is large: attention and MLP of each block were switched off, single heads and whole blocks were not.".to_owned());
        }
        if cost(parts.len()) > 10.0 * PATIENCE {
            parts.clear();
            left_out = Some(
                "The model is large: no part of it was switched off for this report.".to_owned(),
            );
        }
        let off = effects(run, &questions, &parts, SwitchOff::Zero, never)?;
        let why: Vec<Why> = attributions
            .iter()
            .zip(&off)
            .map(|(shares, off)| of_position(run, shares, off, shares.question.position == last))
            .collect();

        // of a large vocabulary the lens looks at the last positions only
        let stages = 2.0 * config.n_blocks as f64 + 1.0;
        let most = (PATIENCE / (stages * head_cost)).max(1.0) as usize;
        let looked_at: Vec<usize> = (run.tokens().saturating_sub(most)..run.tokens()).collect();
        let ids = run.trace().ids();
        let next: Vec<Option<usize>> = looked_at
            .iter()
            .map(|&at| {
                ids.get(at + 1)
                    .copied()
                    .or((at == last).then_some(draw.token_id))
            })
            .collect();
        let lens = raw_lens(run, &looked_at, &next, never);
        let fitted = match &request.corpus {
            Some(corpus) if stages * 4096.0 * head_cost < 4.0 * PATIENCE => {
                FittedLens::fit(run.gpt(), corpus).ok().map(|fitted| {
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

        let of_last = attributions.last();
        let per_block = (PATIENCE / (2.0 * head_cost * config.n_blocks as f64)).clamp(1.0, 8.0);
        let neurons = of_last.map_or_else(Vec::new, |of_last| {
            (0..config.n_blocks)
                .flat_map(|block| neurons(run, of_last, block, per_block as usize, never))
                .map(|neuron| NeuronFinding {
                    block: neuron.block,
                    index: neuron.index,
                    share: neuron.share,
                    activations: neuron.activations,
                    silent: neuron.silent,
                    reads: weighed(neuron.reads),
                    raises: weighed(neuron.raises),
                    lowers: weighed(neuron.lowers),
                })
                .collect()
        });

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
        let errors = attributions.iter().map(Attribution::error);
        let mut findings = Self {
            model: request.model_name.clone(),
            weights_sha256: sha256_of_weights(run.gpt()),
            interventions: request.interventions.to_string(),
            ids: ids.to_vec(),
            tokens: std::collections::BTreeMap::new(),
            next: likely(run, draw, never),
            drawn: draw.token_id,
            checks: checks(run, (errors.fold(0.0, f64::max), tolerance)),
            positions: positions(ids, &surprises),
            mean_surprisal: mean_surprisal(&surprises),
            why,
            left_out,
            heads: heads(run),
            lens: lens_finding(run, lens),
            fitted,
            neurons,
            scores: scores(run, last)?,
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
        }
        for write in &self.writes {
            ids.extend(of(&write.raises));
            ids.extend(of(&write.lowers));
        }
        if let Some(compare) = &self.compare {
            ids.extend(&compare.ids);
            ids.push(compare.top.id);
            ids.extend(compare.positions.iter().map(|position| position.top.id));
        }
        self.tokens = ids
            .into_iter()
            .map(|id| (id, request.token(id).to_owned()))
            .collect();
    }
}

/// The likeliest token of a position against its runner-up.
fn question(run: &Run<'_>, position: usize, never: &[usize]) -> Question {
    let logits = run.logits(position);
    let mut order: Vec<usize> = (0..logits.len()).filter(|id| !never.contains(id)).collect();
    order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    Question {
        token: order.first().copied().unwrap_or(0),
        against: order
            .get(1)
            .map_or(Against::Nothing, |&second| Against::Token(second)),
        position,
    }
}

/// A part in words, counted from 1 as people do.
pub(crate) fn part_words(part: Part) -> String {
    match part {
        Part::Token => "token embedding".to_owned(),
        Part::Position => "position embedding".to_owned(),
        Part::Head { block, head } => format!("block {}, head {}", block + 1, head + 1),
        Part::Attention(block) => format!("block {}, whole attention", block + 1),
        Part::Mlp(block) => format!("block {}, MLP", block + 1),
        Part::Block(block) => format!("block {}, whole", block + 1),
    }
}

fn part_name(part: Part) -> String {
    match part.target() {
        Some(target) => target.to_string(),
        None if part == Part::Token => "token".to_owned(),
        None => "position".to_owned(),
    }
}

fn of_position(run: &Run<'_>, found: &Attribution, off: &[Effect], in_full: bool) -> Why {
    let effect_of = |part| off.iter().find(|effect| effect.part == part);
    let finding = |part: Part| {
        let share = found.of(part);
        let effect = effect_of(part);
        PartFinding {
            part: part_name(part),
            words: part_words(part),
            share: share.map(|share| share.share),
            survival: share.map(|share| share.survival),
            norms: share.map(|share| share.norms),
            effect: effect.map(|effect| effect.effect),
            without: effect.map(|effect| Weighed {
                id: effect.top.0,
                value: effect.top.1,
            }),
            bits: effect.map(|effect| effect.bits),
        }
    };
    let mut parts = vec![finding(Part::Token), finding(Part::Position)];
    for block in 0..run.config().n_blocks {
        let heads = (0..run.config().n_heads).map(|head| Part::Head { block, head });
        parts.extend(heads.map(finding));
        parts.push(finding(Part::Mlp(block)));
    }
    parts.push(PartFinding {
        part: "biases".to_owned(),
        words: "all biases".to_owned(),
        share: Some(found.bias()),
        survival: None,
        norms: None,
        effect: None,
        without: None,
        bits: None,
    });
    // what has no share of its own
    for block in 0..run.config().n_blocks {
        for part in [Part::Attention(block), Part::Block(block)] {
            if effect_of(part).is_some() {
                parts.push(finding(part));
            }
        }
    }
    let heads = found
        .shares
        .iter()
        .filter(|share| matches!(share.part, Part::Head { .. }));
    Why {
        position: found.question.position,
        token: found.question.token,
        against: match found.question.against {
            Against::Token(other) => other,
            _ => found.question.token,
        },
        value: found.value,
        parts,
        sum: found.sum(),
        sources: match in_full {
            true => heads.map(|share| share.pieces.clone()).collect(),
            false => Vec::new(),
        },
        dimensions: match in_full {
            true => found
                .shares
                .iter()
                .map(|share| share.dimensions.clone())
                .collect(),
            false => Vec::new(),
        },
    }
}

fn likely(run: &Run<'_>, draw: &Draw, never: &[usize]) -> Vec<Next> {
    let last = run.tokens() - 1;
    let logits = run.logits(last);
    let probabilities = run.matrix(TensorId::Probabilities);
    let mut order: Vec<usize> = (0..logits.len()).filter(|id| !never.contains(id)).collect();
    order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    order.truncate(10);
    order
        .into_iter()
        .map(|id| Next {
            id,
            logit: logits[id],
            probability: probabilities[[last, id]],
            share: draw.probabilities.get(id).copied().unwrap_or(0.0),
        })
        .collect()
}

fn positions(ids: &[usize], surprises: &[orrery_analysis::surprisal::Surprise]) -> Vec<Position> {
    let pairs = ids.iter().zip(surprises);
    pairs
        .map(|(&id, surprise)| Position {
            id,
            top: Weighed {
                id: surprise.top.0,
                value: surprise.top.1,
            },
            entropy: surprise.entropy,
            next: surprise.next,
            surprisal: surprise.surprisal,
            rank: surprise.rank,
        })
        .collect()
}

fn checks(run: &Run<'_>, shares: (f64, f64)) -> Checks {
    let config = run.config();
    let from_one = |sum: f64| (sum - 1.0).abs();
    let mut attention: f64 = 0.0;
    let mut residuals: f64 = 0.0;
    for block in 0..config.n_blocks {
        for head in 0..config.n_heads {
            for row in run.head(block, B::Attention, head).rows() {
                attention = attention.max(from_one(row.iter().map(|&x| f64::from(x)).sum()));
            }
        }
        let (before, added, after) = (
            run.block(block, B::Input),
            run.block(block, B::AttentionOutput),
            run.block(block, B::Residual1),
        );
        for ((x, y), z) in before.iter().zip(added).zip(after) {
            residuals = residuals.max((f64::from(*x) + f64::from(*y) - f64::from(*z)).abs());
        }
    }
    let probabilities = run.matrix(TensorId::Probabilities);
    let last = probabilities.row(run.tokens() - 1);
    Checks {
        attention,
        probabilities: from_one(last.iter().map(|&x| f64::from(x)).sum()),
        shares,
        residuals,
    }
}

fn heads(run: &Run<'_>) -> Vec<HeadFinding> {
    let mut all = Vec::new();
    for block in 0..run.config().n_blocks {
        for head in 0..run.config().n_heads {
            let attention = run.head(block, B::Attention, head);
            let rows = attention.nrows() as f64;
            let (mut entropy, mut distance, mut own, mut previous, mut first) =
                (0.0, 0.0, 0.0, 0.0, 0.0);
            for (at, row) in attention.rows().into_iter().enumerate() {
                for (to, &share) in row.iter().enumerate().take(at + 1) {
                    let share = f64::from(share);
                    if share > 0.0 {
                        entropy -= share * share.log2();
                    }
                    distance += share * (at - to) as f64;
                }
                own += f64::from(row[at]);
                if at > 0 {
                    previous += f64::from(row[at - 1]);
                    first += f64::from(row[0]);
                }
            }
            let others = (rows - 1.0).max(1.0);
            all.push(HeadFinding {
                block,
                head,
                entropy: entropy / rows,
                distance: distance / rows,
                own: own / rows,
                previous: previous / others,
                first: first / others,
            });
        }
    }
    all
}

/// A stage in words.
fn stage_words(stage: LensStage) -> String {
    match stage {
        LensStage::Embedded => "embedded".to_owned(),
        LensStage::Attention(block) => format!("block {}: attention", block + 1),
        LensStage::Block(block) => format!("block {}: MLP", block + 1),
    }
}

fn lens_finding(run: &Run<'_>, lens: Lens) -> LensFinding {
    let (trust, uniform) = (lens.trust(), lens.trust_of_uniform());
    let each = |f: &dyn Fn(&orrery_analysis::Guess) -> f64| -> Vec<Vec<f64>> {
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

/// The strongest look of each head at the last position, split.
fn scores(run: &Run<'_>, last: usize) -> Result<Vec<ScoreFinding>, ReportError> {
    const TERMS: usize = 6;
    let mut all = Vec::new();
    // a split of a late block walks through all before it
    let config = run.config();
    if config.n_blocks * config.d_model > 2048 {
        return Ok(all);
    }
    for block in 0..config.n_blocks {
        for head in 0..config.n_heads {
            let attention = run.head(block, B::Attention, head);
            let row = attention.row(last);
            let key = (0..=last).fold(0, |best, at| if row[at] > row[best] { at } else { best });
            let split = score_split(run, (block, head), last, key)?;
            let words = |part: &ScorePart| match part {
                ScorePart::Of(part) => part_words(*part),
                ScorePart::Biases => "biases".to_owned(),
            };
            let mut terms: Vec<(String, String, f64)> = Vec::new();
            for (query, row) in split.parts.iter().zip(&split.terms) {
                for (key, &term) in split.parts.iter().zip(row) {
                    terms.push((words(query), words(key), term));
                }
            }
            terms.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
            let rest = terms.split_off(TERMS.min(terms.len()));
            all.push(ScoreFinding {
                block,
                head,
                query: last,
                key,
                score: split.score,
                sum: split.sum(),
                terms,
                rest: (rest.len(), rest.iter().map(|term| term.2).sum()),
            });
        }
    }
    Ok(all)
}

/// What each head of the first block writes from the token that the last position looks at most.
fn writes(run: &Run<'_>, last: usize, never: &[usize], head_cost: f64) -> Vec<WriteFinding> {
    let config = run.config();
    if head_cost * config.n_heads as f64 > PATIENCE {
        return Vec::new();
    }
    (0..config.n_heads)
        .map(|head| {
            let row = run.head(0, B::Attention, head);
            let row = row.row(last);
            let source = (0..=last).fold(0, |best, at| if row[at] > row[best] { at } else { best });
            let token = run.trace().ids()[source];
            let written = output_value(run, head, (token, source), last, 5, never);
            WriteFinding {
                head,
                source,
                attention: f64::from(row[source]),
                raises: weighed(written.raises),
                lowers: weighed(written.lowers),
                own_rank: written.own_rank,
            }
        })
        .collect()
}

fn path(run: &Run<'_>) -> PathFinding {
    let Some(table) = run.weight(WeightId::PositionEmbedding) else {
        return PathFinding {
            explains: Vec::new(),
            places: Vec::new(),
        };
    };
    // of very many positions or dimensions this would be long
    let short = table.nrows().min(256);
    let axes = if table.ncols() > 1024 {
        Vec::new()
    } else {
        components(table.split_at(ndarray::Axis(0), short).0, 2)
    };
    PathFinding {
        explains: axes.iter().map(|axis| axis.explains).collect(),
        places: (0..short)
            .map(|row| axes.iter().map(|axis| axis.places[row]).collect())
            .collect(),
    }
}

fn compare(
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
