//! `.safetensors` with its `config.json`, as Hugging Face writes a GPT-2.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::Metadata as Description;
use serde::Deserialize;

use super::error::{ArrayProblem, CheckpointError};
use super::gpt2::Facts;
use super::metadata::{METADATA_KEY, Metadata};
use super::nanogpt::named_activation;
use super::pickle::NumberType;
use super::source::{Sink, SourceTensor, TensorSource, read_in_rows};

/// The longest description that is read; GPT-2's largest has 80 kB. Its many small parts take up to
/// seventeen times its length in memory.
const LONGEST_HEADER: u64 = 1 << 21;

/// An open file whose description has been read.
pub(super) struct SafetensorsFile<R> {
    reader: R,
    path: PathBuf,
    file_len: u64,
    tensors: Vec<SourceTensor>,
    /// Where each tensor's bytes begin in the file
    starts: Vec<u64>,
    /// What this program wrote into it
    pub metadata: Option<Metadata>,
}

/// Whether a file begins like a `.safetensors`: a length, and then a JSON object.
pub(super) fn is_safetensors(beginning: &[u8]) -> bool {
    beginning.get(8) == Some(&b'{') && beginning.get(6..8) == Some(&[0, 0])
}

impl<R: Read + Seek> SafetensorsFile<R> {
    /// Opens it and reads its description.
    pub fn open(mut reader: R, path: &Path) -> Result<Self, CheckpointError> {
        let wrong = |reason: String| CheckpointError::NotSafetensors {
            path: path.to_owned(),
            reason,
        };
        let words = |error: std::io::Error| wrong(error.to_string());
        let file_len = reader.seek(SeekFrom::End(0)).map_err(words)?;
        reader.rewind().map_err(words)?;
        let mut length = [0; 8];
        reader.read_exact(&mut length).map_err(words)?;
        let header_len = u64::from_le_bytes(length);
        if header_len > LONGEST_HEADER.min(file_len) {
            return Err(wrong("its description is longer than it can be".to_owned()));
        }
        let mut header = Vec::new();
        (&mut reader)
            .take(header_len)
            .read_to_end(&mut header)
            .map_err(words)?;
        let description: Description =
            serde_json::from_slice(&header).map_err(|error| wrong(error.to_string()))?;
        let data = 8 + header_len;
        // the description has been checked to have no gaps and no overlaps
        if data + description.data_len() as u64 != file_len {
            return Err(wrong(format!(
                "it has {} bytes, but describes {}",
                file_len,
                data + description.data_len() as u64
            )));
        }
        let mut found: Vec<(u64, SourceTensor)> = Vec::new();
        for (name, info) in description.tensors() {
            let number = number_type(info.dtype).ok_or_else(|| {
                let kind = format!("{:?}", info.dtype);
                array_error(path, &name, ArrayProblem::UnsupportedType(kind))
            })?;
            let tensor = SourceTensor {
                name,
                shape: info.shape.clone(),
                number,
            };
            found.push((data + info.data_offsets.0 as u64, tensor));
        }
        found.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
        let own = description.metadata().as_ref();
        let own = own.and_then(|all| all.get(METADATA_KEY));
        let metadata = own.map(|json| {
            Metadata::parse(json.as_bytes()).map_err(|reason| CheckpointError::Metadata {
                path: path.to_owned(),
                reason,
            })
        });
        let (starts, tensors) = found.into_iter().unzip();
        Ok(Self {
            reader,
            path: path.to_owned(),
            file_len,
            tensors,
            starts,
            metadata: metadata.transpose()?,
        })
    }

    /// What the `config.json` beside the file says of the architecture.
    ///
    /// # Errors
    /// No such file, or one of a model that is not computed as a GPT-2 is.
    pub fn facts(&self) -> Result<Facts, CheckpointError> {
        let path = self.path.with_file_name("config.json");
        let text = fs::read_to_string(&path).map_err(|error| {
            self.contradiction(format!(
                "the config.json that must stand beside it cannot be read: {error}"
            ))
        })?;
        facts(&text).map_err(|reason| CheckpointError::Model { path, reason })
    }
}

