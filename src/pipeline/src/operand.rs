//! What a matrix on the stage is: a weight, a value of the trace or a step of the sampling, perhaps
//! only one head's part of it, perhaps transposed.

use orrery_model::{BlockTensor, BlockWeight, GptConfig, NormPlacement, TensorId, WeightId};

use crate::colour::Quantity;
use crate::rich_text::RichText;

/// A step on the way from logits to the drawn token; each is one row `[1, vocab_size]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SamplingTensor {
    /// Logits of the last token divided by the temperature.
    Tempered,
    /// The same with −∞ where top-k, top-p or the vocabulary's special tokens exclude a token.
    Kept,
    /// softmax of what is kept: what the token is drawn from.
    Probabilities,
    /// Running sum of the probabilities: the bar along which the draw falls.
    Cumulative,
}

/// Where a matrix comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A weight; a vector is one row.
    Weight(WeightId),
    /// An intermediate value; a number per token is one column.
    Value(TensorId),
    /// A step of the sampling.
    Sampling(SamplingTensor),
    /// What the model's head makes of the last row that leaves a block: a value of the head, one row.
    Lens(usize, TensorId),
    /// The largest of the probabilities among these, in falling order, one row.
    Likeliest(usize),
}

/// A matrix as an operation sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operand {
    /// The tensor.
    pub source: Source,
    /// Only this head's part: its slice of `[n_heads, …]`, or its columns of Q, K, V and concat.
    pub head: Option<usize>,
    /// Only the last row (the token from which the next is predicted).
    pub last_row: bool,
    /// Rows and columns exchanged.
    pub transposed: bool,
}

impl From<WeightId> for Operand {
    fn from(id: WeightId) -> Self {
        Self::new(Source::Weight(id))
    }
}

impl From<TensorId> for Operand {
    fn from(id: TensorId) -> Self {
        Self::new(Source::Value(id))
    }
}

impl From<SamplingTensor> for Operand {
    fn from(tensor: SamplingTensor) -> Self {
        Self::new(Source::Sampling(tensor))
    }
}

impl Operand {
    fn new(source: Source) -> Self {
        Self {
            source,
            head: None,
            last_row: false,
            transposed: false,
        }
    }

    /// A value of a block.
    pub fn value(block: usize, tensor: BlockTensor) -> Self {
        TensorId::Block(block, tensor).into()
    }

    /// A weight of a block.
    pub fn weight(block: usize, weight: BlockWeight) -> Self {
        WeightId::Block(block, weight).into()
    }

    /// A value that the model's head makes of what leaves a block.
    pub fn lens(block: usize, id: TensorId) -> Self {
        Self::new(Source::Lens(block, id))
    }

    /// The probabilities of the tokens that would be likeliest after a block.
    pub fn likeliest(block: usize) -> Self {
        Self::new(Source::Likeliest(block))
    }

    /// The table that makes logits, turned: `[d_model, vocab_size]`.
    pub fn unembedding(config: &GptConfig) -> Self {
        let table = if config.tied_head {
            WeightId::Embedding
        } else {
            WeightId::HeadWeight
        };
        Self::from(table).transposed()
    }

    /// One head's part.
    pub fn head(self, head: usize) -> Self {
        Self {
            head: Some(head),
            ..self
        }
    }

    /// Rows and columns exchanged.
    pub fn transposed(self) -> Self {
        Self {
            transposed: !self.transposed,
            ..self
        }
    }

    /// Only the last row.
    pub fn last_row(self) -> Self {
        Self {
            last_row: true,
            ..self
        }
    }

    /// The block it belongs to, if any.
    pub fn block(self) -> Option<usize> {
        match self.source {
            Source::Weight(WeightId::Block(block, _))
            | Source::Value(TensorId::Block(block, _))
            | Source::Lens(block, _)
            | Source::Likeliest(block) => Some(block),
            _ => None,
        }
    }

    /// The same numbers under the name where they were made: a block's input is the output of the
    /// block before, a block's output is its last norm or sum. So a matrix that goes from stage to
    /// stage under new names is recognised as one.
    pub fn canonical(self, config: &GptConfig) -> Self {
        let Source::Value(mut id) = self.source else {
            return self;
        };
        loop {
            id = match id {
                TensorId::Block(0, BlockTensor::Input) => TensorId::Embedded,
                TensorId::Block(block, BlockTensor::Input) => {
                    TensorId::Block(block - 1, BlockTensor::Output)
                }
                TensorId::Block(block, BlockTensor::Output) => {
                    let last = match config.norm_placement {
                        NormPlacement::Pre => BlockTensor::Residual2,
                        NormPlacement::Post => BlockTensor::Norm2,
                    };
                    TensorId::Block(block, last)
                }
                made => {
                    return Self {
                        source: Source::Value(made),
                        ..self
                    };
                }
            }
        }
    }

    /// The quantity, which decides the colour scale.
    pub fn quantity(self) -> Quantity {
        use BlockTensor as B;
        match self.source {
            Source::Lens(_, id) => Self::from(id).quantity(),
            Source::Likeliest(_) => Quantity::Probability,
            Source::Weight(_)
            // rows of the tables, the same numbers: they keep their colour
            | Source::Value(TensorId::TokenEmbedding | TensorId::PositionEmbedding) => {
                Quantity::Weight
            }
            Source::Value(TensorId::Block(_, tensor)) => match tensor {
                B::RawScores | B::Scores | B::MaskedScores => Quantity::Score,
                B::Attention => Quantity::Probability,
                B::Q | B::K | B::V | B::HeadOutput | B::Concat => Quantity::HeadVector,
                B::FfnPreActivation | B::FfnHidden => Quantity::Hidden,
                B::Norm1Mean | B::Norm1Variance | B::Norm2Mean | B::Norm2Variance => {
                    Quantity::Statistic
                }
                _ => Quantity::Activation,
            },
            Source::Value(TensorId::FinalNormMean | TensorId::FinalNormVariance) => {
                Quantity::Statistic
            }
            Source::Value(TensorId::Logits)
            | Source::Sampling(SamplingTensor::Tempered | SamplingTensor::Kept) => Quantity::Logit,
            Source::Value(TensorId::Probabilities)
            | Source::Sampling(SamplingTensor::Probabilities | SamplingTensor::Cumulative) => {
                Quantity::Probability
            }
            Source::Value(_) => Quantity::Activation,
        }
    }

