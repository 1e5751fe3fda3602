//! Writing a model as Hugging Face writes a GPT-2: `.safetensors`, and a `config.json` beside it.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_json::json;

use super::atomic::write_atomically;
use super::config_file::activation_name;
use super::error::{CheckpointError, FileProblem};
use super::gpt2::tensors_to_write;
use super::metadata::{FORMAT_VERSION, METADATA_KEY, Metadata, TrainingFacts};
use crate::config::GptConfig;
use crate::gpt::Gpt;
use crate::tokenizer::Tokenizer;

/// The files of a tokenizer beside the weights.
pub const TOKENIZER_FILES: [&str; 2] = ["tokenizer.json", "tokenizer_config.json"];

/// Writes the weights (f32, GPT-2's names and layout) and the `config.json` in the same folder; each
/// file appears whole or not at all. The vocabulary, if known, is kept in the file's own metadata,
/// where this program finds it again, and in a `tokenizer.json` (with its `tokenizer_config.json`), where
/// other programs do, unless its tokens are bytes.
///
/// # Errors
/// [`FileProblem::Model`] if the model is not of GPT-2's kind; [`FileProblem::Write`].
pub fn save_safetensors(
    path: &Path,
    gpt: &Gpt,
    tokenizer: Option<&Tokenizer>,
    training: Option<&TrainingFacts>,
) -> Result<(), CheckpointError> {
    let tensors = tensors_to_write(gpt).map_err(|obstacle| {
        FileProblem::Model(format!("a GPT-2 cannot hold this model: {obstacle}")).of(path)
    })?;
    let own = tokenizer.map(|tokenizer| Metadata {
        format_version: FORMAT_VERSION,
        config: gpt.config().clone(),
        tokenizer: tokenizer.clone(),
        training: training.cloned(),
    });
    write_atomically(path, |writer| {
        let bytes: Vec<Vec<u8>> = tensors
            .iter()
            .map(|tensor| tensor.values.iter().flat_map(|x| x.to_le_bytes()).collect())
            .collect();
        let views = tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
            let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes);
            view.map(|view| (tensor.name.as_str(), view))
        });
        let views: Vec<_> = views.collect::<Result<_, _>>().map_err(io::Error::other)?;
        // without this word transformers refuses the file
        let mut metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        if let Some(own) = &own {
            let json = serde_json::to_string(own).map_err(io::Error::other)?;
            metadata.insert(METADATA_KEY.to_owned(), json);
        }
        writer.write_all(&serialize(views, Some(metadata)).map_err(io::Error::other)?)
    })?;
    if let Some(json) = tokenizer.and_then(Tokenizer::to_hugging_face) {
        write_atomically(&path.with_file_name(TOKENIZER_FILES[0]), |writer| {
            serde_json::to_writer(writer, &json).map_err(io::Error::other)
        })?;
        let class = json!({"tokenizer_class": "PreTrainedTokenizerFast"});
        write_atomically(&path.with_file_name(TOKENIZER_FILES[1]), |writer| {
            serde_json::to_writer_pretty(writer, &class).map_err(io::Error::other)
        })?;
    }
    write_atomically(&path.with_file_name("config.json"), |writer| {
        serde_json::to_writer_pretty(writer, &config_file(gpt.config())).map_err(io::Error::other)
    })
}

fn config_file(config: &GptConfig) -> serde_json::Value {
    json!({
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "vocab_size": config.vocab_size,
        "n_positions": config.context_length,
        "n_ctx": config.context_length,
        "n_embd": config.d_model,
        "n_inner": config.d_ff,
        "n_layer": config.n_blocks,
        "n_head": config.n_heads,
        "activation_function": activation_name(config.activation),
        "layer_norm_epsilon": f64::from(config.norm_epsilon),
        "tie_word_embeddings": config.tied_head,
        "scale_attn_weights": config.attention_scaling.by_width,
        "scale_attn_by_inverse_layer_idx": config.attention_scaling.by_block,
        "torch_dtype": "float32",
    })
}
