//! The machine's own clock: one pass on it is a walk from the embedding to the drawn token, each block
//! four steps long, however long the show takes for it. The hand never goes back within a pass.

use orrery_model::{GptConfig, NormPlacement};

use crate::easing::smoothstep;
use crate::stage::StageKind;
use crate::timeline::{Segment, Window};

/// Steps of one block: project, attend, sum, feed forward.
pub(super) const BLOCK_STEPS: f32 = 4.0;

/// Where a block begins.
pub(super) fn block_begin(block: usize) -> f32 {
    1.0 + BLOCK_STEPS * block as f32
}

/// Where the un-embedding begins: after the last block.
pub(super) fn blocks_end(config: &GptConfig) -> f32 {
    block_begin(config.n_blocks)
}

/// Where the pass ends.
pub(super) fn pass_end(config: &GptConfig) -> f32 {
    blocks_end(config) + 2.0
}

/// The part of a block that its first norm takes from the projection, in pre-norm models.
pub(super) fn norm1_share(config: &GptConfig) -> f32 {
    match config.norm_placement {
        NormPlacement::Pre => 0.3,
        NormPlacement::Post => 0.0,
    }
}

/// The part of the un-embedding that the final norm takes.
pub(super) fn final_norm_share(config: &GptConfig) -> f32 {
    if config.final_norm { 0.3 } else { 0.0 }
}

/// The stretch of the machine's clock that a stage shows.
pub fn work_of(config: &GptConfig, segment: &Segment) -> Window {
    let begin = block_begin(segment.block.unwrap_or_default());
    let end = blocks_end(config);
    let within = |from: f32, to: f32| Window::new(begin + from, begin + to);
    match segment.kind {
        StageKind::Machine if segment.stage == 0 => Window::new(0.0, pass_end(config)),
        StageKind::Characters => Window::new(0.0, 0.3),
        StageKind::Embedding => Window::new(0.3, 1.0),
        StageKind::Norm1 => within(0.0, norm1_share(config)),
        StageKind::QkvProjection => within(norm1_share(config), 1.0),
        StageKind::Attention => within(1.0, 2.0),
        StageKind::AttentionOutput => within(2.0, 2.7),
        StageKind::Residual1 => within(2.7, 3.0),
        StageKind::FeedForward => within(3.0, 3.8),
        StageKind::Residual2 => within(3.8, 3.95),
        StageKind::BlockOutput => within(3.95, BLOCK_STEPS),
        StageKind::BlockSummary => within(0.0, BLOCK_STEPS),
        StageKind::FinalNorm => Window::new(end, end + final_norm_share(config)),
        StageKind::Unembedding => Window::new(end + final_norm_share(config), end + 1.0),
        StageKind::Draw => Window::new(end + 1.0, pass_end(config)),
        StageKind::JoinText | StageKind::Machine => Window::new(pass_end(config), pass_end(config)),
    }
}

/// Where in the machine, by its clock, the stage belongs that is seen at `s` seconds of a stage: where the
/// hand stands. The overview at the beginning flies to the first stage, whatever has been shown.
pub fn stage_place(config: &GptConfig, segment: &Segment, s: f32) -> f32 {
    if segment.kind == StageKind::Machine && segment.stage == 0 {
        0.0
    } else {
        hand(config, segment, s)
    }
}

/// Where the hand of the machine's clock stands at `s` seconds of a stage. It moves while the stage
/// computes; the overview at the beginning runs through the whole pass.
pub fn hand(config: &GptConfig, segment: &Segment, s: f32) -> f32 {
    let work = work_of(config, segment);
    let done = Window::new(segment.appear * 0.7, segment.appear + segment.compute).progress(s);
    let eased = if segment.kind == StageKind::Machine {
        smoothstep(done)
    } else {
        done
    };
    work.start + (work.end - work.start) * eased
}
