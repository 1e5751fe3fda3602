//! The stages: which matrices stand where, what is framed and what is said there. One file for each
//! stage; the motion itself belongs to the operations.

mod attention;
mod attention_output;
mod block_output;
mod block_summary;
mod characters;
mod draw;
mod embedding;
mod feed_forward;
mod join_text;
pub(crate) mod labels;
mod machine;
mod norm;
mod qkv_projection;
mod residual;
mod unembedding;

use orrery_model::NormPlacement;
use serde::{Deserialize, Serialize};

use crate::operand::Operand;
use crate::program::Stage;
use crate::staging::{GroupIndex, Staging};

/// What stage it is; `assets/pacing.ron` uses these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StageKind {
    /// The whole model, at the beginning and at the end of the show.
    Machine,
    /// The text as tokens.
    Characters,
    /// Token and position look-up, and their sum.
    Embedding,
    /// The norm before the attention (pre-norm models).
    Norm1,
    /// Queries, keys and values.
    QkvProjection,
    /// All heads.
    Attention,
    /// Heads side by side, and their projection.
    AttentionOutput,
    /// Residual sum after the attention, and a norm.
    Residual1,
    /// Up, activation, down.
    FeedForward,
    /// Residual sum after the feed-forward, and a norm in post-norm models.
    Residual2,
    /// What leaves the block.
    BlockOutput,
    /// A whole block in one stage.
    BlockSummary,
    /// The norm before the un-embedding.
    FinalNorm,
    /// Logits.
    Unembedding,
    /// Temperature, top-k, top-p, probabilities, the draw.
    Draw,
    /// The drawn token joins the text.
    JoinText,
}

/// How large a unit is when a box of this size fills the free part of a picture of 1280 × 720, in pixels.
pub(crate) fn pixels_of_unit(width: f32, height: f32) -> f32 {
    const FREE: (f32, f32) = (1200.0, 420.0);
    (FREE.0 / width.max(1.0)).min(FREE.1 / height.max(1.0))
}

/// Whether matrices stand one below the other: where they are much larger then than side by side. Each
/// way is given with its width and height.
pub(crate) fn better_stacked(side_by_side: (f32, f32), stacked: (f32, f32)) -> bool {
    pixels_of_unit(stacked.0, stacked.1) > 1.25 * pixels_of_unit(side_by_side.0, side_by_side.1)
}

/// Space between matrices, in units: room for names and operators.
pub(crate) const GAP: f32 = 3.0;

impl StageKind {
    /// All of them, in the order of a pass.
    pub const ALL: [Self; 16] = [
        Self::Machine,
        Self::Characters,
        Self::Embedding,
        Self::Norm1,
        Self::QkvProjection,
        Self::Attention,
        Self::AttentionOutput,
        Self::Residual1,
        Self::FeedForward,
        Self::Residual2,
        Self::BlockOutput,
        Self::BlockSummary,
        Self::FinalNorm,
        Self::Unembedding,
        Self::Draw,
        Self::JoinText,
    ];

    /// The stage's name on screen, in a post-norm model.
    pub fn title(self) -> &'static str {
        match self {
            Self::Machine => "The whole model",
            Self::Characters => "The text as tokens",
            Self::Embedding => "Token and position embedding",
            Self::Norm1 => "Layer norm 1",
            Self::QkvProjection => "Q/K/V projection",
            Self::Attention => "Multi-head attention",
            Self::AttentionOutput => "Concat and output projection",
            Self::Residual1 => "Residual and norm 1",
            Self::FeedForward => "Feed-forward",
            Self::Residual2 => "Residual and norm 2",
            Self::BlockOutput => "Block output",
            Self::BlockSummary => "Block in summary",
            Self::FinalNorm => "Final norm",
            Self::Unembedding => "Output projection",
            Self::Draw => "Token probabilities and the draw",
            Self::JoinText => "The token joins the text",
        }
    }

    /// The stage's name on screen in a model of this kind: a pre-norm block has its second norm after
    /// the first sum, and none after the second.
    pub fn title_in(self, norms: NormPlacement) -> &'static str {
        match (self, norms) {
            (Self::Residual1, NormPlacement::Pre) => "Residual and norm 2",
            (Self::Residual2, NormPlacement::Pre) => "Residual",
            _ => self.title(),
        }
    }

    /// The name by which commands know it (`--stage feed-forward`).
    pub fn slug(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Characters => "characters",
            Self::Embedding => "embedding",
            Self::Norm1 => "norm-1",
            Self::QkvProjection => "qkv-projection",
            Self::Attention => "attention",
            Self::AttentionOutput => "attention-output",
            Self::Residual1 => "residual-1",
            Self::FeedForward => "feed-forward",
            Self::Residual2 => "residual-2",
            Self::BlockOutput => "block-output",
            Self::BlockSummary => "block-summary",
            Self::FinalNorm => "final-norm",
            Self::Unembedding => "output-projection",
            Self::Draw => "draw",
            Self::JoinText => "join-text",
        }
    }

    /// A word or two for a mark on the timeline.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Machine => "whole",
            Self::Characters => "text",
            Self::Embedding => "in",
            Self::Norm1 | Self::FinalNorm => "norm",
            Self::QkvProjection => "QKV",
            Self::Attention => "attention",
            Self::AttentionOutput => "W_O",
            Self::Residual1 | Self::Residual2 => "+ norm",
            Self::FeedForward => "feed-forward",
            Self::BlockOutput => "out",
            Self::BlockSummary => "block",
            Self::Unembedding => "logits",
            Self::Draw => "draw",
            Self::JoinText => "join",
        }
    }
}

