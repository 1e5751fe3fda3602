//! Heads side by side, and their projection.

use bevy::prelude::*;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// Heads side by side, and their projection.
pub struct AttentionOutputStagePlugin;

impl Plugin for AttentionOutputStagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::AttentionOutput,
                quantities: &[Quantity::Weight, Quantity::HeadVector, Quantity::Activation],
                remark: |pass| match pass.config().n_heads {
                    1 => "one head".to_owned(),
                    heads => format!("{heads} heads side by side"),
                },
            },
        );
    }
}
