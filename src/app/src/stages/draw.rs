//! Temperature, top-k, top-p, probabilities and the draw.

use bevy::prelude::*;
use orrery_pipeline::{Quantity, StageKind};

use super::{Announcement, announce};

/// Temperature, top-k, top-p, probabilities and the draw.
pub struct DrawStagePlugin;

impl Plugin for DrawStagePlugin {
    fn build(&self, app: &mut App) {
        announce(
            app,
            Announcement {
                stage: StageKind::Draw,
                quantities: &[Quantity::Logit, Quantity::Probability],
                remark: sampling,
            },
        );
    }
}

/// The settings that shape the draw, as they are.
fn sampling(pass: &orrery_pipeline::Pass) -> String {
    let settings = &pass.sampling;
    let mut text = format!("temperature {}", settings.temperature);
    if let Some(k) = settings.top_k {
        text.push_str(&format!(", top-k {k}"));
    }
    if let Some(p) = settings.top_p {
        text.push_str(&format!(", top-p {p}"));
    }
    text
}
