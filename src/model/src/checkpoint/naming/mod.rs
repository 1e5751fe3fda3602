//! What a tensor of a file is, told from its name: GPT-2's names and those of other programs for the same
//! mathematics. Only names are looked at here; whether the shapes fit is checked where they are used.

mod block;
mod family;
mod outer;
mod path;

use crate::checkpoint::gpt2::Role;

pub(super) use family::Family;
use path::Path;

/// How the tensors of one file are named.
pub(super) struct Naming {
    /// What stands before every name
    common: Vec<String>,
}

/// What stands before the names in a file that was written by a wrapped model, or by a model within
/// another.
const WRAPPERS: [&str; 30] = [
    "backbone",
    "base",
    "base_model",
    "body",
    "core",
    "decoder",
    "ema",
    "ema_model",
    "encoder",
    "generator",
    "gpt",
    "gpt2",
    "gpt_model",
    "inner",
    "language_model",
    "llm",
    "lm",
    "lm_model",
    "model",
    "my_model",
    "net",
    "network",
    "online_model",
    "policy",
    "pretrained",
    "pretrained_model",
    "stack",
    "student",
    "transformer",
    "trunk",
];

impl Naming {
    /// Of these names.
    pub fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let paths: Vec<Path> = names.map(Path::new).collect();
        let mut common = Vec::new();
        if paths.len() > 1 {
            let longest = paths.iter().map(|path| path.parts.len()).min().unwrap_or(0);
            for at in 0..longest.saturating_sub(1) {
                let part = &paths[0].parts[at];
                let is_number = part.chars().all(|c| c.is_ascii_digit());
                // a list of blocks is no wrapper
                let before_number = paths.iter().any(|path| path.is_number(at + 1));
                if is_number || before_number || paths.iter().any(|path| path.parts[at] != *part) {
                    break;
                }
                common.push(part.clone());
            }
        }
        Self { common }
    }

    /// What the tensor of this name is, if it belongs to a GPT.
    pub fn role(&self, name: &str) -> Option<Role> {
        let path = Path::new(name);
        let parts = path.parts.strip_prefix(self.common.as_slice());
        let mut parts = parts.unwrap_or(&path.parts);
        loop {
            if let Some(role) = exact(parts) {
                return Some(role);
            }
            match parts {
                [first, rest @ ..] if WRAPPERS.contains(&first.as_str()) && !rest.is_empty() => {
                    parts = rest;
                }
                _ => return None,
            }
        }
    }
}

fn exact(parts: &[String]) -> Option<Role> {
    let is_number = |part: &String| part.chars().all(|c| c.is_ascii_digit());
    match parts.iter().position(is_number) {
        // the name of a list, a block's number, and what it is within the block
        Some(1) => {
            let number = &parts[1];
            let block: usize = number.parse().ok()?;
            // "01" is not how a number is written
            (block.to_string() == *number).then_some(())?;
            block::role(block, &parts[2..])
        }
        Some(_) => None,
        None => outer::role(parts),
    }
}

