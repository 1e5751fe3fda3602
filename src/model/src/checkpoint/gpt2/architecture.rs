//! Which architecture a file's tensors imply, and whether that is what the file says of itself.

use std::collections::HashMap;

use super::roles::Role;
use crate::checkpoint::error::{ArrayProblem, CheckpointError};
use crate::checkpoint::load::Assumptions;
use crate::checkpoint::source::TensorSource;
use crate::config::{Activation, Biases, GptConfig, NormPlacement};
use crate::tensor_id::{BlockWeight, WeightId};

/// What a file says of its model beside the tensors; what it leaves out is `None`.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub n_blocks: Option<usize>,
    pub n_heads: Option<usize>,
    pub d_model: Option<usize>,
    pub context_length: Option<usize>,
    pub vocab_size: Option<usize>,
    pub activation: Option<Activation>,
    pub norm_epsilon: Option<f32>,
    /// The head is the embedding, whatever else the file holds.
    pub tied_head: bool,
}

/// Where each role's tensor stands among the file's.
pub type Places = HashMap<Role, usize>;

/// An architecture and how its matrices stand in the file.
pub struct Architecture {
    pub config: GptConfig,
    /// `[outputs, inputs]`, as PyTorch's linear layers have them; otherwise as ours
    pub turned: bool,
}

/// Finds out what each tensor is.
///
/// # Errors
/// A tensor that a GPT-2 does not have, or two that are the same weight.
pub fn places(source: &dyn TensorSource) -> Result<Places, CheckpointError> {
    let mut places = Places::new();
    for (index, tensor) in source.tensors().iter().enumerate() {
        let role = Role::of(&tensor.name)
            .ok_or_else(|| source.error(&tensor.name, ArrayProblem::Spare))?;
        if places.insert(role, index).is_some() && !matches!(role, Role::Mask(_)) {
            let problem = ArrayProblem::Damaged("it comes twice, under two names".to_owned());
            return Err(source.error(&tensor.name, problem));
        }
    }
    // a file that keeps shared numbers once may have kept them under the head's name
    let (embedding, head) = (
        Role::Direct(WeightId::Embedding),
        Role::Direct(WeightId::HeadWeight),
    );
    if !places.contains_key(&embedding)
        && let Some(index) = places.remove(&head)
    {
        places.insert(embedding, index);
    }
    if let (Some(&a), Some(&b)) = (places.get(&embedding), places.get(&head))
        && source.share_numbers(a, b)
    {
        places.remove(&head);
    }
    Ok(places)
}

/// The architecture.
///
/// # Errors
/// A tensor that is missing or of the wrong form, a fact that contradicts the tensors, or a number of
/// heads that nobody says.
pub fn architecture(
    source: &dyn TensorSource,
    places: &Places,
    facts: &Facts,
    assumptions: &Assumptions,
) -> Result<Architecture, CheckpointError> {
    let has = |role: Role| places.contains_key(&role);
    let matrix = |role: Role| -> Result<[usize; 2], CheckpointError> {
        let missing = || source.error(&role.to_string(), ArrayProblem::Missing);
        let tensor = &source.tensors()[*places.get(&role).ok_or_else(missing)?];
        match *tensor.shape {
            [rows, columns] => Ok([rows, columns]),
            _ => Err(source.error(
                &tensor.name,
                ArrayProblem::WrongAxes {
                    expected: 2,
                    found: tensor.shape.len(),
                },
            )),
        }
    };
    let [vocab_size, d_model] = matrix(Role::Direct(WeightId::Embedding))?;
    let [context_length, _] = matrix(Role::Direct(WeightId::PositionEmbedding))?;
    let attention = matrix(Role::Attention(0))?;
    let turned = attention == [d_model.saturating_mul(3), d_model];
    let up = matrix(Role::Matrix(0, BlockWeight::UpWeight))?;
    let d_ff = if turned { up[0] } else { up[1] };

    let blocks = places.keys().filter_map(|role| match *role {
        Role::Attention(block) | Role::Matrix(block, _) | Role::AttentionBias(block) => Some(block),
        Role::Direct(WeightId::Block(block, _)) => Some(block),
        _ => None,
    });
    let n_blocks = blocks.max().map_or(0, |last| last + 1);
    for (block, _) in (0..n_blocks).zip(0..=places.len()) {
        if !has(Role::Attention(block)) {
            let missing = Role::Attention(block).to_string();
            return Err(source.error(&missing, ArrayProblem::Missing));
        }
    }
    let said = [
        ("n_layer", facts.n_blocks, n_blocks),
        ("n_embd", facts.d_model, d_model),
        ("block_size", facts.context_length, context_length),
        ("vocab_size", facts.vocab_size, vocab_size),
    ];
    for (name, said, found) in said {
        if said.is_some_and(|said| said != found) {
            return Err(source.contradiction(format!(
                "it says that its {name} is {}, but its tensors have {found}",
                said.unwrap_or_default()
            )));
        }
    }
    let n_heads = match (facts.n_heads, assumptions.n_heads) {
        (Some(said), Some(assumed)) if said != assumed => {
            return Err(source.contradiction(format!(
                "it says that its model has {said} heads, not {assumed}"
            )));
        }
        (Some(n_heads), _) | (None, Some(n_heads)) => n_heads,
        (None, None) => {
            return Err(source.contradiction(format!(
                "it does not say how many attention heads share its width of {d_model}, and its \
                 tensors do not show it; say how many (--heads)"
            )));
        }
    };
    let bias = |weight| {
        let of_block = |block| has(Role::holding(WeightId::Block(block, weight)));
        (0..n_blocks).any(of_block)
    };
    let attention_bias = bias(BlockWeight::QueryBias);
    let config = GptConfig {
        vocab_size,
        context_length,
        d_model,
        n_heads,
        n_blocks,
        d_ff,
        norm_placement: NormPlacement::Pre,
        activation: facts.activation.unwrap_or(Activation::GeluErf),
        biases: Biases {
            query: attention_bias,
            key: attention_bias,
            value: attention_bias,
            attention_output: bias(BlockWeight::OutputBias),
            feed_forward_up: bias(BlockWeight::UpBias),
            feed_forward_down: bias(BlockWeight::DownBias),
            layer_norm: bias(BlockWeight::Norm1Beta)
                || bias(BlockWeight::Norm2Beta)
                || has(Role::Direct(WeightId::FinalBeta)),
            head: has(Role::Direct(WeightId::HeadBias)),
        },
        final_norm: true,
        tied_head: facts.tied_head || !has(Role::Direct(WeightId::HeadWeight)),
        norm_epsilon: facts.norm_epsilon.unwrap_or(1e-5),
    };
    Ok(Architecture { config, turned })
}
