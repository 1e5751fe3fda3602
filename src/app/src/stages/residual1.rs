//! The residual sum after the attention, and a norm.

use bevy::prelude::*;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// The residual sum after the attention, and a norm.
pub struct Residual1StagePlugin;

impl Plugin for Residual1StagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::Residual1,
                quantities: &[Quantity::Activation, Quantity::Statistic],
                remark: |pass| format!("{:?}-norm", pass.config().norm_placement).to_lowercase(),
            },
        );
    }
}
