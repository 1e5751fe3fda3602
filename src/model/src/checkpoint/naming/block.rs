//! Tensors of a block.

use crate::checkpoint::gpt2::Role;
use crate::tensor_id::{BlockWeight as W, WeightId as Id};

/// What of a layer a tensor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    Weight,
    Bias,
}

/// The layer's path, and which of its parameters the tensor is; `None` for a name that ends in neither.
pub fn parameter(parts: &[String]) -> Option<(Vec<String>, Parameter)> {
    let (last, path) = parts.split_last()?;
    let found = match last.as_str() {
        "weight" | "kernel" | "scale" | "gamma" | "g" | "w" => (path.to_vec(), Parameter::Weight),
        "bias" | "shift" | "beta" | "b" => (path.to_vec(), Parameter::Bias),
        last => {
            let joined = |rest: &str| {
                let mut path = path.to_vec();
                path.push(rest.to_lowercase());
                path
            };
            // `W_Q` and `b_Q`, `in_proj_weight` and `in_proj_bias`
            if let Some(rest) = last.strip_prefix("W_") {
                (joined(rest), Parameter::Weight)
            } else if let Some(rest) = last.strip_prefix("b_") {
                (joined(rest), Parameter::Bias)
            } else if let Some(rest) = last.strip_suffix("_weight") {
                (joined(rest), Parameter::Weight)
            } else if let Some(rest) = last.strip_suffix("_bias") {
                (joined(rest), Parameter::Bias)
            } else {
                return None;
            }
        }
    };
    (!found.0.is_empty()).then_some(found)
}

/// Whether a layer of this name is a norm.
pub fn is_norm(name: &str) -> bool {
    let name = name.to_lowercase();
    name.contains("norm") || name == "ln" || name.starts_with("ln_") || name.ends_with("_ln") || {
        let rest = name.strip_prefix("ln");
        rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
    }
}

/// Which of a block's two norms a layer of this name is: 1 or 2.
fn which_norm(name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match digits.as_str() {
        "1" => Some(1),
        "2" => Some(2),
        "" if has(&[
            "post_att", "mlp", "ffn", "ffwd", "_ff", "ff_", "feed", "second",
        ]) =>
        {
            Some(2)
        }
        "" if has(&["att", "input", "first", "_sa", "sa_"]) => Some(1),
        _ => None,
    }
}

/// A layer of the attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Projection {
    Query,
    Key,
    Value,
    Joint,
    Output,
}

fn projection(name: &str) -> Option<Projection> {
    Some(match name.to_lowercase().as_str() {
        "q" | "query" | "queries" | "wq" | "w_q" | "w_query" | "q_proj" | "query_proj" | "to_q"
        | "q_lin" | "q_linear" | "linear_q" | "c_q" | "proj_q" | "to_queries" | "toqueries"
        | "fc_q" | "query_layer" | "wq_proj" | "query_projection" | "q_net" => Projection::Query,
        "k" | "key" | "keys" | "wk" | "w_k" | "w_key" | "k_proj" | "key_proj" | "to_k"
        | "k_lin" | "k_linear" | "linear_k" | "c_k" | "proj_k" | "to_keys" | "tokeys" | "fc_k"
        | "key_layer" | "wk_proj" | "key_projection" | "k_net" => Projection::Key,
        "v" | "value" | "values" | "wv" | "w_v" | "w_value" | "v_proj" | "value_proj" | "to_v"
        | "v_lin" | "v_linear" | "linear_v" | "c_v" | "proj_v" | "to_values" | "tovalues"
        | "fc_v" | "value_layer" | "wv_proj" | "value_projection" | "v_net" => Projection::Value,
        "c_attn" | "qkv" | "qkv_proj" | "in_proj" | "to_qkv" | "wqkv" | "w_qkv" | "c_qkv"
        | "proj_qkv" | "linear_qkv" | "qkv_linear" | "qkv_layer" | "qkv_projection"
        | "attn_qkv" | "fc_qkv" => Projection::Joint,
        "c_proj" | "proj" | "out_proj" | "o" | "wo" | "w_o" | "o_proj" | "out" | "output"
        | "to_out" | "dense" | "projection" | "resid_proj" | "linear_out" | "fc_out"
        | "output_proj" | "proj_out" | "out_projection" | "final_linear" | "unify_heads"
        | "unifyheads" | "output_projection" | "w_out" | "out_linear" | "linear_o" | "c_o"
        | "proj_o" | "fc_o" | "out_lin" | "output_linear" | "fc" | "linear" | "proj_layer"
        | "attn_out" | "attn_proj" => Projection::Output,
        _ => return None,
    })
}

