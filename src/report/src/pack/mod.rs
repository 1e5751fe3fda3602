//! The numbers of a run as the page carries them: a manifest that names every tensor, and chunks of
//! compressed numbers. Whatever is exact is exact to the bit; what is a picture says so.

mod chunk;
mod tensor;

use std::collections::BTreeMap;

use orrery_analysis::Run;
use orrery_model::{BlockTensor as B, Draw, NormPlacement, TensorId};
use orrery_pipeline::colour::{ColourMap, Palette, Tint};
use orrery_pipeline::pass::Pass;
use orrery_pipeline::program::{Program, ProgramOptions};
use serde::Serialize;

pub use chunk::Chunk;
use tensor::{Layout, Packed, Packer};

use crate::findings::Findings;
use crate::request::{ReportError, Request, Weights};

/// How much of a run is in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Every number, and the model itself.
    Model,
    /// Every number.
    Numbers,
    /// The last positions exactly; of the others pictures.
    Pictures,
    /// The residual stream, the attention and the logits only, the former as pictures.
    Stream,
}

impl Tier {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Model => "every number of the run, exact, and the model's weights",
            Self::Numbers => "every number of the run, exact; the weights are left out",
            Self::Pictures => {
                "the last positions exactly; of all others pictures of 255 steps, marked ≈; the weights are left out"
            }
            Self::Stream => {
                "the residual stream (the last positions exactly, of all others pictures of 255 steps, marked ≈), the attention exactly and the largest logits; all else is left out"
            }
        }
    }
}

/// What the page knows of an operation.
#[derive(Clone, Debug, Serialize)]
struct OperationFact {
    symbols: String,
    words: String,
}

/// What the page is told before it opens any chunk.
#[derive(Clone, Debug, Serialize)]
struct Manifest<'a> {
    version: &'static str,
    tier: Tier,
    model: &'a str,
    config: &'a orrery_model::GptConfig,
    ids: &'a [usize],
    never: &'a [usize],
    changed: bool,
    sampling: &'a orrery_model::SamplingSettings,
    u: Option<f64>,
    drawn: usize,
    tensors: Vec<Packed>,
    weights: Vec<Packed>,
    operations: BTreeMap<String, OperationFact>,
    chunks: Vec<(String, u32)>,
    palettes: BTreeMap<&'static str, [Vec<String>; 2]>,
}

/// A page's data.
#[derive(Clone, Debug)]
pub struct Pack {
    /// How much of the run is in it.
    pub tier: Tier,
    /// The manifest as JSON, safe within a script element.
    pub manifest: String,
    /// The chunks.
    pub chunks: Vec<Chunk>,
    /// The names of the tensors that are in it, in the order of computation.
    pub tensors: Vec<TensorId>,
}

/// What the page itself takes, roughly: markup, styles and scripts.
const PAGE: usize = 150_000;

impl Pack {
    /// Packs as much of a run as fits; with `beyond`, less than that.
    pub(crate) fn new(
        request: &Request,
        run: &Run<'_>,
        draw: &Draw,
        findings: &Findings,
        beyond: Option<Tier>,
    ) -> Result<Self, ReportError> {
        let room = request.max_size.saturating_sub(PAGE);
        let text = [
            Chunk::of_json("findings", findings)?,
            Chunk::of_json("vocabulary", &vocabulary(request))?,
        ];
        let size = |chunks: &[Chunk]| chunks.iter().map(|chunk| chunk.text.len()).sum::<usize>();
        // f32 compresses little: what is far too large is not tried
        let hopeless = |numbers: usize| 4 * numbers > room;
        let all = run.trace().values().len();
        let weights = run.gpt().parameters().values().len();
        let wanted = match (beyond, request.weights) {
            (Some(_), Weights::Auto) => Weights::No,
            (_, wanted) => wanted,
        };

        let mut packed_weights = Packer::new("weights");
        if wanted != Weights::No && !hopeless(weights) {
            for entry in run.gpt().parameters().layout().entries() {
                let values = &run.gpt().parameters().values()[entry.range.clone()];
                packed_weights.add(
                    entry.id.to_string(),
                    &entry.shape,
                    Layout::Full,
                    values.to_vec(),
                );
            }
        }
        let weight_chunks = packed_weights.chunks();
        let mut tiers = vec![Tier::Numbers, Tier::Pictures, Tier::Stream];
        if all > 0 && hopeless(all / 3) {
            tiers.retain(|&tier| tier != Tier::Numbers);
        }
        tiers.retain(|&tier| beyond.is_none_or(|beyond| tier > beyond));
        for tier in tiers {
            let (tensors, mut chunks) = pack_trace(run, tier);
            chunks.extend(text.iter().cloned());
            let plain = size(&chunks);
            if plain > room && tier != Tier::Stream {
                continue;
            }
            let with_weights = plain + size(&weight_chunks);
            let takes = tier == Tier::Numbers
                && wanted != Weights::No
                && !weight_chunks.is_empty()
                && (with_weights <= room || wanted == Weights::Yes);
            if wanted == Weights::Yes && (!takes || with_weights > room) {
                let numbers = 4 * weights;
                return Err(ReportError::WeightsTooLarge {
                    size: PAGE + plain.max(with_weights).max(numbers),
                    most: request.max_size,
                });
            }
            let tier = if takes { Tier::Model } else { tier };
            if takes {
                chunks.extend(weight_chunks);
            }
            let ids: Vec<TensorId> = tensors.iter().map(|(id, _)| *id).collect();
            let manifest = Manifest {
                version: env!("CARGO_PKG_VERSION"),
                tier,
                model: &request.model_name,
                config: run.config(),
                ids: run.trace().ids(),
                never: request.tokenizer.special(),
                changed: !request.interventions.is_empty(),
                sampling: &request.sampling,
                u: draw.u,
                drawn: draw.token_id,
                tensors: tensors.into_iter().map(|(_, packed)| packed).collect(),
                weights: if takes {
                    packed_weights.packed().to_vec()
                } else {
                    Vec::new()
                },
                operations: operations(request, run, draw),
                chunks: chunks
                    .iter()
                    .map(|chunk| (chunk.name.clone(), chunk.crc))
                    .collect(),
                palettes: palettes(),
            };
            return Ok(Self {
                tier,
                manifest: safe_json(&serde_json::to_string(&manifest)?),
                chunks,
                tensors: ids,
            });
        }
        Err(ReportError::TooLarge {
            size: PAGE,
            most: request.max_size,
        })
    }
}