/// The part of a `config.json` that changes what is computed.
#[derive(Deserialize)]
struct ConfigFile {
    model_type: Option<String>,
    n_layer: Option<usize>,
    n_head: Option<usize>,
    n_embd: Option<usize>,
    #[serde(alias = "n_ctx")]
    n_positions: Option<usize>,
    vocab_size: Option<usize>,
    activation_function: Option<String>,
    layer_norm_epsilon: Option<f32>,
    tie_word_embeddings: Option<bool>,
    scale_attn_weights: Option<bool>,
    scale_attn_by_inverse_layer_idx: Option<bool>,
}

fn facts(text: &str) -> Result<Facts, String> {
    // Hugging Face writes both names of the context's length
    let mut value: serde_json::Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    if let Some(object) = value.as_object_mut()
        && object.contains_key("n_positions")
    {
        object.remove("n_ctx");
    }
    let config: ConfigFile = serde_json::from_value(value).map_err(|e| e.to_string())?;
    if let Some(kind) = config.model_type.as_deref().filter(|kind| *kind != "gpt2") {
        return Err(format!("its model_type is '{kind}'; only 'gpt2' is read"));
    }
    if config.scale_attn_weights == Some(false)
        || config.scale_attn_by_inverse_layer_idx == Some(true)
    {
        return Err("its attention is scaled in another way than a GPT-2's".to_owned());
    }
    // what a GPT-2 has where nothing is said
    let name = config.activation_function.as_deref().unwrap_or("gelu_new");
    let activation = named_activation(name)
        .ok_or_else(|| format!("its activation_function '{name}' is not known"))?;
    Ok(Facts {
        n_blocks: config.n_layer,
        n_heads: config.n_head,
        d_model: config.n_embd,
        context_length: config.n_positions,
        vocab_size: config.vocab_size,
        activation: Some(activation),
        norm_epsilon: config.layer_norm_epsilon,
        tied_head: config.tie_word_embeddings.unwrap_or(true),
    })
}

impl<R: Read + Seek> TensorSource for SafetensorsFile<R> {
    fn tensors(&self) -> &[SourceTensor] {
        &self.tensors
    }

    fn read(&mut self, index: usize, sink: &mut Sink<'_>) -> Result<(), CheckpointError> {
        let tensor = &self.tensors[index];
        let damaged = |error: std::io::Error| ArrayProblem::Damaged(error.to_string());
        let reader = &mut self.reader;
        let result = reader
            .seek(SeekFrom::Start(self.starts[index]))
            .map_err(damaged)
            .and_then(|_| {
                let fill = |bytes: &mut [u8]| reader.read_exact(bytes).map_err(damaged);
                read_in_rows(tensor, fill, sink)
            });
        result.map_err(|problem| array_error(&self.path, &tensor.name, problem))
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn file_len(&self) -> u64 {
        self.file_len
    }
}

fn array_error(path: &Path, name: &str, problem: ArrayProblem) -> CheckpointError {
    CheckpointError::Array {
        path: path.to_owned(),
        key: name.to_owned(),
        problem,
    }
}

fn number_type(kind: Dtype) -> Option<NumberType> {
    Some(match kind {
        Dtype::F64 => NumberType::F64,
        Dtype::F32 => NumberType::F32,
        Dtype::F16 => NumberType::F16,
        Dtype::BF16 => NumberType::BF16,
        Dtype::I64 => NumberType::I64,
        Dtype::I32 => NumberType::I32,
        Dtype::I16 => NumberType::I16,
        Dtype::I8 => NumberType::I8,
        Dtype::U8 => NumberType::U8,
        Dtype::BOOL => NumberType::Bool,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Activation;

    #[test]
    fn a_configuration_of_another_model_is_refused() {
        let gpt2 = facts(r#"{"model_type": "gpt2", "n_head": 12, "n_ctx": 9, "n_positions": 8}"#);
        let gpt2 = gpt2.unwrap();
        assert_eq!((gpt2.n_heads, gpt2.context_length), (Some(12), Some(8)));
        assert_eq!(gpt2.activation, Some(Activation::GeluTanh));
        assert!(gpt2.tied_head);
        for other in [
            r#"{"model_type": "llama"}"#,
            r#"{"activation_function": "swish"}"#,
            r#"{"scale_attn_by_inverse_layer_idx": true}"#,
            "[]",
            "{",
        ] {
            assert!(facts(other).is_err(), "{other}");
        }
    }
}