/// Whether a tensor of this name is a table of tokens, whatever stands before the name.
pub(super) fn is_embedding(name: &str) -> bool {
    let path = Path::new(name);
    let is = |start: usize| {
        use crate::tensor_id::WeightId::Embedding;
        outer::role(&path.parts[start..]) == Some(Role::Direct(Embedding))
    };
    !path
        .parts
        .iter()
        .any(|part| part.chars().all(|c| c.is_ascii_digit()))
        && (0..path.parts.len()).any(is)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor_id::{BlockWeight as W, WeightId as Id};

    fn role(name: &str) -> Option<Role> {
        Naming { common: Vec::new() }.role(name)
    }

    #[test]
    fn the_same_weight_is_known_under_many_names() {
        let one = |weight| Role::Direct(Id::Block(1, weight));
        let matrix = |weight| Role::Matrix(1, weight);
        for (names, expected) in [
            (
                &[
                    "wte.weight",
                    "transformer.wte.weight",
                    "_orig_mod.transformer.wte.weight",
                    "module._orig_mod.transformer.wte.weight",
                    "net.wte.weight",
                    "tok_emb.weight",
                    "_fsdp_wrapped_module.transformer.wte.weight",
                    "token_embedding_table.weight",
                    "embed.W_E",
                    "gpt.token_embedding.weight",
                    "embed_tokens.weight",
                ][..],
                Role::Direct(Id::Embedding),
            ),
            (
                &[
                    "transformer.wpe.weight",
                    "pos_emb",
                    "pos_emb.weight",
                    "pos_embed.W_pos",
                    "position_embedding_table.weight",
                    "model.positional_embedding.weight",
                ],
                Role::Direct(Id::PositionEmbedding),
            ),
            (
                &[
                    "ln_f.weight",
                    "final_norm.scale",
                    "ln_final.w",
                    "norm.weight",
                    "model.norm_f.weight",
                ],
                Role::Direct(Id::FinalGamma),
            ),
            (
                &["lm_head.bias", "head.bias", "unembed.b_U"],
                Role::Direct(Id::HeadBias),
            ),
            (
                &["lm_head.weight", "out_head.weight", "head.weight"],
                Role::Direct(Id::HeadWeight),
            ),
            (&["unembed.W_U"], Role::UnEmbedding),
            (
                &[
                    "transformer.h.1.attn.c_attn.weight",
                    "blocks.1.attn.qkv.weight",
                    "layers.1.self_attn.in_proj_weight",
                    "blocks.1.attention.to_qkv.weight",
                ],
                Role::Attention(1),
            ),
            (
                &[
                    "trf_blocks.1.att.W_query.weight",
                    "blocks.1.attn.query.weight",
                    "layers.1.self_attn.q_proj.weight",
                    "block_1.attn.wq.weight",
                    "h.1.attn.to_q.weight",
                ],
                matrix(W::QueryWeight),
            ),
            (&["blocks.1.attn.W_K"], Role::Heads(1, W::KeyWeight)),
            (
                &["blocks.1.attn.b_K", "blocks.1.attn.key.bias"],
                one(W::KeyBias),
            ),
            (
                &[
                    "h.1.attn.c_proj.weight",
                    "blocks.1.sa.proj.weight",
                    "trf_blocks.1.att.out_proj.weight",
                    "blocks.1.attn.W_O",
                    "layers.1.attention.wo.weight",
                ],
                matrix(W::OutputWeight),
            ),
            (
                &[
                    "h.1.mlp.c_fc.weight",
                    "blocks.1.mlp.W_in",
                    "layers.1.linear1.weight",
                    "blocks.1.feed_forward.w1.weight",
                    "layers.1.ffn.fc1.weight",
                ],
                matrix(W::UpWeight),
            ),
            (
                &[
                    "h.1.mlp.c_proj.bias",
                    "blocks.1.mlp.b_out",
                    "layers.1.linear2.bias",
                    "blocks.1.ffn.down_proj.bias",
                ],
                one(W::DownBias),
            ),
            (
                &[
                    "h.1.ln_1.weight",
                    "blocks.1.ln1.w",
                    "trf_blocks.1.norm1.scale",
                    "layers.1.input_layernorm.weight",
                    "blocks.1.attn_norm.weight",
                ],
                one(W::Norm1Gamma),
            ),
            (
                &[
                    "h.1.ln_2.bias",
                    "blocks.1.ln2.b",
                    "trf_blocks.1.norm2.shift",
                    "layers.1.post_attention_layernorm.bias",
                    "blocks.1.ffn_norm.bias",
                ],
                one(W::Norm2Beta),
            ),
            (
                &["blocks.1.sa.heads.3.value.weight"],
                Role::OfHead(1, 3, W::ValueWeight),
            ),
            (
                &[
                    "blocks.1.ffwd.net.0.weight",
                    "trf_blocks.1.ff.layers.0.weight",
                    "blocks.1.mlp.0.weight",
                ],
                Role::Feed(1, 0, W::UpWeight),
            ),
            (
                &[
                    "blocks.1.sa.heads.3.tril",
                    "h.1.attn.bias",
                    "blocks.1.attn.mask",
                    "trf_blocks.1.att.mask",
                ],
                Role::Mask(1),
            ),
            (
                &[
                    "score.weight",
                    "multiple_choice_head.summary.bias",
                    "v_head.summary.weight",
                ],
                Role::OtherHead,
            ),
        ] {
            for name in names {
                assert_eq!(role(name), Some(expected), "{name}");
            }
        }
    }

    #[test]
    fn what_a_gpt_does_not_have_is_not_taken_for_a_part_of_it() {
        for name in [
            "h.x.ln_1.weight",
            "h.01.ln_1.weight",
            "h.1",
            "wte",
            "h.0.attn.rotary",
            "h.0.attn.rotary_emb.inv_freq",
            "blocks.0.mlp.gate_proj.weight",
            "blocks.0.attn.q_norm.weight",
            "layers.0.feed_forward.w3.weight",
            "blocks.0.attn.query_key_value.weight",
            "ln_emb.weight",
            "blocks.0.ln_3.weight",
            "blocks.0.cross_attn.q_proj.weight",
            "blocks.0.layer_scale.weight",
            "foo.wte.weight",
            "positional_encoding.pe",
            "transformer.rotary",
        ] {
            assert_eq!(role(name), None, "{name}");
        }
    }

    #[test]
    fn what_stands_before_every_name_is_no_part_of_it() {
        let names = [
            "a.b.wte.weight",
            "a.b.h.0.ln_1.weight",
            "a.b.lm_head.weight",
        ];
        let naming = Naming::of(names.into_iter());
        assert!(names.iter().all(|name| naming.role(name).is_some()));
        // a list of blocks is no wrapper
        let names = ["h.0.ln_1.weight", "h.1.ln_1.weight"];
        let naming = Naming::of(names.into_iter());
        assert!(names.iter().all(|name| naming.role(name).is_some()));
        assert!(is_embedding("a.b.wte.weight") && !is_embedding("h.0.ln_1.weight"));
    }
}
