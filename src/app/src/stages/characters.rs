//! The text as tokens: how many, and how many the vocabulary has.

use bevy::prelude::*;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// The text as tokens: how many, and how many the vocabulary has.
pub struct CharactersStagePlugin;

impl Plugin for CharactersStagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::Characters,
                quantities: &[Quantity::Weight],
                remark: |pass| {
                    format!(
                        "{} tokens, each one of {}",
                        pass.tokens.len(),
                        pass.config().vocab_size
                    )
                },
            },
        );
    }
}
