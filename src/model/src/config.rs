//! What a decoder-only transformer is built of: sizes and variants.

use serde::{Deserialize, Serialize};

/// Where the layer norms of a block stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormPlacement {
    /// `x + f(norm(x))`, as in GPT-2 and nanoGPT.
    Pre,
    /// `norm(x + f(x))`, as in the first transformer.
    Post,
}

/// The non-linearity between the two feed-forward projections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `max(0, x)`
    Relu,
    /// `x·Φ(x)` with the error function: `x/2·(1 + erf(x/√2))`
    GeluErf,
    /// The tanh approximation: `x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))`
    GeluTanh,
}

impl Activation {
    /// Its usual name.
    pub fn words(self) -> &'static str {
        match self {
            Self::Relu => "ReLU",
            Self::GeluErf => "GELU with the error function",
            Self::GeluTanh => "GELU in its tanh form",
        }
    }
}

/// The two forms of GELU that are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gelu {
    /// With the error function: [`Activation::GeluErf`]
    Erf,
    /// The approximation: [`Activation::GeluTanh`]
    Tanh,
}

impl Gelu {
    /// This form instead of the one a model is said to have; `None` if its activation is no GELU.
    pub fn over(self, activation: Activation) -> Option<Activation> {
        match (activation, self) {
            (Activation::Relu, _) => None,
            (_, Self::Erf) => Some(Activation::GeluErf),
            (_, Self::Tanh) => Some(Activation::GeluTanh),
        }
    }
}

/// What a head's scores q·k are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttentionScaling {
    /// By √d_head, as in nearly all models
    pub by_width: bool,
    /// By the block's number, counted from 1 (Hugging Face's `scale_attn_by_inverse_layer_idx`)
    pub by_block: bool,
}

impl Default for AttentionScaling {
    /// By √d_head.
    fn default() -> Self {
        Self {
            by_width: true,
            by_block: false,
        }
    }
}

impl AttentionScaling {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// Which projections and norms add a bias vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Biases {
    /// b_Q `[d_model]`
    pub query: bool,
    /// b_K `[d_model]`
    pub key: bool,
    /// b_V `[d_model]`
    pub value: bool,
    /// b_O `[d_model]`, after the concatenated heads' projection
    pub attention_output: bool,
    /// b1 `[d_ff]`
    pub feed_forward_up: bool,
    /// b2 `[d_model]`
    pub feed_forward_down: bool,
    /// β of every layer norm `[d_model]`; γ is always there
    pub layer_norm: bool,
    /// b_U `[vocab_size]`, added to the logits
    pub head: bool,
}

impl Biases {
    /// Every projection and every norm has its bias, as in GPT-2 (whose head has none).
    pub const GPT2: Self = Self {
        query: true,
        key: true,
        value: true,
        attention_output: true,
        feed_forward_up: true,
        feed_forward_down: true,
        layer_norm: true,
        head: false,
    };

    /// No bias anywhere, as in nanoGPT with `bias=False`.
    pub const NONE: Self = Self {
        query: false,
        key: false,
        value: false,
        attention_output: false,
        feed_forward_up: false,
        feed_forward_down: false,
        layer_norm: false,
        head: false,
    };

    /// The character model: biases in the feed-forward and the norms, none in the attention.
    pub const CHARLM: Self = Self {
        feed_forward_up: true,
        feed_forward_down: true,
        layer_norm: true,
        ..Self::NONE
    };
}

/// The architecture of a GPT. The default is the shipped character model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GptConfig {
    /// Number of tokens in the vocabulary (rows of the embedding table).
    pub vocab_size: usize,
    /// The most tokens one pass can see (rows of the position table).
    pub context_length: usize,
    /// Width of the residual stream.
    pub d_model: usize,
    /// Attention heads in each block; divides `d_model`.
    pub n_heads: usize,
    /// Number of transformer blocks.
    pub n_blocks: usize,
    /// Width of the feed-forward's hidden layer.
    pub d_ff: usize,
    /// Where the layer norms stand.
    pub norm_placement: NormPlacement,
    /// The feed-forward's non-linearity.
    pub activation: Activation,
    /// Which biases exist.
    pub biases: Biases,
    /// Whether a last layer norm stands before the un-embedding.
    pub final_norm: bool,
    /// Whether the un-embedding is the transposed embedding table.
    pub tied_head: bool,
    /// Added to the variance in every layer norm.
    pub norm_epsilon: f32,
    /// What attention scores are divided by.
    #[serde(default, skip_serializing_if = "AttentionScaling::is_usual")]
    pub attention_scaling: AttentionScaling,
}

