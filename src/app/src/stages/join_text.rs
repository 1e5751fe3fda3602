//! The drawn token joins the text.

use bevy::prelude::*;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// The drawn token joins the text.
pub struct JoinTextStagePlugin;

impl Plugin for JoinTextStagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::JoinText,
                quantities: &[Quantity::Probability],
                remark: |_| String::new(),
            },
        );
    }
}
