//! The name of every tensor of a GPT: weights as in the `.npz` file, intermediate values as in a trace.

use std::fmt;
use std::str::FromStr;

/// One weight of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BlockWeight {
    /// W_Q `[d_model, d_model]`
    QueryWeight,
    /// b_Q `[d_model]`
    QueryBias,
    /// W_K `[d_model, d_model]`
    KeyWeight,
    /// b_K `[d_model]`
    KeyBias,
    /// W_V `[d_model, d_model]`
    ValueWeight,
    /// b_V `[d_model]`
    ValueBias,
    /// W_O `[d_model, d_model]`
    OutputWeight,
    /// b_O `[d_model]`
    OutputBias,
    /// W1 `[d_model, d_ff]`
    UpWeight,
    /// b1 `[d_ff]`
    UpBias,
    /// W2 `[d_ff, d_model]`
    DownWeight,
    /// b2 `[d_model]`
    DownBias,
    /// γ1 `[d_model]`, of the norm at the attention
    Norm1Gamma,
    /// β1 `[d_model]`
    Norm1Beta,
    /// γ2 `[d_model]`, of the norm at the feed-forward
    Norm2Gamma,
    /// β2 `[d_model]`
    Norm2Beta,
}

impl BlockWeight {
    /// Every weight a block can have, in file order.
    pub const ALL: [Self; 16] = [
        Self::QueryWeight,
        Self::QueryBias,
        Self::KeyWeight,
        Self::KeyBias,
        Self::ValueWeight,
        Self::ValueBias,
        Self::OutputWeight,
        Self::OutputBias,
        Self::UpWeight,
        Self::UpBias,
        Self::DownWeight,
        Self::DownBias,
        Self::Norm1Gamma,
        Self::Norm1Beta,
        Self::Norm2Gamma,
        Self::Norm2Beta,
    ];

    /// The part of the file's key after `block{i}_`.
    pub fn key(self) -> &'static str {
        match self {
            Self::QueryWeight => "W_Q",
            Self::QueryBias => "b_Q",
            Self::KeyWeight => "W_K",
            Self::KeyBias => "b_K",
            Self::ValueWeight => "W_V",
            Self::ValueBias => "b_V",
            Self::OutputWeight => "W_O",
            Self::OutputBias => "b_O",
            Self::UpWeight => "W1",
            Self::UpBias => "b1",
            Self::DownWeight => "W2",
            Self::DownBias => "b2",
            Self::Norm1Gamma => "gamma1",
            Self::Norm1Beta => "beta1",
            Self::Norm2Gamma => "gamma2",
            Self::Norm2Beta => "beta2",
        }
    }
}

/// The name of a weight; its `Display` is its key in the `.npz` file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WeightId {
    /// Token embedding table `[vocab_size, d_model]`
    Embedding,
    /// Learned positions `[context_length, d_model]`
    PositionEmbedding,
    /// A weight of block `.0`, counted from 0
    Block(usize, BlockWeight),
    /// γ of the final norm `[d_model]`
    FinalGamma,
    /// β of the final norm `[d_model]`
    FinalBeta,
    /// An un-embedding of its own `[vocab_size, d_model]`; absent where it is tied to the embedding
    HeadWeight,
    /// b_U `[vocab_size]`
    HeadBias,
}

impl fmt::Display for WeightId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedding => f.write_str("embedding"),
            Self::PositionEmbedding => f.write_str("pos_encoding"),
            Self::Block(block, weight) => write!(f, "block{block}_{}", weight.key()),
            Self::FinalGamma => f.write_str("final_gamma"),
            Self::FinalBeta => f.write_str("final_beta"),
            Self::HeadWeight => f.write_str("head"),
            Self::HeadBias => f.write_str("head_bias"),
        }
    }
}

/// One intermediate value of one block. Scores and attention are `[n_heads, tokens, tokens]`,
/// head outputs `[n_heads, tokens, d_head]`, all else `[tokens, …]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BlockTensor {
    /// What enters the block `[tokens, d_model]`
    Input,
    /// Mean of each row before norm 1 `[tokens]`
    Norm1Mean,
    /// Variance of each row before norm 1 `[tokens]`
    Norm1Variance,
    /// Norm 1: of the input (pre-norm) or of residual 1 (post-norm) `[tokens, d_model]`
    Norm1,
    /// Q `[tokens, d_model]`; head h owns columns `h·d_head..`
    Q,
    /// K `[tokens, d_model]`
    K,
    /// V `[tokens, d_model]`
    V,
    /// Q·Kᵀ
    RawScores,
    /// Q·Kᵀ/√d_head, not yet masked
    Scores,
    /// The scores with −∞ where a token would look ahead
    MaskedScores,
    /// softmax of the masked scores
    Attention,
    /// attention·V of each head
    HeadOutput,
    /// The heads side by side `[tokens, d_model]`
    Concat,
    /// Concat·W_O (+ b_O) `[tokens, d_model]`
    AttentionOutput,
    /// Input + attention output `[tokens, d_model]`
    Residual1,
    /// Mean of each row before norm 2 `[tokens]`
    Norm2Mean,
    /// Variance of each row before norm 2 `[tokens]`
    Norm2Variance,
    /// Norm 2: of residual 1 (pre-norm) or of residual 2 (post-norm) `[tokens, d_model]`
    Norm2,
    /// x·W1 + b1 `[tokens, d_ff]`
    FfnPreActivation,
    /// After the activation `[tokens, d_ff]`
    FfnHidden,
    /// hidden·W2 + b2 `[tokens, d_model]`
    FfnOutput,
    /// The second residual sum `[tokens, d_model]`
    Residual2,
    /// What leaves the block `[tokens, d_model]`
    Output,
}

