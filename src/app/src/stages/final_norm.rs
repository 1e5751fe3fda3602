//! The norm before the un-embedding.

use bevy::prelude::*;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// The norm before the un-embedding.
pub struct FinalNormStagePlugin;

impl Plugin for FinalNormStagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::FinalNorm,
                quantities: &[Quantity::Activation, Quantity::Statistic],
                remark: |_| "before the logits".to_owned(),
            },
        );
    }
}