/// Whether a layer of the feed-forward is the first of its two projections.
fn is_up(name: &str) -> Option<bool> {
    Some(match name.to_lowercase().as_str() {
        "c_fc" | "fc" | "fc1" | "fc_1" | "w1" | "w_1" | "linear1" | "linear_1" | "lin1"
        | "lin_1" | "up" | "up_proj" | "in" | "w_in" | "dense_h_to_4h" | "expand" | "fc_in"
        | "proj_in" | "hidden" | "dense1" | "dense_1" | "l1" | "layer1" | "layer_1"
        | "linear_in" | "proj_up" | "c_in" | "wi" => true,
        "c_proj" | "proj" | "fc2" | "fc_2" | "w2" | "w_2" | "linear2" | "linear_2" | "lin2"
        | "lin_2" | "down" | "down_proj" | "out" | "w_out" | "dense_4h_to_h" | "project"
        | "fc_out" | "proj_out" | "contract" | "output" | "dense2" | "dense_2" | "l2"
        | "layer2" | "layer_2" | "linear_out" | "proj_down" | "c_out" | "wo" => false,
        _ => return None,
    })
}

fn is_attention(name: &str) -> bool {
    let name = name.to_lowercase();
    (name.contains("att") && !name.contains("cross"))
        || matches!(
            name.as_str(),
            "sa" | "mha"
                | "csa"
                | "mhsa"
                | "mhca"
                | "multi_head"
                | "multihead"
                | "sa_heads"
                | "sa_head"
        )
}

fn is_feed_forward(name: &str) -> bool {
    let name = name.to_lowercase();
    name.starts_with("mlp")
        || name.starts_with("feed")
        || matches!(
            name.as_str(),
            "ff" | "ffn" | "ffwd" | "ffw" | "ffnn" | "ff_net" | "fwd" | "pwff" | "fc" | "feedfwd"
        )
}

fn is_mask(name: &str) -> bool {
    matches!(
        name,
        "tril"
            | "triu"
            | "mask"
            | "masked_bias"
            | "causal_mask"
            | "attn_mask"
            | "IGNORE"
            | "trimask"
            | "bias_mask"
            | "mask_bias"
            | "causal_bias"
    )
}

