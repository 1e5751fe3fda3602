//! A model with one trace of it: where every analysis reads its numbers.

use ndarray::{ArrayView1, ArrayView2};
use orrery_model::{
    BlockTensor, BlockWeight, Gpt, GptConfig, InterventionError, NormPlacement, TensorId, Trace,
    WeightId, trace_layout,
};

/// Why there is nothing to analyse.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnalysisError {
    /// A trace of another model.
    #[error("the trace does not belong to this model")]
    Foreign,
    /// A token that the vocabulary does not have.
    #[error("the model has no token {0}")]
    Token(usize),
    /// A position that the run does not have.
    #[error("the run has no position {0}")]
    Position(usize),
    /// A run with a change could not be made.
    #[error(transparent)]
    Intervention(#[from] InterventionError),
}

/// A model and a trace of it.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    gpt: &'a Gpt,
    trace: &'a Trace,
}

impl<'a> Run<'a> {
    /// A run of this model.
    ///
    /// # Errors
    /// A trace whose tensors are not this model's.
    pub fn new(gpt: &'a Gpt, trace: &'a Trace) -> Result<Self, AnalysisError> {
        let layout = trace_layout(gpt.config(), trace.tokens());
        let known = trace.tokens() > 0 && layout.entries() == trace.layout().entries();
        known
            .then_some(Self { gpt, trace })
            .ok_or(AnalysisError::Foreign)
    }

    /// The model.
    pub fn gpt(&self) -> &'a Gpt {
        self.gpt
    }

    /// Its configuration.
    pub fn config(&self) -> &'a GptConfig {
        self.gpt.config()
    }

    /// The trace.
    pub fn trace(&self) -> &'a Trace {
        self.trace
    }

    /// How many tokens the run has.
    pub fn tokens(&self) -> usize {
        self.trace.tokens()
    }

    /// Whether the norms of a block stand before what they feed.
    pub fn is_pre_norm(&self) -> bool {
        self.config().norm_placement == NormPlacement::Pre
    }

    /// A tensor as a matrix; nothing, if the model does not have it.
    pub fn matrix(&self, id: TensorId) -> ArrayView2<'a, f32> {
        self.trace.matrix(id).unwrap_or_else(empty)
    }

    /// A tensor of a block as a matrix.
    pub fn block(&self, block: usize, tensor: BlockTensor) -> ArrayView2<'a, f32> {
        self.matrix(TensorId::Block(block, tensor))
    }

    /// One head's part of a tensor of a block.
    pub fn head(&self, block: usize, tensor: BlockTensor, head: usize) -> ArrayView2<'a, f32> {
        let id = TensorId::Block(block, tensor);
        let part = self.trace.head(id, head, self.config().n_heads);
        part.unwrap_or_else(empty)
    }

    /// A weight as a matrix (a vector is one row), if the model has it.
    pub fn weight(&self, id: WeightId) -> Option<ArrayView2<'a, f32>> {
        self.gpt.parameters().matrix(id)
    }

    /// A matrix of a block, which every model has.
    pub fn block_matrix(&self, block: usize, weight: BlockWeight) -> ArrayView2<'a, f32> {
        let id = WeightId::Block(block, weight);
        self.weight(id).unwrap_or_else(empty)
    }

    /// A vector of a block, if the model has it.
    pub fn block_vector(&self, block: usize, weight: BlockWeight) -> Option<&'a [f32]> {
        self.gpt.parameters().get(WeightId::Block(block, weight))
    }

    /// The un-embedding `[vocab_size, d_model]`: its own, or the embedding.
    pub fn un_embedding(&self) -> ArrayView2<'a, f32> {
        let own = self.weight(WeightId::HeadWeight);
        own.or_else(|| self.weight(WeightId::Embedding))
            .unwrap_or_else(empty)
    }

    /// b_U of a token; 0 if the model has none.
    pub fn head_bias(&self, token: usize) -> f64 {
        let bias = self.gpt.parameters().get(WeightId::HeadBias);
        bias.and_then(|bias| bias.get(token))
            .map_or(0.0, |&b| f64::from(b))
    }

    /// The logits of a position, as the model computed them.
    pub fn logits(&self, position: usize) -> ArrayView1<'a, f32> {
        self.matrix(TensorId::Logits).row_of(position)
    }

    /// The tensor that leaves the last block.
    pub fn last_residual(&self) -> TensorId {
        match self.config().n_blocks.checked_sub(1) {
            Some(block) => TensorId::Block(block, BlockTensor::Output),
            None => TensorId::Embedded,
        }
    }
}

fn empty<'a>() -> ArrayView2<'a, f32> {
    ndarray::aview2::<f32, 0>(&[])
}

trait RowOf<'a> {
    fn row_of(self, row: usize) -> ArrayView1<'a, f32>;
}

impl<'a> RowOf<'a> for ArrayView2<'a, f32> {
    fn row_of(self, row: usize) -> ArrayView1<'a, f32> {
        self.index_axis_move(ndarray::Axis(0), row)
    }
}
