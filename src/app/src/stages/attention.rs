//! All heads at once: scores, mask, softmax, weighted values.

use bevy::prelude::*;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// All heads at once: scores, mask, softmax, weighted values.
pub struct AttentionStagePlugin;

impl Plugin for AttentionStagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::Attention,
                quantities: &[Quantity::HeadVector, Quantity::Score, Quantity::Probability],
                remark: |pass| {
                    let (heads, width) = (pass.config().n_heads, pass.config().d_head());
                    let s = if heads == 1 { "" } else { "s" };
                    format!("{heads} head{s} of width {width}")
                },
            },
        );
    }
}
