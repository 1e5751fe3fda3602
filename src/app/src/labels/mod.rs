//! Everything made of letters: labels of places in the world, the words about what happens, the
//! text so far, the legend. Drawn by Bevy's UI on the main camera, so films and stills have them too.

mod arrangement;
mod card;
mod fonts;
mod legend;
mod machine;
mod overlay;
mod overviews;
mod places;
mod preview;
mod progress_strip;
mod projection;
mod rich;

mod scale;
#[cfg(test)]
mod shaping_tests;
pub(crate) mod system_fonts;
mod title_card;
pub(crate) mod warm_up;
mod worked;
mod world;

use bevy::prelude::*;
use orrery_pipeline::LabelKind;

use crate::sets::OrrerySystems;

pub use card::Cards;
pub use fonts::Fonts;
pub use legend::LegendQuantities;
pub use overlay::{Captions, Headline};
pub use preview::Preview;
pub use progress_strip::ProgressStripPlugin;
pub use title_card::TitleCard;

/// Where words of the overlay lie in the picture; no label of the world goes there. Pixels of a picture of 720 lines.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct TakenAreas {
    /// The text so far, the words and the formula.
    pub words: Rect,
    /// The colour scales.
    pub legend: Rect,
    /// Whole matrices of which parts are shown.
    pub overviews: Rect,
    /// The timeline at the foot, or the transport bar.
    pub foot: Rect,
    /// The slot of the next token, a part of the words.
    pub slot: Rect,
    /// The card.
    pub card: Rect,
}

impl TakenAreas {
    fn rects(&self) -> [Rect; 5] {
        [
            self.words,
            self.legend,
            self.overviews,
            self.foot,
            self.card,
        ]
    }
}

/// A label of the world that is in the picture now.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelOnScreen {
    /// The node that hangs on its anchor.
    pub entity: Entity,
    /// What it says, in one line.
    pub text: String,
    /// What it is.
    pub kind: LabelKind,
    /// Where it lies, in logical pixels from the upper left.
    pub rect: Rect,
    /// Size of its letters in logical pixels.
    pub letters: f32,
    /// How visible it is, 0…1.
    pub opacity: f32,
    /// Whether it is on its way from one place to another.
    pub flies: bool,
}

/// Every label of the world that is in the picture now.
#[derive(Resource, Clone, Debug, Default)]
pub struct LabelsOnScreen(pub Vec<LabelOnScreen>);

/// Draws all words.
pub struct LabelsPlugin;

impl Plugin for LabelsPlugin {
    fn build(&self, app: &mut App) {
        fonts::plugin(app);
        app.init_resource::<Headline>()
            .init_resource::<Captions>()
            .init_resource::<LegendQuantities>()
            .init_resource::<TitleCard>()
            .init_resource::<Preview>()
            .init_resource::<TakenAreas>()
            .init_resource::<LabelsOnScreen>()
            .init_resource::<Cards>()
            .init_resource::<system_fonts::SystemFonts>()
            .init_resource::<scale::Room>()
            .add_systems(
                Startup,
                (
                    overlay::spawn,
                    legend::spawn,
                    overviews::spawn,
                    title_card::spawn,
                    preview::spawn,
                    card::spawn,
                    worked::spawn,
                ),
            )
            .add_systems(
                Update,
                (scale::fit, system_fonts::find_for_show)
                    .after(OrrerySystems::Program)
                    .before(OrrerySystems::Choreography),
            )
            .add_systems(
                Update,
                (
                    overlay::fill,
                    legend::fill,
                    overviews::fill,
                    title_card::fill,
                    preview::fill,
                    card::fill,
                    worked::place,
                    (world::set_labels, machine::set_names),
                    // the labels just made are there to be placed
                    ApplyDeferred,
                    world::place_labels,
                    machine::place_names,
                )
                    .chain()
                    .in_set(OrrerySystems::Labels),
            );
    }
}

/// The dark plate under words that may lie over cells: on the ground it is hardly seen.
pub(crate) fn plate(opacity: f32) -> BackgroundColor {
    // where light is added as light, a bright cell shines through a thinner one
    BackgroundColor(Color::srgb_u8(10, 12, 18).with_alpha(0.94 * opacity))
}
