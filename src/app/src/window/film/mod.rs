//! Films from the window: a dialog in which one is asked for, and its recording by a second process of this
//! program, so that the show goes on meanwhile. What a film is lives elsewhere.

mod dialog;
mod process;
mod words;

use bevy::prelude::*;

use super::actions::Action;
use crate::sets::{InterfacePart, Steering};
use crate::third_party::egui::DrawInterface;

pub use process::FilmInMaking;

/// Asks for films and has them recorded.
pub struct FilmPlugin;

impl Plugin for FilmPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<dialog::FilmDialog>()
            .init_resource::<FilmInMaking>()
            .add_message::<Action>()
            .add_systems(
                Update,
                (dialog::toggle, process::follow)
                    .chain()
                    .in_set(Steering::Film)
                    .after(super::keys::read),
            )
            .add_systems(
                DrawInterface,
                dialog::draw.in_set(InterfacePart::FilmDialog),
            );
    }
}
