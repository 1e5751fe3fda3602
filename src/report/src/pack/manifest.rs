//! What the page is told before it opens any chunk: the run, the model, what each tensor is, the colours.

use std::collections::BTreeMap;

use orrery_analysis::Run;
use orrery_model::{Draw, TensorId};
use orrery_pipeline::colour::{ColourMap, Palette, Tint};
use orrery_pipeline::operand::{Operand, Source};
use orrery_pipeline::pass::Pass;
use orrery_pipeline::program::{Program, ProgramOptions};
use serde::Serialize;

use super::Tier;
use super::tensor::Packed;
use crate::request::Request;

/// What the page knows of an operation.
#[derive(Clone, Debug, Serialize)]
pub(super) struct OperationFact {
    symbols: String,
    words: String,
}

/// What the page is told before it opens any chunk.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Manifest<'a> {
    pub version: &'static str,
    pub tier: Tier,
    pub model: &'a str,
    pub config: &'a orrery_model::GptConfig,
    pub ids: &'a [usize],
    pub never: &'a [usize],
    pub changed: bool,
    pub sampling: &'a orrery_model::SamplingSettings,
    pub u: Option<f64>,
    pub drawn: usize,
    pub tensors: Vec<Packed>,
    pub weights: Vec<Packed>,
    pub operations: BTreeMap<String, OperationFact>,
    pub chunks: Vec<(String, u32)>,
    /// Of each the diverging map and the sequential one: colours of six hexadecimal digits, one behind the other.
    pub palettes: BTreeMap<&'static str, [String; 2]>,
}

/// JSON within a script element: nothing in it can end the element.
pub(super) fn safe_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                safe.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => safe.push(other),
        }
    }
    safe
}

/// Symbols and words of every tensor, from the operation table; a block's under its name in the block.
pub(super) fn operations(
    request: &Request,
    run: &Run<'_>,
    draw: &Draw,
) -> BTreeMap<String, OperationFact> {
    let vocabulary: Vec<String> = Vec::new();
    let pass = Pass {
        gpt: request.gpt.clone(),
        trace: run.trace().clone(),
        draw: draw.clone(),
        sampling: request.sampling.clone(),
        never_drawn: request.tokenizer.special().into(),
        tokens: run
            .trace()
            .ids()
            .iter()
            .map(|&id| request.token(id).to_owned())
            .collect(),
        vocabulary: vocabulary.into(),
        text: String::new(),
        text_after: String::new(),
        lenses: Box::default(),
    };
    let options = ProgramOptions {
        opened: (0..run.config().n_blocks).collect(),
        ..ProgramOptions::first_block()
    };
    let program = Program::new(&pass, &options);
    let mut facts: BTreeMap<String, OperationFact> = BTreeMap::new();
    for entry in run.trace().layout().entries() {
        let made = program.operations().iter().find(|operation| {
            let makes = |operand: Operand| operand.source == Source::Value(entry.id);
            makes(operation.output()) || operation.side_outputs().into_iter().any(makes)
        });
        // what a block does is the same in every block
        let name = match entry.id {
            TensorId::Block(0, tensor) => tensor.key().to_owned(),
            TensorId::Block(..) => continue,
            id => id.to_string(),
        };
        let fact = own_fact(entry.id, run.is_pre_norm()).unwrap_or_else(|| OperationFact {
            symbols: made.map_or_else(String::new, |operation| operation.symbols().to_string()),
            words: made.map_or_else(String::new, |operation| operation.words()),
        });
        facts.insert(name, fact);
    }
    facts
}

