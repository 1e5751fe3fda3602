//! What a single fact's value means by itself: a size, yes or no, that something is not there or is the usual one;
//! and how it is quoted.

use super::words::normal;
use super::{Fact, Said};

/// How a value is shown in a message.
fn shown(said: &Said) -> String {
    match said {
        Said::Nothing => "None".to_owned(),
        Said::Flag(true) => "true".to_owned(),
        Said::Flag(false) => "false".to_owned(),
        Said::Number(number) => number.to_string(),
        Said::Text(text) => format!("\"{}\"", text.chars().take(80).collect::<String>()),
        Said::Other(what) => what.clone(),
    }
}

/// Where a fact stands and what it says, for a message.
pub(super) fn quoted(fact: &Fact) -> String {
    let place = if fact.place.is_empty() {
        "it says".to_owned()
    } else {
        format!("its {} says", fact.place)
    };
    format!("{place} {} = {}", fact.key, shown(&fact.said))
}

pub(super) fn size(said: &Said) -> Option<usize> {
    match *said {
        Said::Number(number) if number >= 1.0 && number.fract() == 0.0 && number < 1e15 => {
            Some(number as usize)
        }
        _ => None,
    }
}

pub(super) fn flag(said: &Said) -> Option<bool> {
    match said {
        Said::Flag(flag) => Some(*flag),
        Said::Number(number) if *number == 0.0 || *number == 1.0 => Some(*number == 1.0),
        Said::Text(text) => match text.to_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Whether something is said not to be there.
pub(super) fn is_off(said: &Said) -> bool {
    match said {
        Said::Nothing => true,
        Said::Flag(flag) => !flag,
        Said::Number(number) => *number == 0.0,
        Said::Text(text) => matches!(
            text.to_lowercase().as_str(),
            "" | "none" | "off" | "no" | "false" | "null" | "disabled"
        ),
        Said::Other(_) => false,
    }
}

/// Whether a part that every GPT has is said to be the usual one.
pub(super) fn is_usual(said: &Said) -> bool {
    match said {
        Said::Flag(flag) => *flag,
        Said::Number(number) => *number == 1.0,
        Said::Text(text) => matches!(
            normal(text).as_str(),
            "learned"
                | "absolute"
                | "learnable"
                | "learned_absolute"
                | "layernorm"
                | "layer_norm"
                | "ln"
                | "ln_pre"
                | "nn_layer_norm"
                | "standard"
                | "default"
                | "vanilla"
                | "causal"
                | "dense"
                | "full"
                | "mha"
                | "multi_head"
                | "multihead"
                | "softmax"
                | "eager"
                | "sdpa"
                | "flash"
                | "dot_product"
                | "scaled_dot_product"
                | "self"
                | "add"
                | "true"
        ),
        _ => false,
    }
}

/// What is said of a fact that is not understood.
pub(super) fn not_understood(fact: &Fact) -> String {
    format!(
        "{}, which is not understood and may change what is computed; if the model is computed as a GPT-2 \
         all the same, say so with --ignore {}",
        quoted(fact),
        fact.key
    )
}
