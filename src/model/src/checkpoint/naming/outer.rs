//! Tensors outside of the blocks.

use super::block::{Parameter, is_norm, parameter};
use crate::checkpoint::gpt2::Role;
use crate::tensor_id::WeightId as Id;

const EMBEDDINGS: [&str; 27] = [
    "char_emb",
    "char_embedding",
    "emb",
    "embed",
    "embed_tokens",
    "embedding",
    "embedding_table",
    "embeddings",
    "input_embedding",
    "input_embeddings",
    "tok_emb",
    "tok_embed",
    "tok_embedding",
    "tok_embeddings",
    "token_emb",
    "token_embed",
    "token_embedding",
    "token_embedding_table",
    "token_embeddings",
    "token_embeds",
    "tokens_embed",
    "vocab_embed",
    "word_emb",
    "word_embedding",
    "word_embeddings",
    "wte",
    "token_emb_table",
];

const POSITIONS: [&str; 25] = [
    "embed_positions",
    "embedding_pos",
    "learned_pos_emb",
    "pos",
    "pos_emb",
    "pos_embd",
    "pos_embed",
    "pos_embedding",
    "pos_embedding_table",
    "pos_embeddings",
    "pos_enc",
    "pos_encoding",
    "pos_table",
    "position_emb",
    "position_embed",
    "position_embedding",
    "position_embedding_table",
    "position_embeddings",
    "position_encoding",
    "positional_embedding",
    "positional_embeddings",
    "positional_encoding",
    "positions",
    "positions_embed",
    "wpe",
];

const HEADS: [&str; 25] = [
    "fc_out",
    "final",
    "final_layer",
    "final_linear",
    "final_proj",
    "head",
    "language_head",
    "language_model_head",
    "language_modeling_head",
    "linear_out",
    "lm_head",
    "lm_head_proj",
    "logits",
    "logits_layer",
    "out",
    "out_head",
    "out_proj",
    "output",
    "output_head",
    "output_layer",
    "output_linear",
    "output_proj",
    "output_projection",
    "proj_out",
    "to_logits",
];

/// Heads of other tasks, which take nothing from the language model beside them.
const OTHER_HEADS: [&str; 10] = [
    "classification_head",
    "classifier",
    "mc_head",
    "multiple_choice_head",
    "qa_outputs",
    "reward_head",
    "score",
    "sequence_classifier",
    "v_head",
    "value_head",
];

/// What a tensor of this name is.
pub fn role(parts: &[String]) -> Option<Role> {
    if parts
        .first()
        .is_some_and(|first| OTHER_HEADS.contains(&first.as_str()))
    {
        return Some(Role::OtherHead);
    }
    let (path, parameter) = match parameter(parts) {
        Some(found) => found,
        // a parameter of the model itself
        None => (parts.to_vec(), Parameter::Weight),
    };
    let bare = path.len() == parts.len();
    // TransformerLens puts the name into the last part
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let name = match path.as_slice() {
        ["embed", "e"] => return Some(Role::Direct(Id::Embedding)),
        ["pos_embed", "pos"] => return Some(Role::Direct(Id::PositionEmbedding)),
        ["unembed", "u"] => {
            return Some(match parameter {
                Parameter::Weight => Role::UnEmbedding,
                Parameter::Bias => Role::Direct(Id::HeadBias),
            });
        }
        ["embedding" | "embeddings" | "embed" | "emb", inner] => match *inner {
            "token" | "tokens" | "tok" | "word" => "wte",
            "position" | "positions" | "pos" | "positional" => "wpe",
            inner => inner,
        },
        [name] => name,
        _ => return None,
    };
    let name = name.to_lowercase();
    let weight = parameter == Parameter::Weight;
    let is = |list: &[&str]| list.contains(&name.as_str());
    if weight && is(&POSITIONS) && (!bare || name.contains("pos")) {
        return Some(Role::Direct(Id::PositionEmbedding));
    }
    if bare {
        // a table of tokens is a layer, not a bare parameter, unless its name is the whole of it
        return None;
    }
    if weight && is(&EMBEDDINGS) {
        return Some(Role::Direct(Id::Embedding));
    }
    if is(&HEADS) {
        return Some(Role::Direct(match weight {
            true => Id::HeadWeight,
            false => Id::HeadBias,
        }));
    }
    let of_embedding = ["emb", "pre", "in_", "input"]
        .iter()
        .any(|word| name.contains(word));
    if is_norm(&name) && !of_embedding && !name.contains(|c: char| c.is_ascii_digit()) {
        return Some(Role::Direct(match weight {
            true => Id::FinalGamma,
            false => Id::FinalBeta,
        }));
    }
    None
}
