//! The residual sum after the feed-forward, and a norm in post-norm models.

use bevy::prelude::*;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// The residual sum after the feed-forward, and a norm in post-norm models.
pub struct Residual2StagePlugin;

impl Plugin for Residual2StagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::Residual2,
                quantities: &[Quantity::Activation, Quantity::Statistic],
                remark: |pass| format!("{:?}-norm", pass.config().norm_placement).to_lowercase(),
            },
        );
    }
}
