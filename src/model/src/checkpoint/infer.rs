//! The architecture of a file without metadata, as far as its arrays show it.

use std::io::{Read, Seek};
use std::path::Path;

use super::archive::Archive;
use super::error::{ArrayProblem, CheckpointError};
use super::load::Assumptions;
use crate::config::{Biases, GptConfig};
use crate::tensor_id::{BlockWeight, WeightId};

/// Sizes come from shapes, biases, final norm and head from which keys exist. The rest is what the
/// files of this family have: post-norm, ReLU, ε = 1e-5 and, unless said otherwise, 4 heads.
pub(super) fn infer_config<R: Read + Seek>(
    archive: &Archive<R>,
    path: &Path,
    assumptions: &Assumptions,
) -> Result<GptConfig, CheckpointError> {
    let matrix = |id: WeightId| -> Result<[usize; 2], CheckpointError> {
        let key = id.to_string();
        let problem = match archive.shape(&key) {
            Some(&[rows, columns]) => return Ok([rows, columns]),
            Some(shape) => ArrayProblem::WrongAxes {
                expected: 2,
                found: shape.len(),
            },
            None => ArrayProblem::Missing,
        };
        Err(archive.error(&key, problem))
    };
    let has = |id: WeightId| archive.shape(&id.to_string()).is_some();
    let [vocab_size, d_model] = matrix(WeightId::Embedding)?;
    let [context_length, _] = matrix(WeightId::PositionEmbedding)?;
    let [_, d_ff] = matrix(WeightId::Block(0, BlockWeight::UpWeight))?;

    let blocks = archive.keys().filter_map(|key| match key.parse() {
        Ok(WeightId::Block(block, _)) => Some(block),
        _ => None,
    });
    let last_block = blocks.max().unwrap_or(0);
    if last_block >= archive.len() {
        // a gap: fewer arrays than blocks
        let gap = (0..last_block)
            .map(|block| WeightId::Block(block, BlockWeight::QueryWeight))
            .find(|&id| !has(id));
        if let Some(gap) = gap {
            return Err(archive.error(&gap.to_string(), ArrayProblem::Missing));
        }
    }
    let n_blocks = last_block + 1;
    // one block without its bias is then an error, not another architecture
    let bias = |weight| (0..n_blocks).any(|block| has(WeightId::Block(block, weight)));
    let n_heads = assumptions.n_heads.unwrap_or(GptConfig::default().n_heads);
    if assumptions.n_heads.is_none() && !d_model.is_multiple_of(n_heads) {
        return Err(CheckpointError::NeedsHeads {
            path: path.to_owned(),
            d_model,
        });
    }
    Ok(GptConfig {
        vocab_size,
        context_length,
        d_model,
        n_heads,
        n_blocks,
        d_ff,
        biases: Biases {
            query: bias(BlockWeight::QueryBias),
            key: bias(BlockWeight::KeyBias),
            value: bias(BlockWeight::ValueBias),
            attention_output: bias(BlockWeight::OutputBias),
            feed_forward_up: bias(BlockWeight::UpBias),
            feed_forward_down: bias(BlockWeight::DownBias),
            layer_norm: bias(BlockWeight::Norm1Beta)
                || bias(BlockWeight::Norm2Beta)
                || has(WeightId::FinalBeta),
            head: has(WeightId::HeadBias),
        },
        final_norm: has(WeightId::FinalGamma),
        tied_head: !has(WeightId::HeadWeight),
        ..GptConfig::default()
    })
}
