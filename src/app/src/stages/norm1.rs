//! The norm before the attention of a pre-norm block.

use bevy::prelude::*;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// The norm before the attention of a pre-norm block.
pub struct Norm1StagePlugin;

impl Plugin for Norm1StagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::Norm1,
                quantities: &[Quantity::Activation, Quantity::Statistic],
                remark: |_| "before the attention".to_owned(),
            },
        );
    }
}
