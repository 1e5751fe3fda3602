//! The machine's own clock: a pass is a walk from the embedding to the drawn token in which each block takes four
//! steps, however long the show takes for it. Within a pass the hand never goes back.

use orrery_model::{GptConfig, NormPlacement};

use crate::easing::smoothstep;
use crate::stage::WholeModel;
use crate::timeline::{Segment, Window};

/// Steps of one block: project, attend, sum, feed forward.
const BLOCK_STEPS: f32 = 4.0;

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

/// The machine's clock as a stage reads it: in steps from the embedding to the drawn token.
pub struct Clock<'a> {
    config: &'a GptConfig,
    block: usize,
}

impl<'a> Clock<'a> {
    fn of(config: &'a GptConfig, segment: &Segment) -> Self {
        Self {
            config,
            block: segment.block.unwrap_or_default(),
        }
    }

    /// Between two steps before the first block, which begins at 1.
    pub fn before_blocks(&self, from: f32, to: f32) -> Window {
        Window::new(from, to)
    }

    /// Between two of the four steps of the stage's block.
    pub fn in_block(&self, from: f32, to: f32) -> Window {
        let begin = block_begin(self.block);
        Window::new(begin + from, begin + to)
    }

    /// Between two of the two steps after the last block: un-embedding, draw.
    pub fn after_blocks(&self, from: f32, to: f32) -> Window {
        let begin = blocks_end(self.config);
        Window::new(begin + from, begin + to)
    }

    /// The whole pass.
    pub fn whole_pass(&self) -> Window {
        Window::new(0.0, pass_end(self.config))
    }

    /// Until when the first norm of a block takes, in steps of the block; 0 in post-norm models.
    pub fn norm1_share(&self) -> f32 {
        norm1_share(self.config)
    }

    /// Until when the final norm takes, in steps after the last block; 0 where there is none.
    pub fn final_norm_share(&self) -> f32 {
        final_norm_share(self.config)
    }
}

/// The stretch of the machine's clock that a stage shows.
pub fn work_of(config: &GptConfig, segment: &Segment) -> Window {
    (segment.kind.description().work)(&Clock::of(config, segment))
}

/// Where in the machine, by its clock, the stage belongs that is on at `s` seconds of a segment: where the hand is.
/// The overview at the beginning flies to the first stage, whatever has been shown.
pub fn stage_place(config: &GptConfig, segment: &Segment, s: f32) -> f32 {
    match segment.kind.description().whole_model {
        WholeModel::Opens => 0.0,
        WholeModel::Hidden | WholeModel::Closes => hand(config, segment, s),
    }
}

/// The time on the machine's clock at `s` seconds of a segment. The hand moves while the stage computes; during the
/// overview at the beginning it runs through the whole pass.
pub fn hand(config: &GptConfig, segment: &Segment, s: f32) -> f32 {
    let work = work_of(config, segment);
    let done = Window::new(segment.appear * 0.7, segment.appear + segment.compute).progress(s);
    let done = match segment.kind.description().whole_model {
        WholeModel::Hidden => done,
        WholeModel::Opens | WholeModel::Closes => smoothstep(done),
    };
    work.start + (work.end - work.start) * done
}
