//! What is said about files: what a held one would do, that one is being opened, or why it is not shown.

use bevy::prelude::*;

use super::ModelOpening;
use crate::{
    third_party::egui::{
        Panels,
        colours::{ACCENT, ERROR, POPUP},
        egui::{Align2, Area, Frame, Id, Margin, RichText, Stroke, vec2},
    },
    window::transport_bar::HEIGHT,
};

/// A run condition: there is something to say.
pub(super) fn has_words(opening: Res<ModelOpening>) -> bool {
    opening.hovers || opening.is_dismissable()
}

pub(super) fn draw(mut panels: Panels, mut opening: ResMut<ModelOpening>) {
    let Ok(context) = panels.ctx_mut() else {
        return;
    };
    let (words, colour, button) = if opening.hovers {
        ("Drop it to open this model".to_owned(), ACCENT, None)
    } else if let Some(name) = opening.name() {
        (format!("Opening {name}…"), ACCENT, Some("Cancel (Esc)"))
    } else if let Some(problem) = opening.problem() {
        (problem.to_owned(), ERROR, Some("Close (Esc)"))
    } else {
        return;
    };
    let mut dismissed = false;
    Area::new(Id::new("opened model"))
        // the words of the show stand above, its legend at the right
        .anchor(Align2::LEFT_BOTTOM, vec2(12.0, -HEIGHT - 8.0))
        .show(context, |ui| {
            Frame::NONE
                .fill(POPUP)
                .stroke(Stroke::new(1.0, colour))
                .corner_radius(6)
                .inner_margin(Margin::symmetric(14, 10))
                .show(ui, |ui| {
                    ui.set_max_width(560.0);
                    ui.label(RichText::new(words).color(colour));
                    dismissed = button.is_some_and(|button| ui.button(button).clicked());
                });
        });
    if dismissed {
        opening.dismiss();
    }
}
