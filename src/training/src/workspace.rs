//! The memory for one shard's way forward and back: taken once, used in every step.

use orrery_model::{Activation, GptConfig};

use crate::kernels::attention::triangle;
use crate::lane_matrix::LaneMatrix;
use crate::real::Real;

/// What a norm keeps for the way back.
#[derive(Clone, Debug)]
pub struct NormRecord<T: Real> {
    /// x̂ `[positions, d_model]`
    pub normalized: LaneMatrix<T>,
    /// `[positions, 1]`
    pub inverse_deviation: LaneMatrix<T>,
}

impl<T: Real> NormRecord<T> {
    fn zeros(positions: usize, d_model: usize, lanes: usize) -> Self {
        Self {
            normalized: LaneMatrix::zeros(positions, d_model, lanes),
            inverse_deviation: LaneMatrix::zeros(positions, 1, lanes),
        }
    }
}

/// What a block keeps for the way back.
#[derive(Clone, Debug)]
pub struct BlockRecord<T: Real> {
    /// What Q, K and V are made of: the block's input (post-norm) or norm 1 of it (pre-norm)
    pub attention_input: LaneMatrix<T>,
    /// Q, K and V side by side
    pub qkv: LaneMatrix<T>,
    /// Lower triangles of attention
    pub attention: LaneMatrix<T>,
    /// The heads side by side
    pub concat: LaneMatrix<T>,
    /// Norm 1
    pub norm1: NormRecord<T>,
    /// What the feed-forward is made of: norm 1 (post-norm) or norm 2 (pre-norm)
    pub ffn_input: LaneMatrix<T>,
    /// Before the activation; ReLU does not need it
    pub pre_activation: Option<LaneMatrix<T>>,
    /// After the activation
    pub hidden: LaneMatrix<T>,
    /// Norm 2
    pub norm2: NormRecord<T>,
}

/// Everything that one shard's pass reads and writes.
#[derive(Clone, Debug)]
pub struct Workspace<T: Real> {
    /// Windows per group
    pub lanes: usize,
    /// Ids that go in `[positions, lanes]`
    pub ids: Vec<u32>,
    /// Ids to be predicted `[positions, lanes]`
    pub targets: Vec<u32>,
    /// By block
    pub blocks: Vec<BlockRecord<T>>,
    /// The residual stream on its way
    pub stream: LaneMatrix<T>,
    /// What the head reads
    pub head_input: LaneMatrix<T>,
    /// The final norm, if there is one
    pub final_norm: Option<NormRecord<T>>,
    /// Logits, then their gradient
    pub logits: LaneMatrix<T>,
    /// The gradient with respect to the residual stream
    pub stream_gradient: LaneMatrix<T>,
    /// The gradient with respect to a branch's input, or to the concatenated heads
    pub branch_gradient: LaneMatrix<T>,
    /// The gradient with respect to Q, K and V
    pub qkv_gradient: LaneMatrix<T>,
    /// The gradient with respect to one head's scores
    pub score_gradient: LaneMatrix<T>,
    /// The gradient with respect to the hidden layer
    pub hidden_gradient: LaneMatrix<T>,
    /// Two rows of sums by lane
    pub norm_sums: LaneMatrix<T>,
}

impl<T: Real> Workspace<T> {
    /// Room for `groups` groups of `lanes` windows of `tokens` tokens.
    pub fn new(config: &GptConfig, groups: usize, tokens: usize, lanes: usize) -> Self {
        let (d, ff) = (config.d_model, config.d_ff);
        let positions = groups * tokens;
        let zeros = |features| LaneMatrix::zeros(positions, features, lanes);
        let norm = || NormRecord::zeros(positions, d, lanes);
        let block = || BlockRecord {
            attention_input: zeros(d),
            qkv: zeros(3 * d),
            attention: LaneMatrix::zeros(groups * config.n_heads, triangle(tokens), lanes),
            concat: zeros(d),
            norm1: norm(),
            ffn_input: zeros(d),
            pre_activation: (config.activation != Activation::Relu).then(|| zeros(ff)),
            hidden: zeros(ff),
            norm2: norm(),
        };
        Self {
            lanes,
            ids: vec![0; positions * lanes],
            targets: vec![0; positions * lanes],
            blocks: (0..config.n_blocks).map(|_| block()).collect(),
            stream: zeros(d),
            head_input: zeros(d),
            final_norm: config.final_norm.then(norm),
            logits: zeros(config.vocab_size),
            stream_gradient: zeros(d),
            branch_gradient: zeros(d),
            qkv_gradient: zeros(3 * d),
            score_gradient: LaneMatrix::zeros(1, triangle(tokens), lanes),
            hidden_gradient: zeros(ff),
            norm_sums: LaneMatrix::zeros(2, d, lanes),
        }
    }
}
