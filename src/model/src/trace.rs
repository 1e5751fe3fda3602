//! Every intermediate value of one forward pass, by name.

use std::sync::Arc;

use ndarray::{ArrayView2, ArrayViewD, Axis, IxDyn};

use crate::config::{GptConfig, NormPlacement};
use crate::layout::TensorLayout;
use crate::tensor_id::{BlockTensor, TensorId};

/// Every value that a pass over `tokens` tokens has, with its shape, in the order of computation.
pub fn trace_layout(config: &GptConfig, tokens: usize) -> TensorLayout<TensorId> {
    use BlockTensor as B;
    const NORM1: [B; 3] = [B::Norm1Mean, B::Norm1Variance, B::Norm1];
    const NORM2: [B; 3] = [B::Norm2Mean, B::Norm2Variance, B::Norm2];
    const ATTENTION: [B; 10] = [
        B::Q,
        B::K,
        B::V,
        B::RawScores,
        B::Scores,
        B::MaskedScores,
        B::Attention,
        B::HeadOutput,
        B::Concat,
        B::AttentionOutput,
    ];
    const FEED_FORWARD: [B; 3] = [B::FfnPreActivation, B::FfnHidden, B::FfnOutput];

    let d = config.d_model;
    let shape = |tensor: B| match tensor {
        B::RawScores | B::Scores | B::MaskedScores | B::Attention => {
            vec![config.n_heads, tokens, tokens]
        }
        B::HeadOutput => vec![config.n_heads, tokens, config.d_head()],
        B::FfnPreActivation | B::FfnHidden => vec![tokens, config.d_ff],
        B::Norm1Mean | B::Norm1Variance | B::Norm2Mean | B::Norm2Variance => vec![tokens],
        _ => vec![tokens, d],
    };
    let mut order = vec![B::Input];
    match config.norm_placement {
        NormPlacement::Pre => {
            order.extend(NORM1);
            order.extend(ATTENTION);
            order.push(B::Residual1);
            order.extend(NORM2);
            order.extend(FEED_FORWARD);
            order.push(B::Residual2);
        }
        NormPlacement::Post => {
            order.extend(ATTENTION);
            order.push(B::Residual1);
            order.extend(NORM1);
            order.extend(FEED_FORWARD);
            order.push(B::Residual2);
            order.extend(NORM2);
        }
    }
    order.push(B::Output);

    let mut tensors = vec![
        (TensorId::TokenEmbedding, vec![tokens, d]),
        (TensorId::PositionEmbedding, vec![tokens, d]),
        (TensorId::Embedded, vec![tokens, d]),
    ];
    for block in 0..config.n_blocks {
        tensors.extend(order.iter().map(|&t| (TensorId::Block(block, t), shape(t))));
    }
    tensors.extend(head_tensors(config, tokens));
    TensorLayout::new(tensors)
}

/// Those that follow the last block, with their shapes.
pub(crate) fn head_tensors(config: &GptConfig, tokens: usize) -> Vec<(TensorId, Vec<usize>)> {
    let mut tensors = Vec::new();
    if config.final_norm {
        tensors.push((TensorId::FinalNormMean, vec![tokens]));
        tensors.push((TensorId::FinalNormVariance, vec![tokens]));
        tensors.push((TensorId::FinalNorm, vec![tokens, config.d_model]));
    }
    tensors.push((TensorId::Logits, vec![tokens, config.vocab_size]));
    tensors.push((TensorId::Probabilities, vec![tokens, config.vocab_size]));
    tensors
}

/// The record of one forward pass.
#[derive(Clone, Debug)]
pub struct Trace {
    ids: Vec<usize>,
    layout: Arc<TensorLayout<TensorId>>,
    values: Vec<f32>,
}

impl Trace {
    /// A record to be filled: all zero.
    pub(crate) fn zeros(ids: &[usize], layout: Arc<TensorLayout<TensorId>>) -> Self {
        let values = vec![0.0; layout.len()];
        Self {
            ids: ids.to_vec(),
            layout,
            values,
        }
    }

    /// The token ids that went in.
    pub fn ids(&self) -> &[usize] {
        &self.ids
    }

    /// How many tokens (rows) the pass had.
    pub fn tokens(&self) -> usize {
        self.ids.len()
    }

    /// The names, shapes and places of all values.
    pub fn layout(&self) -> &TensorLayout<TensorId> {
        &self.layout
    }

    /// All numbers in layout order.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All numbers, to be filled by the forward pass.
    pub(crate) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// One value in its shape, if this model has it.
    pub fn tensor(&self, id: TensorId) -> Option<ArrayViewD<'_, f32>> {
        let entry = self.layout.get(id)?;
        ArrayViewD::from_shape(IxDyn(&entry.shape), &self.values[entry.range.clone()]).ok()
    }

    /// One value as a matrix `[rows, columns]`; a vector of one number per token is one column.
    /// Values with a leading head axis need [`Trace::head`].
    pub fn matrix(&self, id: TensorId) -> Option<ArrayView2<'_, f32>> {
        let entry = self.layout.get(id)?;
        let (rows, columns) = match *entry.shape.as_slice() {
            [rows] => (rows, 1),
            [rows, columns] => (rows, columns),
            _ => return None,
        };
        ArrayView2::from_shape((rows, columns), &self.values[entry.range.clone()]).ok()
    }

    /// One head's part: a slice of the leading axis of scores, attention or head output
    /// (`[tokens, tokens]` or `[tokens, d_head]`), or the head's columns of Q, K, V and concat
    /// (`[tokens, d_head]`) when the model has `n_heads` heads.
    pub fn head(&self, id: TensorId, head: usize, n_heads: usize) -> Option<ArrayView2<'_, f32>> {
        let entry = self.layout.get(id)?;
        let values = &self.values[entry.range.clone()];
        match *entry.shape.as_slice() {
            [heads, rows, columns] if head < heads => {
                let size = rows * columns;
                ArrayView2::from_shape((rows, columns), &values[head * size..(head + 1) * size])
                    .ok()
            }
            [rows, columns] if head < n_heads && columns.is_multiple_of(n_heads) => {
                let width = columns / n_heads;
                let all = ArrayView2::from_shape((rows, columns), values).ok()?;
                let (_, from_head) = all.split_at(Axis(1), head * width);
                Some(from_head.split_at(Axis(1), width).0)
            }
            _ => None,
        }
    }
}
