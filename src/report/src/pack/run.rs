//! How a run's tensors are written: which are in the file, and of which other tensor one can be made again, to
//! the bit.

use orrery_analysis::Run;
use orrery_model::{BlockTensor as B, NormPlacement, TensorId};

use super::Tier;
use super::chunk::Chunk;
use super::tensor::{Layout, Packed, Packer};

/// The trace as chunks, one for each block and one for each end.
pub(super) fn pack_trace(
    run: &Run<'_>,
    tier: Tier,
    never: &[usize],
) -> (Vec<(TensorId, Packed)>, Vec<Chunk>) {
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
            let layout = layout(run, entry.id, values, tier, never);
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
fn layout(run: &Run<'_>, id: TensorId, values: &[f32], tier: Tier, never: &[usize]) -> Layout {
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
            return Layout::Largest {
                count: 256,
                asked: asked_ids(run, never),
                log_sum_exp: id == TensorId::Logits,
            };
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

/// The token that follows each position within the text, and those that are never drawn.
fn asked_ids(run: &Run<'_>, never: &[usize]) -> Vec<Vec<usize>> {
    let next = (1..=run.tokens()).map(|at| run.trace().ids().get(at));
    next.map(|next| next.into_iter().chain(never).copied().collect())
        .collect()
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
