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
    pub palettes: BTreeMap<&'static str, [Vec<String>; 2]>,
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
        facts.insert(
            name,
            OperationFact {
                symbols: made.map_or_else(String::new, |operation| operation.symbols().to_string()),
                words: made.map_or_else(String::new, |operation| operation.words()),
            },
        );
    }
    facts
}

/// The window's palettes: of each the diverging map from −1 to 1 and the sequential one, in hex.
pub(super) fn palettes() -> BTreeMap<&'static str, [Vec<String>; 2]> {
    const STEPS: i32 = 32;
    let of = |palette: Palette| {
        let map = |map: ColourMap, from: i32| -> Vec<String> {
            (from..=STEPS)
                .map(|at| {
                    let coordinate = at as f32 / STEPS as f32;
                    let [r, g, b] = palette.colour(Tint {
                        map,
                        coordinate,
                        masked: false,
                    });
                    format!("#{r:02x}{g:02x}{b:02x}")
                })
                .collect()
        };
        let maps = [
            map(ColourMap::Diverging, -STEPS),
            map(ColourMap::Sequential, 0),
        ];
        (palette.name(), maps)
    };
    Palette::ALL.into_iter().map(of).collect()
}
