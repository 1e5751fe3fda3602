//! A model's weights under GPT-2's names and in Hugging Face's layout.

use std::borrow::Cow;

use super::roles::Role;
use crate::config::{GptConfig, NormPlacement};
use crate::gpt::Gpt;
use crate::parameters::Parameters;
use crate::tensor_id::{BlockWeight as W, WeightId};

/// A tensor to be written.
pub struct WrittenTensor<'a> {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Cow<'a, [f32]>,
}

/// Why a model is no GPT-2; in words.
fn obstacle(config: &GptConfig) -> Option<&'static str> {
    if config.norm_placement != NormPlacement::Pre {
        Some("its layer norms stand after what they follow")
    } else if !config.final_norm {
        Some("it has no layer norm at the end")
    } else if config.biases.head {
        Some("its head has a bias")
    } else {
        None
    }
}

/// Every tensor of a GPT-2. Biases that the model lacks are zero: a GPT-2 has them, and nothing is
/// added.
///
/// # Errors
/// In words, why the model is not a GPT-2.
pub fn tensors_to_write(gpt: &Gpt) -> Result<Vec<WrittenTensor<'_>>, &'static str> {
    let config = gpt.config();
    if let Some(obstacle) = obstacle(config) {
        return Err(obstacle);
    }
    let weights = gpt.parameters();
    let (d, ff) = (config.d_model, config.d_ff);
    let direct = |id: WeightId, shape: Vec<usize>| WrittenTensor {
        name: Role::holding(id).to_string(),
        values: weights.get(id).map_or_else(
            || Cow::Owned(vec![0.0; shape.iter().product()]),
            Cow::Borrowed,
        ),
        shape,
    };
    let mut tensors = vec![
        direct(WeightId::Embedding, vec![config.vocab_size, d]),
        direct(WeightId::PositionEmbedding, vec![config.context_length, d]),
    ];
    for block in 0..config.n_blocks {
        let id = |weight| WeightId::Block(block, weight);
        tensors.push(direct(id(W::Norm1Gamma), vec![d]));
        tensors.push(direct(id(W::Norm1Beta), vec![d]));
        tensors.push(WrittenTensor {
            name: Role::Attention(block).to_string(),
            shape: vec![d, 3 * d],
            values: joint(
                weights,
                [W::QueryWeight, W::KeyWeight, W::ValueWeight].map(id),
                d,
                d,
            ),
        });
        tensors.push(WrittenTensor {
            name: Role::AttentionBias(block).to_string(),
            shape: vec![3 * d],
            values: joint(
                weights,
                [W::QueryBias, W::KeyBias, W::ValueBias].map(id),
                1,
                d,
            ),
        });
        tensors.push(direct(id(W::OutputWeight), vec![d, d]));
        tensors.push(direct(id(W::OutputBias), vec![d]));
        tensors.push(direct(id(W::Norm2Gamma), vec![d]));
        tensors.push(direct(id(W::Norm2Beta), vec![d]));
        tensors.push(direct(id(W::UpWeight), vec![d, ff]));
        tensors.push(direct(id(W::UpBias), vec![ff]));
        tensors.push(direct(id(W::DownWeight), vec![ff, d]));
        tensors.push(direct(id(W::DownBias), vec![d]));
    }
    tensors.push(direct(WeightId::FinalGamma, vec![d]));
    tensors.push(direct(WeightId::FinalBeta, vec![d]));
    if !config.tied_head {
        tensors.push(direct(WeightId::HeadWeight, vec![config.vocab_size, d]));
    }
    Ok(tensors)
}

/// Three matrices of `rows` × `width` side by side; one that is missing is zero.
fn joint(
    weights: &Parameters,
    parts: [WeightId; 3],
    rows: usize,
    width: usize,
) -> Cow<'static, [f32]> {
    let mut values = Vec::with_capacity(3 * rows * width);
    for row in 0..rows {
        for part in parts {
            match weights.get(part) {
                Some(part) => values.extend_from_slice(&part[row * width..(row + 1) * width]),
                None => values.resize(values.len() + width, 0.0),
            }
        }
    }
    Cow::Owned(values)
}
