//! The table of keys on the screen.

use bevy::prelude::*;

use super::keys::{KEYS, MOUSE};
use crate::sets::InterfacePart;
use crate::third_party::egui::{
    DrawInterface, Interface,
    colours::{ACCENT, SOFT},
    egui::{Color32, Frame, Grid, Id, Modal, RichText, Ui, vec2},
};

/// Whether the help is on the screen.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HelpOverlay {
    /// It is.
    pub open: bool,
}

/// Shows the help.
pub struct HelpOverlayPlugin;

impl Plugin for HelpOverlayPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<HelpOverlay>().add_systems(
            DrawInterface,
            draw.run_if(|help: Res<HelpOverlay>| help.open)
                .in_set(InterfacePart::Help),
        );
    }
}

fn draw(mut interface: Interface, mut help: ResMut<HelpOverlay>) {
    let Ok(context) = interface.ctx_mut() else {
        return;
    };
    let shown = Modal::new(Id::new("help"))
        .backdrop_color(Color32::from_black_alpha(120))
        .frame(Frame::window(&context.global_style()).inner_margin(20))
        .show(context, |ui| {
            ui.label(RichText::new("GPT Orrery").heading().strong());
            let words = "Every number of a language model on its way to the next token.";
            ui.label(RichText::new(words).color(SOFT));
            ui.add_space(8.0);
            table(ui);
        });
    if shown.backdrop_response.clicked() {
        help.open = false;
    }
}

fn table(ui: &mut Ui) {
    let keys = KEYS.iter().map(|binding| (binding.keys, binding.does));
    ui.spacing_mut().interact_size.y = 0.0;
    Grid::new("keys")
        .num_columns(2)
        .spacing(vec2(28.0, 6.0))
        .show(ui, |ui| {
            for (keys, does) in keys.chain(MOUSE.iter().copied()) {
                ui.label(RichText::new(keys).color(ACCENT).strong());
                ui.label(does);
                ui.end_row();
            }
        });
}