/// What a tensor of this name within a block is.
pub fn role(block: usize, parts: &[String]) -> Option<Role> {
    let last = parts.last()?;
    let first = parts.first()?;
    if is_mask(last) {
        return Some(Role::Mask(block));
    }
    let is_number = |part: &&str| part.chars().all(|c| c.is_ascii_digit());
    // nanoGPT's mask is called a bias of the attention itself
    if parts.len() == 2 && is_attention(first) && !is_norm(first) && last == "bias" {
        return Some(Role::Mask(block));
    }
    let (path, parameter) = parameter(parts)?;
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let direct = |weight| Some(Role::Direct(Id::Block(block, weight)));
    let lens = last.starts_with("W_") || last.starts_with("b_");
    match path.as_slice() {
        [norm] if is_norm(norm) => direct(match (which_norm(norm)?, parameter) {
            (1, Parameter::Weight) => W::Norm1Gamma,
            (1, Parameter::Bias) => W::Norm1Beta,
            (_, Parameter::Weight) => W::Norm2Gamma,
            (_, Parameter::Bias) => W::Norm2Beta,
        }),
        [attention, inner @ ..] if is_attention(attention) && !inner.is_empty() => {
            let (head, name) = match inner {
                [list, number, name]
                    if is_number(number) && list.to_lowercase().contains("head") =>
                {
                    (Some(number.parse().ok()?), *name)
                }
                [number, name] if is_number(number) => (Some(number.parse().ok()?), *name),
                ["to_out" | "out" | "proj", number] if is_number(number) => (None, "to_out"),
                [name] => (None, *name),
                _ => return None,
            };
            of_attention(block, head, projection(name)?, parameter, lens)
        }
        [feed, inner @ ..] if is_feed_forward(feed) && !inner.is_empty() => match inner {
            [number] | [_, number] if is_number(number) => {
                let weight = match parameter {
                    Parameter::Weight => W::UpWeight,
                    Parameter::Bias => W::UpBias,
                };
                Some(Role::Feed(block, number.parse().ok()?, weight))
            }
            [name] | [_, name] => of_feed_forward(block, is_up(name)?, parameter),
            _ => None,
        },
        // layers that stand in the block itself, if their name alone tells what they are
        [name] => {
            let lower = name.to_lowercase();
            let numbered = [
                "fc1",
                "fc2",
                "fc_1",
                "fc_2",
                "linear1",
                "linear2",
                "lin1",
                "lin2",
                "c_fc",
                "up_proj",
                "down_proj",
                "w1",
                "w2",
                "linear_1",
                "linear_2",
                "dense_h_to_4h",
                "dense_4h_to_h",
                "mlp_up",
                "mlp_down",
            ];
            if numbered.contains(&lower.as_str()) {
                let name = lower.strip_prefix("mlp_").unwrap_or(&lower);
                return of_feed_forward(block, is_up(name)?, parameter);
            }
            let projection = projection(name)?;
            let clear = projection != Projection::Output
                || matches!(
                    lower.as_str(),
                    "o_proj" | "wo" | "w_o" | "attn_out" | "attn_proj"
                );
            clear.then(|| of_attention(block, None, projection, parameter, lens))?
        }
        _ => None,
    }
}

fn of_attention(
    block: usize,
    head: Option<usize>,
    projection: Projection,
    parameter: Parameter,
    lens: bool,
) -> Option<Role> {
    use Parameter::{Bias, Weight};
    let weight = match (projection, parameter) {
        (Projection::Joint, Weight) if head.is_none() => return Some(Role::Attention(block)),
        (Projection::Joint, Bias) if head.is_none() => return Some(Role::AttentionBias(block)),
        (Projection::Joint, _) => return None,
        (Projection::Query, Weight) => W::QueryWeight,
        (Projection::Query, Bias) => W::QueryBias,
        (Projection::Key, Weight) => W::KeyWeight,
        (Projection::Key, Bias) => W::KeyBias,
        (Projection::Value, Weight) => W::ValueWeight,
        (Projection::Value, Bias) => W::ValueBias,
        (Projection::Output, Weight) => W::OutputWeight,
        (Projection::Output, Bias) => W::OutputBias,
    };
    match (head, parameter) {
        (Some(_), _) if projection == Projection::Output => None,
        (Some(head), _) => Some(Role::OfHead(block, head, weight)),
        (None, Weight) if lens && projection != Projection::Output => {
            Some(Role::Heads(block, weight))
        }
        (None, Weight) => Some(Role::Matrix(block, weight)),
        (None, Bias) => Some(Role::Direct(Id::Block(block, weight))),
    }
}

fn of_feed_forward(block: usize, up: bool, parameter: Parameter) -> Option<Role> {
    Some(match (up, parameter) {
        (true, Parameter::Weight) => Role::Matrix(block, W::UpWeight),
        (false, Parameter::Weight) => Role::Matrix(block, W::DownWeight),
        (true, Parameter::Bias) => Role::Direct(Id::Block(block, W::UpBias)),
        (false, Parameter::Bias) => Role::Direct(Id::Block(block, W::DownBias)),
    })
}
