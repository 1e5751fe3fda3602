//! The architecture of a file without metadata, as far as its arrays show it.

use std::io::{Read, Seek};

use super::archive::Archive;
use super::error::{ArrayProblem, FileProblem};
use super::load::Assumptions;
use crate::config::{Biases, GptConfig, NormPlacement};
use crate::tensor_id::{BlockWeight, WeightId};

/// A configuration of which something had to be inferred.
pub(super) struct Inferred {
    pub config: GptConfig,
    /// Whether all that can be seen is as in the shipped character model
    pub is_charlm: bool,
    /// What was decided, in words
    pub read_as: Vec<String>,
}

/// Sizes come from shapes, biases, final norm and head from which keys exist. A final norm shows that the
/// norms stand before. Heads and activation show nowhere and must be said, unless all that can be seen is
/// as in the shipped character model: then it is computed as that one. ε is 1e-5.
pub(super) fn infer_config<R: Read + Seek>(
    archive: &Archive<R>,
    assumptions: &Assumptions,
) -> Result<Inferred, FileProblem> {
    let matrix = |id: WeightId| -> Result<[usize; 2], FileProblem> {
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
    let visible = GptConfig {
        vocab_size,
        context_length,
        d_model,
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
    };
    let mut config = visible.clone();
    assumptions.overrule(&mut config);
    config.n_heads = assumptions.n_heads.unwrap_or(config.n_heads);
    if visible == GptConfig::default() {
        return Ok(Inferred {
            config,
            is_charlm: true,
            read_as: vec![
                "read as: a model of the shipped character model's form: norms behind, ReLU, 4 heads".to_owned(),
            ],
        });
    }
    let mut read_as = Vec::new();
    let mut unsaid = Vec::new();
    if assumptions.n_heads.is_none() {
        unsaid.push("how many heads there are (--heads)");
    }
    if assumptions.norm_placement.is_none() {
        if config.final_norm {
            config.norm_placement = NormPlacement::Pre;
            read_as.push("read as: norms before, since there is one at the end".to_owned());
        } else {
            unsaid.push("whether the norms stand before or behind (--norm pre or --norm post)");
        }
    }
    if assumptions.activation.is_none() {
        unsaid.push("what the activation is (--activation relu, gelu_erf or gelu_tanh)");
    }
    if !unsaid.is_empty() {
        return Err(FileProblem::Model(format!(
            "it has no description of its model, and its arrays do not show {}",
            unsaid.join(", nor ")
        )));
    }
    Ok(Inferred {
        config,
        is_charlm: false,
        read_as,
    })
}
