//! Up to the hidden width and down again.

use bevy::prelude::*;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// Up to the hidden width and down again.
pub struct FeedForwardStagePlugin;

impl Plugin for FeedForwardStagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::FeedForward,
                quantities: &[Quantity::Weight, Quantity::Activation, Quantity::Hidden],
                remark: |pass| {
                    format!("{0} → {1} → {0}", pass.config().d_model, pass.config().d_ff)
                },
            },
        );
    }
}
