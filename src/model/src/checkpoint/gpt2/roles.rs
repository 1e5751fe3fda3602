//! What a tensor of a file is among a GPT's weights, and the names that GPT-2's have.

use std::fmt;

use crate::tensor_id::{BlockWeight, WeightId};

/// What a tensor of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// A weight that stands in the file as it does here: a vector or a table
    Direct(WeightId),
    /// A projection's matrix, which the file may have turned over
    Matrix(usize, BlockWeight),
    /// W_Q, W_K and W_V in one matrix
    Attention(usize),
    /// b_Q, b_K and b_V in one vector
    AttentionBias(usize),
    /// W_Q, W_K or W_V of one head, or its bias: block, head, and which
    OfHead(usize, usize, BlockWeight),
    /// W_Q, W_K or W_V of all heads `[heads, d_model, d_head]`
    Heads(usize, BlockWeight),
    /// A layer of a block's feed-forward by its place in a list, its weight or its bias, until it is
    /// known which of the two it is
    Feed(usize, usize, BlockWeight),
    /// The head turned over: `[d_model, vocab_size]`
    UnEmbedding,
    /// A mask of a block's attention: no weight
    Mask(usize),
    /// Of a head that is not the language model's
    OtherHead,
}

impl Role {
    fn of_block(block: usize, weight: BlockWeight) -> Self {
        use BlockWeight as W;
        match weight {
            W::OutputWeight | W::UpWeight | W::DownWeight => Self::Matrix(block, weight),
            _ => Self::Direct(WeightId::Block(block, weight)),
        }
    }

    /// The role in which a file holds this weight.
    pub fn holding(id: WeightId) -> Self {
        use BlockWeight as W;
        match id {
            WeightId::Block(block, W::QueryWeight | W::KeyWeight | W::ValueWeight) => {
                Self::Attention(block)
            }
            WeightId::Block(block, W::QueryBias | W::KeyBias | W::ValueBias) => {
                Self::AttentionBias(block)
            }
            WeightId::Block(block, weight) => Self::of_block(block, weight),
            _ => Self::Direct(id),
        }
    }
}

const TOP: [(&str, WeightId); 6] = [
    ("wte.weight", WeightId::Embedding),
    ("wpe.weight", WeightId::PositionEmbedding),
    ("ln_f.weight", WeightId::FinalGamma),
    ("ln_f.bias", WeightId::FinalBeta),
    ("lm_head.weight", WeightId::HeadWeight),
    ("lm_head.bias", WeightId::HeadBias),
];

const BLOCK: [(&str, BlockWeight); 10] = [
    ("ln_1.weight", BlockWeight::Norm1Gamma),
    ("ln_1.bias", BlockWeight::Norm1Beta),
    ("attn.c_proj.weight", BlockWeight::OutputWeight),
    ("attn.c_proj.bias", BlockWeight::OutputBias),
    ("ln_2.weight", BlockWeight::Norm2Gamma),
    ("ln_2.bias", BlockWeight::Norm2Beta),
    ("mlp.c_fc.weight", BlockWeight::UpWeight),
    ("mlp.c_fc.bias", BlockWeight::UpBias),
    ("mlp.c_proj.weight", BlockWeight::DownWeight),
    ("mlp.c_proj.bias", BlockWeight::DownBias),
];

impl fmt::Display for Role {
    /// The name as nanoGPT writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use BlockWeight as W;
        let of_block = |weight: BlockWeight| {
            let found = BLOCK.iter().find(|(_, known)| *known == weight);
            found.map_or(weight.key(), |(name, _)| name)
        };
        match self {
            Self::Attention(block) => write!(f, "transformer.h.{block}.attn.c_attn.weight"),
            Self::AttentionBias(block) => write!(f, "transformer.h.{block}.attn.c_attn.bias"),
            Self::Mask(block) => write!(f, "transformer.h.{block}.attn.bias"),
            Self::UnEmbedding => Self::Direct(WeightId::HeadWeight).fmt(f),
            Self::OtherHead => f.write_str("score.weight"),
            Self::OfHead(block, head, weight) => {
                let name = WeightId::Block(*block, *weight);
                write!(f, "{name} of head {}", head + 1)
            }
            Self::Heads(block, weight @ (W::QueryWeight | W::KeyWeight | W::ValueWeight))
            | Self::Matrix(block, weight @ (W::QueryWeight | W::KeyWeight | W::ValueWeight)) => {
                write!(f, "{}", WeightId::Block(*block, *weight))
            }
            Self::Matrix(block, weight)
            | Self::Heads(block, weight)
            | Self::Feed(block, _, weight)
            | Self::Direct(WeightId::Block(block, weight)) => {
                write!(f, "transformer.h.{block}.{}", of_block(*weight))
            }
            Self::Direct(id) => {
                let name = TOP.iter().find(|(_, known)| known == id);
                let name = name.map_or("", |(name, _)| name);
                let model = if name.starts_with("lm_head") {
                    ""
                } else {
                    "transformer."
                };
                write!(f, "{model}{name}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::naming::Naming;
    use crate::config::{Biases, GptConfig};
    use crate::parameters::parameter_layout;

    #[test]
    fn every_weight_has_a_name_that_leads_back_to_it() {
        let config = GptConfig {
            biases: Biases {
                head: true,
                ..Biases::GPT2
            },
            final_norm: true,
            tied_head: false,
            ..GptConfig::default()
        };
        let naming = Naming::of([].into_iter());
        for entry in parameter_layout(&config).entries() {
            let role = Role::holding(entry.id);
            assert_eq!(naming.role(&role.to_string()), Some(role), "{role}");
        }
    }
}