/// All tokens as text.
fn vocabulary(request: &Request) -> Vec<&str> {
    let size = request.gpt.config().vocab_size;
    (0..size).map(|id| request.token(id)).collect()
}

/// JSON within a script element: nothing in it can end the element.
fn safe_json(json: &str) -> String {
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

/// The trace as chunks, one for each block and one for each end.
fn pack_trace(run: &Run<'_>, tier: Tier) -> (Vec<(TensorId, Packed)>, Vec<Chunk>) {
    let config = run.config();
    let trace = run.trace();
    let (mut all, mut chunks) = (Vec::new(), Vec::new());
    let sections = std::iter::once("start".to_owned())
        .chain((0..config.n_blocks).map(|block| format!("block{block}")))
        .chain(["end".to_owned()]);
    for section in sections {
        let mut packer = Packer::new(&section);
        let mut ids = Vec::new();
        for entry in trace.layout().entries() {
            let at = match entry.id {
                TensorId::TokenEmbedding | TensorId::PositionEmbedding | TensorId::Embedded => {
                    "start".to_owned()
                }
                TensorId::Block(block, _) => format!("block{block}"),
                _ => "end".to_owned(),
            };
            if at != section || !kept(entry.id, tier) {
                continue;
            }
            let values = &trace.values()[entry.range.clone()];
            let layout = layout(run, entry.id, values, tier);
            packer.add(entry.id.to_string(), &entry.shape, layout, values.to_vec());
            ids.push(entry.id);
        }
        all.extend(ids.into_iter().zip(packer.packed().iter().cloned()));
        chunks.extend(packer.chunks());
    }
    (all, chunks)
}

fn kept(id: TensorId, tier: Tier) -> bool {
    if tier != Tier::Stream {
        return true;
    }
    match id {
        TensorId::Block(_, tensor) => {
            matches!(
                tensor,
                B::Attention | B::Residual1 | B::Residual2 | B::Output | B::Input
            )
        }
        TensorId::TokenEmbedding | TensorId::PositionEmbedding => false,
        _ => true,
    }
}

/// How a tensor is best written. An alias is taken only where it gives the very same bits.
fn layout(run: &Run<'_>, id: TensorId, values: &[f32], tier: Tier) -> Layout {
    let config = run.config();
    let same = |other: TensorId| {
        let there = run.trace().layout().get(other);
        there.is_some_and(|entry| {
            let there = &run.trace().values()[entry.range.clone()];
            there.len() == values.len()
                && there
                    .iter()
                    .zip(values)
                    .all(|(a, b)| a.to_bits() == b.to_bits())
        })
    };
    let alias = |other: TensorId| Layout::Same(other.to_string());
    match id {
        TensorId::Block(block, tensor) => {
            let of = |tensor| TensorId::Block(block, tensor);
            let candidates = match tensor {
                B::Input if block == 0 => vec![TensorId::Embedded],
                B::Input => vec![TensorId::Block(block - 1, B::Output)],
                B::Output if config.norm_placement == NormPlacement::Pre => vec![of(B::Residual2)],
                B::Output => vec![of(B::Norm2)],
                _ => Vec::new(),
            };
            if let Some(&other) = candidates
                .iter()
                .find(|&&other| same(other) && kept(other, tier))
            {
                return alias(other);
            }
            // a sum of what is in the file, rounded once, as the model adds
            let added = match (tensor, config.norm_placement) {
                (B::Residual1, _) => Some((B::Input, B::AttentionOutput)),
                (B::Residual2, NormPlacement::Pre) => Some((B::Residual1, B::FfnOutput)),
                (B::Residual2, NormPlacement::Post) => Some((B::Norm1, B::FfnOutput)),
                _ => None,
            };
            if let Some((a, b)) = added.map(|(a, b)| (of(a), of(b)))
                && matches!(tier, Tier::Model | Tier::Numbers)
                && pairs(run, a, b, values, |a, b| a + b)
            {
                return Layout::SumOf(a.to_string(), b.to_string());
            }
            let before = of(B::FfnPreActivation);
            let above = |x: f32, _| if x > 0.0 { x } else { 0.0 };
            if tensor == B::FfnHidden
                && matches!(tier, Tier::Model | Tier::Numbers)
                && pairs(run, before, before, values, above)
            {
                return Layout::AboveZero(before.to_string());
            }
            match tensor {
                B::Concat if heads_side_by_side(run, block, values) => {
                    return Layout::HeadsOf(of(B::HeadOutput).to_string());
                }
                B::MaskedScores if masked(run, block, values) => {
                    return Layout::MaskOf(of(B::Scores).to_string());
                }
                B::RawScores => {
                    let scores = run.trace().tensor(of(B::Scores));
                    let factor = config.score_divisor(block);
                    let exact = scores.is_some_and(|scores| {
                        let pairs = scores.iter().zip(values);
                        factor.log2().fract() == 0.0
                            && pairs
                                .clone()
                                .all(|(s, r)| (s * factor).to_bits() == r.to_bits())
                    });
                    if exact {
                        return Layout::ScaledOf(of(B::Scores).to_string(), factor);
                    }
                }
                B::Attention => {
                    let tokens = run.tokens();
                    let above = |(at, value): (usize, &f32)| {
                        let (row, column) = (at / tokens % tokens, at % tokens);
                        column <= row || value.to_bits() == 0
                    };
                    if values.iter().enumerate().all(above) {
                        return Layout::Lower;
                    }
                }
                _ => {}
            }
        }
        TensorId::Logits | TensorId::Probabilities if config.vocab_size > 1024 => {
            return Layout::Largest(256, next_ids(run));
        }
        _ => {}
    }
    let small = values.len() <= 16 * run.tokens();
    let of_attention = matches!(id, TensorId::Block(_, B::Attention));
    let picture = match tier {
        Tier::Model | Tier::Numbers => false,
        Tier::Pictures => !small && !of_attention,
        Tier::Stream => !of_attention,
    };
    match picture {
        true => Layout::Picture(8),
        false => Layout::Full,
    }
}

/// Whether these numbers are, to the bit, what a function makes of two tensors' numbers.
fn pairs(
    run: &Run<'_>,
    a: TensorId,
    b: TensorId,
    values: &[f32],
    made: impl Fn(f32, f32) -> f32,
) -> bool {
    let of = |id| {
        let entry = run.trace().layout().get(id)?;
        Some(&run.trace().values()[entry.range.clone()])
    };
    let (Some(a), Some(b)) = (of(a), of(b)) else {
        return false;
    };
    let all = a.iter().zip(b).zip(values);
    all.clone().count() == values.len()
        && all
            .into_iter()
            .all(|((&a, &b), value)| made(a, b).to_bits() == value.to_bits())
}

/// The token that follows each position within the text.
fn next_ids(run: &Run<'_>) -> Vec<Option<usize>> {
    let ids = run.trace().ids();
    (0..ids.len()).map(|at| ids.get(at + 1).copied()).collect()
}

fn heads_side_by_side(run: &Run<'_>, block: usize, concat: &[f32]) -> bool {
    let (d, d_head) = (run.config().d_model, run.config().d_head());
    (0..run.config().n_heads).all(|head| {
        let output = run.head(block, B::HeadOutput, head);
        output.indexed_iter().all(|((row, column), value)| {
            concat
                .get(row * d + head * d_head + column)
                .map(|x| x.to_bits())
                == Some(value.to_bits())
        })
    })
}

fn masked(run: &Run<'_>, block: usize, values: &[f32]) -> bool {
    let tokens = run.tokens();
    let scores = run.trace().tensor(TensorId::Block(block, B::Scores));
    scores.is_some_and(|scores| {
        scores
            .iter()
            .zip(values)
            .enumerate()
            .all(|(at, (score, masked))| {
                let (row, column) = (at / tokens % tokens, at % tokens);
                if column <= row {
                    score.to_bits() == masked.to_bits()
                } else {
                    *masked == f32::NEG_INFINITY
                }
            })
    })
}

/// Symbols and words of every tensor, from the operation table; a block's under its name in the block.
fn operations(request: &Request, run: &Run<'_>, draw: &Draw) -> BTreeMap<String, OperationFact> {
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
            let makes = |operand: orrery_pipeline::operand::Operand| {
                operand.source == orrery_pipeline::operand::Source::Value(entry.id)
            };
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
fn palettes() -> BTreeMap<&'static str, [Vec<String>; 2]> {
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
