//! The numbers of a run as the page carries them: a manifest that names every tensor, and chunks of
//! compressed numbers. Whatever is exact is exact to the bit; what is a picture says so.

mod chunk;
mod manifest;
mod run;
mod tensor;

use orrery_analysis::Run;
use orrery_model::{Draw, TensorId};
use serde::Serialize;
use serde_json::Value;

pub use chunk::Chunk;
use manifest::{Manifest, operations, palettes, safe_json};
use run::pack_trace;
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
        let vocabulary = Chunk::of_json("vocabulary", &vocabulary(request))?;
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
            let (tensors, mut chunks) = pack_trace(run, tier, request.tokenizer.special());
            chunks.push(vocabulary.clone());
            let exact = matches!(tier, Tier::Model | Tier::Numbers);
            chunks.push(Chunk::of_value("findings", for_page(findings, exact)?)?);
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
                // with the weights the page makes these itself
                if let Some(at) = chunks.iter().position(|chunk| chunk.name == "findings") {
                    let mut found = for_page(findings, true)?;
                    let why = found.get_mut("why").and_then(Value::as_array_mut);
                    for answer in why.into_iter().flatten() {
                        answer
                            .as_object_mut()
                            .and_then(|answer| answer.remove("dimensions"));
                    }
                    chunks[at] = Chunk::of_value("findings", found)?;
                }
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
                tensors: without_repetition(
                    tensors.into_iter().map(|(_, packed)| packed).collect(),
                ),
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

/// Blocks that lie as the block before them does are left out: the page makes their entries of that one's.
fn without_repetition(all: Vec<Packed>) -> Vec<Packed> {
    let block_of = |packed: &Packed| -> Option<usize> {
        let (block, _) = packed.name.strip_prefix("block")?.split_once('.')?;
        block.parse().ok()
    };
    let of_block = |block: usize| {
        all.iter()
            .filter(move |packed| block_of(packed) == Some(block))
    };
    let repeats = |block: usize| {
        let before = block.checked_sub(1).map(of_block);
        before.is_some_and(|before| {
            before
                .map(Packed::of_next_block)
                .eq(of_block(block).cloned())
        })
    };
    let kept = all
        .iter()
        .filter(|packed| !block_of(packed).is_some_and(repeats));
    kept.cloned().collect()
}

/// What was found as the page has it: without what it makes again of the run's own numbers, if these are in it.
fn for_page(findings: &Findings, exact: bool) -> Result<Value, serde_json::Error> {
    let mut found = serde_json::to_value(findings)?;
    let neurons = found.get_mut("neurons").and_then(Value::as_array_mut);
    for neuron in neurons.into_iter().flatten().filter(|_| exact) {
        // they are columns of the hidden layer
        neuron
            .as_object_mut()
            .and_then(|neuron| neuron.remove("activations"));
    }
    Ok(found)
}

/// All tokens as text.
fn vocabulary(request: &Request) -> Vec<&str> {
    let size = request.gpt.config().vocab_size;
    (0..size).map(|id| request.token(id)).collect()
}
