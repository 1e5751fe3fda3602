//! Says how the camera is given back, while it is the user's.

use bevy::prelude::*;

use super::actions::Action;
use crate::{
    camera::CameraControl,
    sets::InterfacePart,
    third_party::egui::{
        DrawInterface, Interface,
        colours::{ACCENT, LINE, PANEL},
        egui::{Align2, Area, Button, Id, RichText, Stroke, vec2},
    },
};

/// Shows the hint.
pub struct CameraHintPlugin;

impl Plugin for CameraHintPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(
            DrawInterface,
            draw.run_if(is_users).in_set(InterfacePart::CameraHint),
        );
    }
}

fn is_users(control: Res<CameraControl>) -> bool {
    *control == CameraControl::User
}

fn draw(mut interface: Interface, mut actions: MessageWriter<Action>) {
    let Ok(context) = interface.ctx_mut() else {
        return;
    };
    Area::new(Id::new("camera hint"))
        .anchor(Align2::RIGHT_TOP, vec2(-16.0, 16.0))
        .show(context, |ui| {
            let text = RichText::new("C: guided camera").color(ACCENT);
            let button = Button::new(text).fill(PANEL).stroke(Stroke::new(1.0, LINE));
            if ui.add(button).clicked() {
                actions.write(Action::GuideCamera);
            }
        });
}