impl BlockTensor {
    /// All of a block's values, in the order of the names above.
    pub const ALL: [Self; 23] = [
        Self::Input,
        Self::Norm1Mean,
        Self::Norm1Variance,
        Self::Norm1,
        Self::Q,
        Self::K,
        Self::V,
        Self::RawScores,
        Self::Scores,
        Self::MaskedScores,
        Self::Attention,
        Self::HeadOutput,
        Self::Concat,
        Self::AttentionOutput,
        Self::Residual1,
        Self::Norm2Mean,
        Self::Norm2Variance,
        Self::Norm2,
        Self::FfnPreActivation,
        Self::FfnHidden,
        Self::FfnOutput,
        Self::Residual2,
        Self::Output,
    ];

    /// The part of the trace's key after `block{i}.`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Norm1Mean => "norm1_mean",
            Self::Norm1Variance => "norm1_variance",
            Self::Norm1 => "norm1",
            Self::Q => "q",
            Self::K => "k",
            Self::V => "v",
            Self::RawScores => "raw_scores",
            Self::Scores => "scores",
            Self::MaskedScores => "masked_scores",
            Self::Attention => "attention",
            Self::HeadOutput => "head_output",
            Self::Concat => "concat",
            Self::AttentionOutput => "attention_output",
            Self::Residual1 => "residual1",
            Self::Norm2Mean => "norm2_mean",
            Self::Norm2Variance => "norm2_variance",
            Self::Norm2 => "norm2",
            Self::FfnPreActivation => "ffn_pre_activation",
            Self::FfnHidden => "ffn_hidden",
            Self::FfnOutput => "ffn_output",
            Self::Residual2 => "residual2",
            Self::Output => "output",
        }
    }
}

/// The name of an intermediate value; its `Display` is its key in a trace file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TensorId {
    /// Rows of the embedding table `[tokens, d_model]`
    TokenEmbedding,
    /// Rows of the position table `[tokens, d_model]`
    PositionEmbedding,
    /// Their sum `[tokens, d_model]`
    Embedded,
    /// A value of block `.0`, counted from 0
    Block(usize, BlockTensor),
    /// Mean of each row before the final norm `[tokens]`
    FinalNormMean,
    /// Variance of each row before the final norm `[tokens]`
    FinalNormVariance,
    /// The final norm `[tokens, d_model]`
    FinalNorm,
    /// `[tokens, vocab_size]`
    Logits,
    /// softmax of the logits at temperature 1 `[tokens, vocab_size]`
    Probabilities,
}

impl fmt::Display for TensorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TokenEmbedding => f.write_str("token_embedding"),
            Self::PositionEmbedding => f.write_str("position_embedding"),
            Self::Embedded => f.write_str("embedded"),
            Self::Block(block, tensor) => write!(f, "block{block}.{}", tensor.key()),
            Self::FinalNormMean => f.write_str("final_norm_mean"),
            Self::FinalNormVariance => f.write_str("final_norm_variance"),
            Self::FinalNorm => f.write_str("final_norm"),
            Self::Logits => f.write_str("logits"),
            Self::Probabilities => f.write_str("probabilities"),
        }
    }
}

/// A key that names no tensor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' names no tensor of a GPT")]
pub struct UnknownTensor(pub String);

/// Splits `block{i}{separator}{rest}`.
fn block_key(key: &str, separator: char) -> Option<(usize, &str)> {
    let (number, rest) = key.strip_prefix("block")?.split_once(separator)?;
    // "01" and "+1" are not how we write a number
    let block: usize = number.parse().ok()?;
    (block.to_string() == number).then_some((block, rest))
}

impl FromStr for WeightId {
    type Err = UnknownTensor;

    fn from_str(key: &str) -> Result<Self, UnknownTensor> {
        Ok(match key {
            "embedding" => Self::Embedding,
            "pos_encoding" => Self::PositionEmbedding,
            "final_gamma" => Self::FinalGamma,
            "final_beta" => Self::FinalBeta,
            "head" => Self::HeadWeight,
            "head_bias" => Self::HeadBias,
            _ => {
                let found = block_key(key, '_').and_then(|(block, rest)| {
                    let weight = BlockWeight::ALL.into_iter().find(|w| w.key() == rest)?;
                    Some(Self::Block(block, weight))
                });
                return found.ok_or_else(|| UnknownTensor(key.to_owned()));
            }
        })
    }
}

impl FromStr for TensorId {
    type Err = UnknownTensor;

    fn from_str(key: &str) -> Result<Self, UnknownTensor> {
        Ok(match key {
            "token_embedding" => Self::TokenEmbedding,
            "position_embedding" => Self::PositionEmbedding,
            "embedded" => Self::Embedded,
            "final_norm_mean" => Self::FinalNormMean,
            "final_norm_variance" => Self::FinalNormVariance,
            "final_norm" => Self::FinalNorm,
            "logits" => Self::Logits,
            "probabilities" => Self::Probabilities,
            _ => {
                let found = block_key(key, '.').and_then(|(block, rest)| {
                    let tensor = BlockTensor::ALL.into_iter().find(|t| t.key() == rest)?;
                    Some(Self::Block(block, tensor))
                });
                return found.ok_or_else(|| UnknownTensor(key.to_owned()));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_reads_back_as_itself() {
        for weight in BlockWeight::ALL {
            let id = WeightId::Block(3, weight);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for tensor in BlockTensor::ALL {
            let id = TensorId::Block(11, tensor);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        assert!("block01_W_Q".parse::<WeightId>().is_err());
        assert!("block0_W_X".parse::<WeightId>().is_err());
    }
}
