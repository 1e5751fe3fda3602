//! A block that is not opened: input, attention, output.

use bevy::prelude::*;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// A block that is not opened: input, attention, output.
pub struct BlockSummaryStagePlugin;

impl Plugin for BlockSummaryStagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::BlockSummary,
                quantities: &[Quantity::Activation, Quantity::Probability],
                remark: |_| "summarised".to_owned(),
            },
        );
    }
}
