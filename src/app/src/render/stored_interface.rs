//! Labels and captions on a picture that holds sRGB numbers as they are
//! ([`StoredSrgbPlugin`](orrery_draw::StoredSrgbPlugin)). Bevy's interface draws linear light; here
//! its colours are converted on their way to the renderer, all at once, so that nobody who spawns a label
//! has to think of it.

use bevy::{
    prelude::*,
    render::{Render, RenderApp, RenderSystems, view::ExtractedView},
    ui_render::{ExtractedUiItem, ExtractedUiNodes},
};
use orrery_draw::stores_srgb;

use super::quality::Quality;

/// Converts the interface's colours where the picture needs it.
pub(super) fn plugin(app: &mut App) {
    if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
        render_app.add_systems(Render, store_srgb.in_set(RenderSystems::PrepareAssets));
    }
}

/// A colour as the interface must give it so that the picture shows `colour`; for what the renderer takes
/// unconverted, such as the stops of a gradient.
pub fn stored_colour(quality: Quality, colour: Color) -> Color {
    match quality {
        Quality::Full => colour,
        Quality::Software => Color::LinearRgba(stored(colour.to_linear())),
    }
}

/// The sRGB numbers of a colour, in the place of the linear ones.
fn stored(colour: LinearRgba) -> LinearRgba {
    let Srgba {
        red,
        green,
        blue,
        alpha,
    } = colour.into();
    LinearRgba::new(red, green, blue, alpha)
}

fn store_srgb(views: Query<&ExtractedView>, mut interface: ResMut<ExtractedUiNodes>) {
    if !views.iter().any(|view| stores_srgb(view.target_format)) {
        return;
    }
    for node in &mut interface.uinodes {
        if let ExtractedUiItem::Node { color, .. } = &mut node.item {
            *color = stored(*color);
        }
    }
    for glyph in &mut interface.glyphs {
        glyph.color = stored(glyph.color);
    }
}
