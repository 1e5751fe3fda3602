//! What the arrays alone do not say: our own entry in the `.npz`.

use serde::{Deserialize, Serialize};

use super::error::unknown_version;
use crate::config::GptConfig;
use crate::tokenizer::Tokenizer;

/// The key of the metadata entry: an array of bytes that holds JSON.
pub const METADATA_KEY: &str = "orrery_metadata";

/// The version of the metadata that this program writes.
pub const FORMAT_VERSION: u32 = 1;

/// How the weights came to be. All that is unknown is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainingFacts {
    /// The name of the text that was learned from.
    pub corpus: Option<String>,
    /// Number of weight updates.
    pub steps: Option<u64>,
    /// Sequences in each update.
    pub batch_size: Option<usize>,
    /// Tokens seen in all, repeated ones counted again.
    pub tokens: Option<u64>,
    /// The last training loss, in nats per token.
    pub training_loss: Option<f32>,
    /// The loss on the part of the text that was held back, in nats per token.
    pub validation_loss: Option<f32>,
    /// The highest learning rate.
    pub learning_rate: Option<f32>,
    /// The seed of the first weights and of the order of the examples.
    pub seed: Option<u64>,
    /// How long it took, in seconds.
    pub seconds: Option<f64>,
}

/// Configuration, vocabulary and training facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// See [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The architecture.
    pub config: GptConfig,
    /// The vocabulary and how text is cut into it.
    pub tokenizer: Tokenizer,
    /// How the weights came to be, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<TrainingFacts>,
}

impl Metadata {
    /// Reads the JSON; an error is a reason in words.
    pub(super) fn parse(json: &[u8]) -> Result<Self, String> {
        // the version first: what a newer program wrote may not read as ours
        #[derive(Deserialize)]
        struct Version {
            format_version: u32,
        }
        let version: Version = serde_json::from_slice(json).map_err(|e| e.to_string())?;
        if version.format_version == 0 || version.format_version > FORMAT_VERSION {
            return Err(unknown_version(version.format_version));
        }
        let metadata: Self = serde_json::from_slice(json).map_err(|e| e.to_string())?;
        let (tokens, rows) = (metadata.tokenizer.vocab_size(), metadata.config.vocab_size);
        if tokens != rows {
            return Err(format!(
                "it lists {tokens} tokens for a vocab_size of {rows}"
            ));
        }
        Ok(metadata)
    }
}
