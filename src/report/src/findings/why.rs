//! Why the likeliest token: the parts' direct shares, and what is without each.

use orrery_analysis::switch_off::switches;
use orrery_analysis::{
    Against, Attribution, Effect, Part, Question, Run, SwitchOff, attribution, effects, lens_values,
};
use serde::Serialize;

use super::{PATIENCE, Weighed};
use crate::request::ReportError;

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
    /// What the raw lens makes of the same question, stage by stage; the last is the value.
    pub steps: Vec<f64>,
    /// Of the last position only: what each head took from each token, by head in order.
    pub sources: Vec<Vec<f64>>,
    /// Of the last position only: what each dimension carries, by part in order.
    pub dimensions: Vec<Vec<f64>>,
}

/// Why the likeliest token, at every position.
pub(super) struct Answers {
    /// Direct shares.
    pub attributions: Vec<Attribution>,
    /// These with the effects of switching parts off.
    pub why: Vec<Why>,
    /// Why some parts were not switched off, if some were not.
    pub left_out: Option<String>,
}

impl Answers {
    /// Asks at every position for the likeliest token against its runner-up.
    pub fn of_every_position(run: &Run<'_>, never: &[usize]) -> Result<Self, ReportError> {
        let last = run.tokens() - 1;
        let questions: Vec<Question> = (0..=last).map(|at| question(run, at, never)).collect();
        let attributions: Vec<Attribution> = questions
            .iter()
            .map(|&question| attribution(run, question))
            .collect::<Result<_, _>>()?;
        let (parts, left_out) = affordable(run);
        let off = effects(run, &questions, &parts, SwitchOff::Zero, never)?;
        let why = attributions
            .iter()
            .zip(&off)
            .map(|(shares, off)| {
                let steps = lens_values(run, &shares.question)?;
                Ok(Why {
                    steps: steps.into_iter().map(|(_, value)| value).collect(),
                    ..of_position(run, shares, off, shares.question.position == last)
                })
            })
            .collect::<Result<_, ReportError>>()?;
        Ok(Self {
            attributions,
            why,
            left_out,
        })
    }
}

/// The parts that are switched off, each in a run of its own, and why others are not.
fn affordable(run: &Run<'_>) -> (Vec<Part>, Option<String>) {
    let weights = run.gpt().parameters().values().len() as f64;
    let cost = |parts: usize| parts as f64 * weights * run.tokens() as f64;
    let mut parts = switches(run);
    let mut left_out = None;
    if cost(parts.len()) > PATIENCE {
        parts.retain(|part| matches!(part, Part::Attention(_) | Part::Mlp(_)));
        left_out = Some(
            "The model is large: attention and MLP of each block were switched off, single heads and whole blocks were not.",
        );
    }
    if cost(parts.len()) > 10.0 * PATIENCE {
        parts.clear();
        left_out = Some("The model is large: no part of it was switched off for this report.");
    }
    (parts, left_out.map(str::to_owned))
}

/// The likeliest token of a position against its runner-up.
pub(super) fn question(run: &Run<'_>, position: usize, never: &[usize]) -> Question {
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

pub(super) fn part_name(part: Part) -> String {
    match part.target() {
        Some(target) => target.to_string(),
        None if part == Part::Token => "token".to_owned(),
        None => "position".to_owned(),
    }
}

pub(super) fn of_position(
    run: &Run<'_>,
    found: &Attribution,
    off: &[Effect],
    in_full: bool,
) -> Why {
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
        steps: Vec::new(),
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