/// What the operation table has no line of its own for: what it computes within another operation, hands on, or
/// computes for the last row only.
fn own_fact(id: TensorId, pre: bool) -> Option<OperationFact> {
    use orrery_model::BlockTensor as B;
    let normed = match id {
        TensorId::FinalNormMean | TensorId::FinalNormVariance => "Y",
        TensorId::Block(_, B::Norm1Mean | B::Norm1Variance) if pre => "X",
        TensorId::Block(_, B::Norm1Mean | B::Norm1Variance) => "residual_attn",
        TensorId::Block(_, B::Norm2Mean | B::Norm2Variance) if pre => "residual_attn",
        TensorId::Block(_, B::Norm2Mean | B::Norm2Variance) => "residual_ffn",
        _ => "",
    };
    let (symbols, words) = match id {
        TensorId::FinalNormMean | TensorId::Block(_, B::Norm1Mean | B::Norm2Mean) => (
            format!("μ[i] = Σ_j {normed}[i, j] / d_model"),
            "The mean of each row: its numbers added up and divided by how many there are.",
        ),
        TensorId::FinalNormVariance | TensorId::Block(_, B::Norm1Variance | B::Norm2Variance) => (
            format!("σ²[i] = Σ_j ({normed}[i, j] − μ[i])² / d_model"),
            "The variance of each row: the mean of the squared distances from its mean.",
        ),
        TensorId::Block(_, B::Input) => (
            "X".to_owned(),
            "The residual stream as it enters the block: a row for each token.",
        ),
        TensorId::Probabilities => (
            "prob[i, j] = exp(logits[i, j] − m_i) / Σ_k exp(logits[i, k] − m_i)".to_owned(),
            "Softmax makes shares that add up to 1 of each row of logits, at temperature 1; m_i is the row's largest logit. The draw divides the last row by its own temperature first.",
        ),
        _ => return None,
    };
    Some(OperationFact {
        symbols,
        words: words.to_owned(),
    })
}

/// Two more for paper: nothing is near white in the one, and the other does without any hue; there below zero is darker
/// than zero, above it lighter, and a share is as dark as it is large.
fn paper_palettes() -> [(&'static str, [String; 2]); 2] {
    const STEPS: usize = 32;
    let mix = |from: [f64; 3], to: [f64; 3], at: f64| {
        let [r, g, b] =
            [0, 1, 2].map(|part| (from[part] + (to[part] - from[part]) * at).round() as u8);
        format!("{r:02x}{g:02x}{b:02x}")
    };
    let between = |low: [f64; 3], middle: [f64; 3], high: [f64; 3]| {
        let at = |step: usize| step as f64 / STEPS as f64;
        let below = (0..STEPS).map(|step| mix(low, middle, at(step)));
        let above = (0..=STEPS).map(|step| mix(middle, high, at(step)));
        below.chain(above).collect::<String>()
    };
    let from_to = |low: [f64; 3], high: [f64; 3]| {
        (0..=STEPS)
            .map(|step| mix(low, high, step as f64 / STEPS as f64))
            .collect::<String>()
    };
    const WHITE: [f64; 3] = [250.0, 250.0, 247.0];
    const BLUE: [f64; 3] = [16.0, 84.0, 160.0];
    const ORANGE: [f64; 3] = [186.0, 74.0, 10.0];
    const PLUM: [f64; 3] = [66.0, 20.0, 96.0];
    [
        (
            "paper",
            [between(BLUE, WHITE, ORANGE), from_to(WHITE, PLUM)],
        ),
        (
            "grey",
            [
                between([8.0; 3], [136.0; 3], [255.0; 3]),
                from_to([250.0; 3], [10.0; 3]),
            ],
        ),
    ]
}

/// The window's palettes: of each the diverging map from −1 to 1 and the sequential one, in hex.
pub(super) fn palettes() -> BTreeMap<&'static str, [String; 2]> {
    const STEPS: i32 = 32;
    let of = |palette: Palette| {
        let map = |map: ColourMap, from: i32| -> String {
            (from..=STEPS)
                .map(|at| {
                    let coordinate = at as f32 / STEPS as f32;
                    let [r, g, b] = palette.colour(Tint {
                        map,
                        coordinate,
                        masked: false,
                    });
                    format!("{r:02x}{g:02x}{b:02x}")
                })
                .collect()
        };
        let maps = [
            map(ColourMap::Diverging, -STEPS),
            map(ColourMap::Sequential, 0),
        ];
        (palette.name(), maps)
    };
    let mut all: BTreeMap<_, _> = Palette::ALL.into_iter().map(of).collect();
    all.extend(paper_palettes());
    all
}
