//! Every row against every token of the vocabulary.

use bevy::prelude::*;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// Every row against every token of the vocabulary.
pub struct UnembeddingStagePlugin;

impl Plugin for UnembeddingStagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::Unembedding,
                quantities: &[Quantity::Weight, Quantity::Activation, Quantity::Logit],
                remark: |pass| {
                    if pass.config().tied_head {
                        "with the embedding table, turned"
                    } else {
                        "with a table of its own"
                    }
                    .to_owned()
                },
            },
        );
    }
}