impl Default for GptConfig {
    fn default() -> Self {
        Self {
            vocab_size: 32,
            context_length: 16,
            d_model: 16,
            n_heads: 4,
            n_blocks: 4,
            d_ff: 128,
            norm_placement: NormPlacement::Post,
            activation: Activation::Relu,
            biases: Biases::CHARLM,
            final_norm: false,
            tied_head: true,
            norm_epsilon: 1e-5,
            attention_scaling: AttentionScaling::default(),
        }
    }
}

/// A configuration that no GPT can have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// A size is zero.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
    /// The heads do not divide the width evenly.
    #[error("d_model {d_model} cannot be split evenly into {n_heads} heads")]
    UnevenHeads {
        /// Width of the residual stream.
        d_model: usize,
        /// Number of heads asked for.
        n_heads: usize,
    },
    /// A size beyond what this program can hold.
    #[error("{name} is {value}; the most that is supported is {most}")]
    TooLarge {
        /// The field's name.
        name: &'static str,
        /// What was asked for.
        value: usize,
        /// The limit.
        most: usize,
    },
    /// Epsilon is not a small positive number.
    #[error("norm_epsilon must be a positive number, not {0}")]
    Epsilon(f32),
}

impl GptConfig {
    /// Width of one head: `d_model / n_heads`.
    pub fn d_head(&self) -> usize {
        self.d_model / self.n_heads
    }

    /// What the scores of a block (counted from 0) are divided by.
    pub fn score_divisor(&self, block: usize) -> f32 {
        let AttentionScaling { by_width, by_block } = self.attention_scaling;
        let width = if by_width {
            (self.d_head() as f32).sqrt()
        } else {
            1.0
        };
        if by_block {
            width * (block + 1) as f32
        } else {
            width
        }
    }

    /// Checks that the sizes fit each other and are within what memory can hold.
    ///
    /// # Errors
    /// A zero size, heads that do not divide `d_model`, a size beyond 2²⁴ (blocks: 2¹², weights in
    /// all: 2³⁸), or a bad epsilon.
    pub fn validate(&self) -> Result<(), ConfigError> {
        const MOST: usize = 1 << 24;
        // so many that no machine could hold the weights; the product of the sizes stays far from
        // where `usize` ends
        const MOST_BLOCKS: usize = 1 << 12;
        const MOST_WEIGHTS: usize = 1 << 38;
        for (name, value, most) in [
            ("vocab_size", self.vocab_size, MOST),
            ("context_length", self.context_length, MOST),
            ("d_model", self.d_model, MOST),
            ("n_heads", self.n_heads, MOST),
            ("n_blocks", self.n_blocks, MOST_BLOCKS),
            ("d_ff", self.d_ff, MOST),
        ] {
            if value == 0 {
                return Err(ConfigError::Zero(name));
            }
            if value > most {
                return Err(ConfigError::TooLarge { name, value, most });
            }
        }
        let rows = 2 * self.vocab_size + self.context_length;
        let block = (4 * self.d_model + 2 * self.d_ff) as u128 * self.n_blocks as u128;
        let weights = (rows as u128 + block) * self.d_model as u128;
        if weights > MOST_WEIGHTS as u128 {
            return Err(ConfigError::TooLarge {
                name: "the number of weights",
                value: usize::try_from(weights).unwrap_or(usize::MAX),
                most: MOST_WEIGHTS,
            });
        }
        if !self.d_model.is_multiple_of(self.n_heads) {
            return Err(ConfigError::UnevenHeads {
                d_model: self.d_model,
                n_heads: self.n_heads,
            });
        }
        if !(self.norm_epsilon > 0.0 && self.norm_epsilon.is_finite()) {
            return Err(ConfigError::Epsilon(self.norm_epsilon));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_character_model() {
        let config = GptConfig::default();
        assert_eq!(config.validate(), Ok(()));
        assert_eq!(config.d_head(), 4);
    }

    #[test]
    fn uneven_heads_are_refused_by_name() {
        let config = GptConfig {
            n_heads: 3,
            ..GptConfig::default()
        };
        let message = config.validate().expect_err("3 does not divide 16");
        assert!(message.to_string().contains("16"), "{message}");
    }
}
