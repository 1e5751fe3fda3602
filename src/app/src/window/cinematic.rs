//! The cinematic mode: the camera of films, and none of the window's controls.

use std::sync::Arc;

use bevy::prelude::*;
use orrery_pipeline::cinema::ShotTable;

use super::actions::Action;
use crate::{
    camera::{CameraControl, Direction},
    sets::{InterfacePart, Steering},
    third_party::egui::DrawInterface,
};

/// Whether the window is in cinematic mode.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CinematicMode {
    /// It is.
    pub on: bool,
}

/// Hides the controls and directs the camera while the mode is on.
pub struct CinematicPlugin;

impl Plugin for CinematicPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<CinematicMode>()
            .init_resource::<Direction>()
            .init_resource::<CameraControl>()
            .add_message::<Action>()
            .configure_sets(
                DrawInterface,
                (
                    InterfacePart::TransportBar,
                    InterfacePart::PromptProblem,
                    InterfacePart::Notice,
                    InterfacePart::CameraPath,
                    InterfacePart::FilmDialog,
                    InterfacePart::CameraHint,
                    InterfacePart::Visualizations,
                    InterfacePart::Sound,
                )
                    .run_if(|mode: Res<CinematicMode>| !mode.on),
            )
            .add_systems(
                Update,
                (toggle, direct.run_if(resource_changed::<CinematicMode>))
                    .chain()
                    .in_set(Steering::Cinematic)
                    .after(super::keys::read),
            );
    }
}

fn toggle(mut actions: MessageReader<Action>, mut mode: ResMut<CinematicMode>) {
    for action in actions.read() {
        if *action == Action::ToggleCinematic {
            mode.on = !mode.on;
        }
    }
}

fn direct(
    mode: Res<CinematicMode>,
    mut direction: ResMut<Direction>,
    mut control: ResMut<CameraControl>,
    mut was_on: Local<bool>,
) {
    if *was_on == mode.on {
        return;
    }
    *was_on = mode.on;
    *control = CameraControl::Guided;
    // the shipped table is checked by a test
    *direction = match ShotTable::shipped() {
        Ok(table) if mode.on => Direction::Cinematic(Arc::new(table)),
        _ => Direction::Guided,
    };
}
