//! The whole model: how large it is.

use bevy::prelude::*;
use indicatif::HumanCount;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// The whole model: how large it is.
pub struct MachineStagePlugin;

impl Plugin for MachineStagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::Machine,
                quantities: &[
                    Quantity::Weight,
                    Quantity::Activation,
                    Quantity::Probability,
                ],
                remark: |pass| {
                    let config = pass.config();
                    format!(
                        "{} blocks, {} heads, {} dimensions, {} parameters",
                        config.n_blocks,
                        config.n_heads,
                        config.d_model,
                        HumanCount(pass.gpt.parameters().values().len() as u64)
                    )
                },
            },
        );
    }
}