/// Puts a stage's matrices in place and frames them.
pub(crate) fn set(stage: &Stage, staging: &mut Staging<'_>) {
    let block = stage.block.unwrap_or_default();
    match stage.kind {
        StageKind::Machine => machine::set(stage, staging),
        StageKind::Characters => characters::set(staging),
        StageKind::Embedding => embedding::set(staging),
        StageKind::Norm1 => norm::set_norm1(block, staging),
        StageKind::QkvProjection => qkv_projection::set(block, staging),
        StageKind::Attention => attention::set(block, staging),
        StageKind::AttentionOutput => attention_output::set(block, staging),
        StageKind::Residual1 => residual::set_first(block, staging),
        StageKind::FeedForward => feed_forward::set(block, staging),
        StageKind::Residual2 => residual::set_second(block, staging),
        StageKind::BlockOutput => block_output::set(block, staging),
        StageKind::BlockSummary => block_summary::set(block, staging),
        StageKind::FinalNorm => norm::set_final(staging),
        StageKind::Unembedding => unembedding::set(staging),
        StageKind::Draw => draw::set(staging),
        StageKind::JoinText => join_text::set(staging),
    }
}

/// Lets a stage move its matrices to other places before one of its steps is choreographed.
pub(crate) fn rearrange(stage: &Stage, step: usize, staging: &mut Staging<'_>) {
    if stage.kind == StageKind::Attention {
        attention::rearrange(stage.block.unwrap_or_default(), step, staging);
    }
}

/// The matrix that the un-embedding reads, and each block leaves.
pub(crate) fn last_operand(staging: &Staging<'_>) -> Operand {
    use orrery_model::{BlockTensor, TensorId};
    let config = staging.pass().config();
    if config.final_norm {
        TensorId::FinalNorm.into()
    } else {
        Operand::value(config.n_blocks.saturating_sub(1), BlockTensor::Output)
    }
}

/// Rows of the residual stream carry their tokens, columns their indices.
pub(crate) fn token_axes(staging: &mut Staging<'_>, group: GroupIndex) {
    use crate::scene::AxisLabels;
    staging.axes(group, AxisLabels::Tokens, AxisLabels::Indices);
}

/// The same for a textbook's corner of this width, in which a weight of so many rows stands above a row for each
/// token; where words stand beside it, it has a third more height.
pub(crate) fn pixels_of_corner(
    staging: &Staging<'_>,
    width: f32,
    weight_rows: f32,
    beside: bool,
) -> f32 {
    let height = weight_rows + staging.parts().tokens() as f32 + 2.0 * GAP;
    pixels_of_unit(width, if beside { 0.75 * height } else { height })
}

/// Units from the first row of a matrix to what stands above it, where a unit has so many pixels: there
/// the matrix's name must find room.
pub(crate) fn room_for_name(unit: f32) -> f32 {
    const NAME: f32 = 24.0;
    (NAME / unit).max(GAP - 0.6)
}

/// Places the right factor of a product above its result, in the textbook's corner: the result's
/// first cell at `(left, 0)`, the weight's last row some way above it, a bias row between them; where a unit
/// has few pixels, farther above it, so that the names find room.
pub(crate) fn corner(
    staging: &mut Staging<'_>,
    weight: Operand,
    bias: Option<Operand>,
    result: Operand,
    (left, unit): (f32, f32),
    columns: crate::scene::AxisLabels,
) {
    use crate::placement::Placement;
    use crate::scene::AxisLabels;
    let rows = staging.values_of(weight).nrows() as f32;
    let bias = bias.filter(|&bias| staging.pass().matrix(bias).is_some());
    let name = room_for_name(unit);
    let room = match bias {
        Some(_) => name + (name + 1.0).max(GAP),
        None => name,
    };
    staging.stand(weight, Placement::at(left, rows - 1.0 + room));
    if let Some(bias) = bias {
        staging.stand(bias, Placement::at(left, name));
    }
    let made = staging.produce(result, Placement::at(left, 0.0));
    staging.axes(made, AxisLabels::None, columns);
}
