//! The `config.json` beside a file of weights, as Hugging Face writes it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde_json::Value;

use super::error::{CheckpointError, FileProblem};
use super::facts::{Fact, Facts, Said, Standing};
use crate::config::{Activation, GptConfig};

/// The file's name.
pub(super) const NAME: &str = "config.json";

/// What the `config.json` beside this file says of the architecture; nothing if there is none.
///
/// # Errors
/// A file that cannot be read, or one of a model that is not computed as a GPT-2 is.
pub(super) fn beside(file: &Path) -> Result<Option<Vec<Fact>>, CheckpointError> {
    let path = file.with_file_name(NAME);
    let text = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(FileProblem::Read(source).of(&path)),
    };
    // some editors begin a file with a byte-order mark
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    match facts(text) {
        Ok(facts) => Ok(Some(facts)),
        Err(reason) => Err(FileProblem::Model(reason).of(&path)),
    }
}

/// The facts in a `config.json`.
fn facts(text: &[u8]) -> Result<Vec<Fact>, String> {
    let value: Value = serde_json::from_slice(text).map_err(|e| e.to_string())?;
    let Value::Object(mut object) = value else {
        return Err("it is no JSON object".to_owned());
    };
    let kind = object.remove("model_type");
    let is_gpt2 = match kind.as_ref().and_then(Value::as_str) {
        Some("gpt2") => true,
        Some(kind) => {
            return Err(format!(
                "its model_type is '{kind}'; only 'gpt2' is read, because others are computed in other ways"
            ));
        }
        None => object.contains_key("n_ctx") || object.contains_key("n_positions"),
    };
    // Hugging Face writes both names of the context's length
    if object.contains_key("n_positions") {
        object.remove("n_ctx");
    }
    // what the tasks of a model are called says nothing of its arithmetic
    object.remove("task_specific_params");
    // what a GPT-2 has where nothing is said
    if is_gpt2 {
        let usual = [
            ("activation_function", Value::from("gelu_new")),
            ("tie_word_embeddings", Value::from(true)),
        ];
        for (key, value) in usual {
            let said = object.entry(key).or_insert(value.clone());
            if said.is_null() {
                *said = value;
            }
        }
    }
    Ok(object
        .into_iter()
        .map(|(key, value)| Fact {
            place: NAME.to_owned(),
            key,
            said: match value {
                Value::Null => Said::Nothing,
                Value::Bool(flag) => Said::Flag(flag),
                Value::Number(number) => Said::Number(number.as_f64().unwrap_or(f64::NAN)),
                Value::String(text) => Said::Text(text),
                Value::Array(items) if items.is_empty() => Said::Nothing,
                Value::Object(items) if items.is_empty() => Said::Nothing,
                Value::Array(_) => Said::Other("a list".to_owned()),
                Value::Object(_) => Said::Other("an object".to_owned()),
            },
            standing: Standing::Model,
        })
        .collect())
}

/// What this program's own description of a model says.
pub(super) fn facts_of(config: &GptConfig) -> Facts {
    Facts {
        n_blocks: Some(config.n_blocks),
        n_heads: Some(config.n_heads),
        n_key_heads: None,
        d_model: Some(config.d_model),
        context_length: Some(config.context_length),
        vocab_size: Some(config.vocab_size),
        activation: Some(config.activation),
        norm_placement: Some(config.norm_placement),
        norm_epsilon: Some(config.norm_epsilon),
        tied_head: Some(config.tied_head),
        scaling: Some(config.attention_scaling),
        score_factor: None,
    }
}

/// The activation's name in a `config.json`.
pub(super) fn activation_name(activation: Activation) -> &'static str {
    match activation {
        Activation::Relu => "relu",
        Activation::GeluErf => "gelu",
        Activation::GeluTanh => "gelu_new",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::facts::read;
    use crate::checkpoint::load::Assumptions;

    fn understood(text: &str) -> Result<Facts, String> {
        read(&facts(text.as_bytes())?, &Assumptions::default())
    }

    #[test]
    fn a_configuration_of_another_model_is_refused() {
        let gpt2 = r#"{"model_type": "gpt2", "n_head": 12, "n_ctx": 9, "n_positions": 8}"#;
        let gpt2 = understood(gpt2).unwrap();
        assert_eq!((gpt2.n_heads, gpt2.context_length), (Some(12), Some(8)));
        assert_eq!(gpt2.activation, Some(Activation::GeluTanh));
        assert_eq!(gpt2.tied_head, Some(true));
        for other in [
            r#"{"model_type": "llama"}"#,
            r#"{"activation_function": "swish"}"#,
            r#"{"activation_function": "tanh"}"#,
            r#"{"model_type": "gpt2", "add_cross_attention": true}"#,
            r#"{"model_type": "gpt2", "layer_norm_epsilon": "small"}"#,
            r#"{"model_type": "gpt2", "rope_theta": 10000}"#,
            "[]",
            "{",
        ] {
            assert!(understood(other).is_err(), "{other}");
        }
    }
}
