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

    /// The same matrix of another block; what belongs to no block is the same.
    pub fn in_block(self, block: usize) -> Self {
        let source = match self.source {
            Source::Weight(WeightId::Block(_, weight)) => {
                Source::Weight(WeightId::Block(block, weight))
            }
            Source::Value(TensorId::Block(_, tensor)) => {
                Source::Value(TensorId::Block(block, tensor))
            }
            Source::Lens(_, id) => Source::Lens(block, id),
            Source::Likeliest(_) => Source::Likeliest(block),
            other => other,
        };
        Self { source, ..self }
    }

    /// The quantity, which decides the colour scale.
    pub fn quantity(self) -> Quantity {
        use BlockTensor as B;
        match self.source {
            Source::Lens(_, id) => Self::from(id).quantity(),
            Source::Likeliest(_) => Quantity::Probability,
            Source::Weight(
                WeightId::FinalGamma
                | WeightId::Block(_, BlockWeight::Norm1Gamma | BlockWeight::Norm2Gamma),
            ) => Quantity::Gain,
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
                B::Norm1Mean | B::Norm2Mean => Quantity::Mean,
                B::Norm1Variance | B::Norm2Variance => Quantity::Variance,
                _ => Quantity::Activation,
            },
            Source::Value(TensorId::FinalNormMean) => Quantity::Mean,
            Source::Value(TensorId::FinalNormVariance) => Quantity::Variance,
            Source::Value(TensorId::Logits)
            | Source::Sampling(SamplingTensor::Tempered | SamplingTensor::Kept) => Quantity::Logit,
            Source::Value(TensorId::Probabilities)
            | Source::Sampling(SamplingTensor::Probabilities | SamplingTensor::Cumulative) => {
                Quantity::Probability
            }
            Source::Value(_) => Quantity::Activation,
        }
    }

    /// Its name, as `docs/notation.md` has it: `W_{Q}`, `Q^{(2)}` for a head's part, `^{T}` where rows and columns
    /// are exchanged.
    pub fn name(self) -> RichText {
        let mut markup = match self.source {
            Source::Weight(id) => weight_name(id).to_owned(),
            Source::Likeliest(_) => "prob_{top}".to_owned(),
            Source::Value(id) | Source::Lens(_, id) => value_name(id).to_owned(),
            Source::Sampling(tensor) => match tensor {
                SamplingTensor::Tempered => "z",
                SamplingTensor::Kept => "z_{kept}",
                SamplingTensor::Probabilities => "prob",
                SamplingTensor::Cumulative => "c",
            }
            .to_owned(),
        };
        if let Some(head) = self.head {
            markup.push_str(&format!("^{{({})}}", head + 1));
        }
        if self.transposed {
            markup.push_str("^{T}");
        }
        RichText::parse(&markup)
    }
}

fn weight_name(id: WeightId) -> &'static str {
    use BlockWeight as W;
    match id {
        WeightId::Embedding => "E",
        WeightId::PositionEmbedding => "P",
        WeightId::Block(_, weight) => match weight {
            W::QueryWeight => "W_{Q}",
            W::QueryBias => "b_{Q}",
            W::KeyWeight => "W_{K}",
            W::KeyBias => "b_{K}",
            W::ValueWeight => "W_{V}",
            W::ValueBias => "b_{V}",
            W::OutputWeight => "W_{O}",
            W::OutputBias => "b_{O}",
            W::UpWeight => "W_{up}",
            W::UpBias => "b_{up}",
            W::DownWeight => "W_{down}",
            W::DownBias => "b_{down}",
            W::Norm1Gamma => "γ_{attn}",
            W::Norm1Beta => "β_{attn}",
            W::Norm2Gamma => "γ_{ffn}",
            W::Norm2Beta => "β_{ffn}",
        },
        WeightId::FinalGamma => "γ_{f}",
        WeightId::FinalBeta => "β_{f}",
        WeightId::HeadWeight => "W_{U}",
        WeightId::HeadBias => "b_{U}",
    }
}

fn value_name(id: TensorId) -> &'static str {
    use BlockTensor as B;
    match id {
        TensorId::TokenEmbedding => "e",
        TensorId::PositionEmbedding => "p",
        TensorId::Embedded | TensorId::Block(_, B::Input) => "X",
        TensorId::Block(_, tensor) => match tensor {
            B::Input => "X",
            B::Norm1Mean | B::Norm2Mean => "μ",
            B::Norm1Variance | B::Norm2Variance => "σ^{2}",
            B::Norm1 => "norm_{attn}",
            B::Q => "Q",
            B::K => "K",
            B::V => "V",
            B::RawScores => "S_{raw}",
            B::Scores => "S",
            B::MaskedScores => "S_{masked}",
            B::Attention => "A",
            B::HeadOutput | B::Concat => "H",
            B::AttentionOutput => "O",
            B::Residual1 => "residual_{attn}",
            B::Norm2 => "norm_{ffn}",
            B::FfnPreActivation => "hidden_{pre}",
            B::FfnHidden => "hidden",
            B::FfnOutput => "F",
            B::Residual2 => "residual_{ffn}",
            B::Output => "Y",
        },
        TensorId::FinalNormMean => "μ",
        TensorId::FinalNormVariance => "σ^{2}",
        TensorId::FinalNorm => "norm_{f}",
        TensorId::Logits => "logits",
        TensorId::Probabilities => "prob",
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
            "K⁽³⁾ᵀ"
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
