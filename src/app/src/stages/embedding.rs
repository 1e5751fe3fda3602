//! Token and position look-up: the width of a row.

use bevy::prelude::*;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// Token and position look-up: the width of a row.
pub struct EmbeddingStagePlugin;

impl Plugin for EmbeddingStagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::Embedding,
                quantities: &[Quantity::Weight, Quantity::Activation],
                remark: |pass| format!("rows of {} numbers", pass.config().d_model),
            },
        );
    }
}
