//! The names that GPT-2's weights have in files.

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
    /// A mask of a block's attention: no weight
    Mask(usize),
}

/// What stands before the names in a file that was written by a wrapped model.
const WRAPPERS: [&str; 4] = ["_orig_mod.", "module.", "model.", "transformer."];

impl Role {
    /// What a tensor of this name is, if it belongs to a GPT-2.
    pub fn of(name: &str) -> Option<Self> {
        let mut name = name;
        while let Some(rest) = WRAPPERS.iter().find_map(|w| name.strip_prefix(w)) {
            name = rest;
        }
        if let Some(of_block) = name.strip_prefix("h.") {
            let (number, rest) = of_block.split_once('.')?;
            let block: usize = number.parse().ok()?;
            // "01" and "+1" are not how a number is written
            if block.to_string() != number {
                return None;
            }
            return match rest {
                "attn.c_attn.weight" => Some(Self::Attention(block)),
                "attn.c_attn.bias" => Some(Self::AttentionBias(block)),
                "attn.bias" | "attn.masked_bias" => Some(Self::Mask(block)),
                _ => {
                    let &(_, weight) = BLOCK.iter().find(|(name, _)| *name == rest)?;
                    Some(Self::of_block(block, weight))
                }
            };
        }
        let &(_, id) = TOP.iter().find(|(known, _)| *known == name)?;
        Some(Self::Direct(id))
    }

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
        let of_block = |weight: BlockWeight| {
            let found = BLOCK.iter().find(|(_, known)| *known == weight);
            found.map_or(weight.key(), |(name, _)| name)
        };
        match self {
            Self::Attention(block) => write!(f, "transformer.h.{block}.attn.c_attn.weight"),
            Self::AttentionBias(block) => write!(f, "transformer.h.{block}.attn.c_attn.bias"),
            Self::Mask(block) => write!(f, "transformer.h.{block}.attn.bias"),
            Self::Matrix(block, weight) | Self::Direct(WeightId::Block(block, weight)) => {
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
        for entry in parameter_layout(&config).entries() {
            let role = Role::holding(entry.id);
            assert_eq!(Role::of(&role.to_string()), Some(role), "{role}");
        }
    }

    #[test]
    fn wrapped_names_are_known_and_others_are_not() {
        let role = Some(Role::Direct(WeightId::Embedding));
        for name in [
            "wte.weight",
            "transformer.wte.weight",
            "_orig_mod.transformer.wte.weight",
            "module._orig_mod.transformer.wte.weight",
        ] {
            assert_eq!(Role::of(name), role);
        }
        for name in [
            "h.x.ln_1.weight",
            "h.01.ln_1.weight",
            "h.1",
            "wte",
            "h.0.attn.rotary",
        ] {
            assert_eq!(Role::of(name), None, "{name}");
        }
    }
}
