//! Queries, keys and values, side by side.

use bevy::prelude::*;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// Queries, keys and values, side by side.
pub struct QkvProjectionStagePlugin;

impl Plugin for QkvProjectionStagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::QkvProjection,
                quantities: &[Quantity::Weight, Quantity::Activation, Quantity::HeadVector],
                remark: |pass| format!("{0} × {0} each", pass.config().d_model),
            },
        );
    }
}
