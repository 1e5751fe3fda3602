//! What the axes of each matrix count.

use orrery_model::{BlockTensor, BlockWeight, TensorId, WeightId};

use crate::operand::{Operand, Source};

/// What an axis of a matrix counts, as far as it may be too long for the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisKind {
    /// The symbols of the vocabulary.
    Vocabulary,
    /// Columns of the feed-forward's hidden layer.
    Hidden,
    /// Places in the context.
    Positions,
    /// Features of the residual stream, `d_model`.
    Features,
    /// The columns of all heads side by side, `n_heads · d_head`.
    Heads,
    /// The columns of one head, `d_head`.
    Head,
    /// The tokens of the text.
    Tokens,
    /// Anything else: always shown as a whole.
    Other,
}

impl Operand {
    /// What its rows and columns count.
    pub fn axes(self) -> (AxisKind, AxisKind) {
        use AxisKind::{Other, Vocabulary};
        let (rows, columns) = match self.source {
            Source::Weight(id) => weight_axes(id),
            Source::Value(id) => value_axes(id, self.head.is_some()),
            Source::Sampling(_) => (Other, Vocabulary),
            Source::Lens(_, id) => (Other, value_axes(id, false).1),
            Source::Likeliest(_) => (Other, Other),
        };
        let rows = if self.last_row { Other } else { rows };
        if self.transposed {
            (columns, rows)
        } else {
            (rows, columns)
        }
    }
}

fn weight_axes(id: WeightId) -> (AxisKind, AxisKind) {
    use AxisKind::{Features, Heads, Hidden, Other, Positions, Vocabulary};
    use BlockWeight as W;
    match id {
        WeightId::Embedding | WeightId::HeadWeight => (Vocabulary, Features),
        WeightId::PositionEmbedding => (Positions, Features),
        WeightId::HeadBias => (Other, Vocabulary),
        WeightId::FinalGamma | WeightId::FinalBeta => (Other, Features),
        WeightId::Block(_, weight) => match weight {
            W::QueryWeight | W::KeyWeight | W::ValueWeight => (Features, Heads),
            W::QueryBias | W::KeyBias | W::ValueBias => (Other, Heads),
            W::OutputWeight => (Heads, Features),
            W::UpWeight => (Features, Hidden),
            W::UpBias => (Other, Hidden),
            W::DownWeight => (Hidden, Features),
            W::OutputBias
            | W::DownBias
            | W::Norm1Gamma
            | W::Norm1Beta
            | W::Norm2Gamma
            | W::Norm2Beta => (Other, Features),
        },
    }
}

fn value_axes(id: TensorId, of_one_head: bool) -> (AxisKind, AxisKind) {
    use AxisKind::{Features, Head, Heads, Hidden, Other, Tokens, Vocabulary};
    use BlockTensor as T;
    let columns = match id {
        TensorId::TokenEmbedding
        | TensorId::PositionEmbedding
        | TensorId::Embedded
        | TensorId::FinalNorm => Features,
        TensorId::FinalNormMean | TensorId::FinalNormVariance => Other,
        TensorId::Logits | TensorId::Probabilities => Vocabulary,
        TensorId::Block(_, tensor) => match tensor {
            T::Q | T::K | T::V if of_one_head => Head,
            T::Q | T::K | T::V | T::Concat => Heads,
            T::HeadOutput => Head,
            T::RawScores | T::Scores | T::MaskedScores | T::Attention => Tokens,
            T::FfnPreActivation | T::FfnHidden => Hidden,
            T::Norm1Mean | T::Norm1Variance | T::Norm2Mean | T::Norm2Variance => Other,
            T::Input
            | T::Norm1
            | T::AttentionOutput
            | T::Residual1
            | T::Norm2
            | T::FfnOutput
            | T::Residual2
            | T::Output => Features,
        },
    };
    (Tokens, columns)
}
