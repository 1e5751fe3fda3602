//! What leaves the block.

use bevy::prelude::*;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// What leaves the block.
pub struct BlockOutputStagePlugin;

impl Plugin for BlockOutputStagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::BlockOutput,
                quantities: &[Quantity::Activation],
                remark: |pass| format!("{} × {}", pass.tokens.len(), pass.config().d_model),
            },
        );
    }
}