    /// Its name as the field writes it.
    pub fn name(self) -> RichText {
        use BlockTensor as B;
        let head = self
            .head
            .map_or(String::new(), |head| format!("_{{{}}}", head + 1));
        let name = match self.source {
            Source::Weight(id) => match id {
                WeightId::Embedding => "E".to_owned(),
                WeightId::PositionEmbedding => "P".to_owned(),
                WeightId::Block(_, weight) => match weight {
                    BlockWeight::QueryWeight => "W_{Q}",
                    BlockWeight::QueryBias => "b_{Q}",
                    BlockWeight::KeyWeight => "W_{K}",
                    BlockWeight::KeyBias => "b_{K}",
                    BlockWeight::ValueWeight => "W_{V}",
                    BlockWeight::ValueBias => "b_{V}",
                    BlockWeight::OutputWeight => "W_{O}",
                    BlockWeight::OutputBias => "b_{O}",
                    BlockWeight::UpWeight => "W_{1}",
                    BlockWeight::UpBias => "b_{1}",
                    BlockWeight::DownWeight => "W_{2}",
                    BlockWeight::DownBias => "b_{2}",
                    BlockWeight::Norm1Gamma => "γ_{1}",
                    BlockWeight::Norm1Beta => "β_{1}",
                    BlockWeight::Norm2Gamma => "γ_{2}",
                    BlockWeight::Norm2Beta => "β_{2}",
                }
                .to_owned(),
                WeightId::FinalGamma => "γ_{f}".to_owned(),
                WeightId::FinalBeta => "β_{f}".to_owned(),
                WeightId::HeadWeight => "W_{U}".to_owned(),
                WeightId::HeadBias => "b_{U}".to_owned(),
            },
            Source::Likeliest(_) => "likeliest".to_owned(),
            Source::Value(id) | Source::Lens(_, id) => match id {
                TensorId::TokenEmbedding => "E[id]".to_owned(),
                TensorId::PositionEmbedding => "P[i]".to_owned(),
                TensorId::Embedded => "X".to_owned(),
                TensorId::Block(_, tensor) => match tensor {
                    B::Input => "X".to_owned(),
                    B::Norm1Mean | B::Norm2Mean => "μ".to_owned(),
                    B::Norm1Variance | B::Norm2Variance => "σ^{2}".to_owned(),
                    B::Norm1 => "norm_{1}".to_owned(),
                    B::Q => format!("Q{head}"),
                    B::K => format!("K{head}"),
                    B::V => format!("V{head}"),
                    B::RawScores => format!("Q{head}·K{head}^{{T}}"),
                    B::Scores => format!("Q{head}·K{head}^{{T}}/√d_{{k}}"),
                    B::MaskedScores => format!("masked{head}"),
                    B::Attention => format!("A{head}"),
                    B::HeadOutput => format!("A{head}·V{head}"),
                    B::Concat => "concat".to_owned(),
                    B::AttentionOutput => "attention out".to_owned(),
                    B::Residual1 => "residual_{1}".to_owned(),
                    B::Norm2 => "norm_{2}".to_owned(),
                    B::FfnPreActivation => "x·W_{1} + b_{1}".to_owned(),
                    B::FfnHidden => "hidden".to_owned(),
                    B::FfnOutput => "FFN out".to_owned(),
                    B::Residual2 => "residual_{2}".to_owned(),
                    B::Output => "block output".to_owned(),
                },
                TensorId::FinalNormMean => "μ".to_owned(),
                TensorId::FinalNormVariance => "σ^{2}".to_owned(),
                TensorId::FinalNorm => "norm_{f}".to_owned(),
                TensorId::Logits => "logits".to_owned(),
                TensorId::Probabilities => "probabilities".to_owned(),
            },
            Source::Sampling(tensor) => match tensor {
                SamplingTensor::Tempered => "logits / T",
                SamplingTensor::Kept => "kept",
                SamplingTensor::Probabilities => "softmax",
                SamplingTensor::Cumulative => "cumulative",
            }
            .to_owned(),
        };
        let transposed = if self.transposed { "^{T}" } else { "" };
        RichText::parse(&format!("{name}{transposed}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_field() {
        let name = |operand: Operand| operand.name().to_string();
        assert_eq!(name(Operand::weight(0, BlockWeight::QueryWeight)), "W_Q");
        assert_eq!(
            name(Operand::value(1, BlockTensor::K).head(2).transposed()),
            "K_3ᵀ"
        );
        assert_eq!(name(Operand::from(WeightId::Embedding).transposed()), "Eᵀ");
    }

    #[test]
    fn a_block_input_is_what_the_block_before_made() {
        let config = GptConfig::default();
        let input = |block| Operand::value(block, BlockTensor::Input).canonical(&config);
        assert_eq!(input(0), TensorId::Embedded.into());
        assert_eq!(input(2), Operand::value(1, BlockTensor::Norm2));
        let pre = GptConfig {
            norm_placement: NormPlacement::Pre,
            ..config
        };
        assert_eq!(
            Operand::value(2, BlockTensor::Input).canonical(&pre),
            Operand::value(1, BlockTensor::Residual2)
        );
    }
}
