//! Everything made of letters: labels that stand in the world, the words about what happens, the
//! text so far, the legend. Drawn by Bevy's UI on the main camera, so films and stills have them too.

mod fonts;
mod legend;
mod overlay;
mod progress_strip;
mod projection;
mod rich;
mod world;

use bevy::prelude::*;

use crate::sets::OrrerySystems;

pub use fonts::Fonts;
pub use legend::LegendQuantities;
pub use overlay::Headline;
pub use progress_strip::ProgressStripPlugin;

/// Draws all words.
pub struct LabelsPlugin;

impl Plugin for LabelsPlugin {
    fn build(&self, app: &mut App) {
        fonts::plugin(app);
        app.init_resource::<Headline>()
            .init_resource::<LegendQuantities>()
            .add_systems(Startup, (overlay::spawn, legend::spawn))
            .add_systems(
                Update,
                (
                    world::set_labels,
                    world::place_labels,
                    overlay::fill,
                    legend::fill,
                )
                    .chain()
                    .in_set(OrrerySystems::Labels),
            );
    }
}

/// How large letters are for a picture of this height: sizes are given for 720 pixels and never
/// shrink below them.
pub(crate) fn letter_scale(picture_height: f32) -> f32 {
    (picture_height / 720.0).max(1.0)
}
