//! The order of a frame, in one place.

use bevy::prelude::*;
use orrery_plugin_api::FollowStage;

use crate::third_party::egui::DrawInterface;

/// What happens in a frame, in this order (in `Update`).
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrrerySystems {
    /// Keys, pointer and interface are read, and what they ask for is done.
    Input,
    /// The show's clock moves.
    Transport,
    /// A show that is ready takes the place of the one before; the clock finds out what is on.
    Program,
    /// Cells follow the stage.
    Choreography,
    /// The camera goes where it is guided.
    Camera,
    /// Words follow the camera.
    Labels,
    /// What is heard follows what is seen.
    Sound,
}

/// Who does what keys and buttons ask for: a part of [`OrrerySystems::Input`], in this order, before another show
/// is asked for.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Steering {
    /// The clock, the picture, the window.
    Usual,
    /// A user's own camera path.
    CameraPath,
    /// Films.
    Film,
    /// The camera of films, and no controls.
    Cinematic,
}

/// Who asks for another show: a part of [`OrrerySystems::Input`], in this order where several ask in one
/// frame.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asking {
    /// The next of the models at hand.
    Model,
    /// A prompt that was typed.
    Prompt,
    /// A block that is opened or closed.
    Block,
    /// Another page of what is too long.
    Page,
    /// Another timing.
    Pacing,
    /// A model from a file.
    File,
}

/// The parts of the interface, in the order in which they are drawn (in `DrawInterface`).
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InterfacePart {
    /// How all of them look.
    Style,
    /// The bar at the bottom.
    TransportBar,
    /// Why a prompt is not shown.
    PromptProblem,
    /// What goes on beside the show.
    Notice,
    /// A user's own camera path.
    CameraPath,
    /// What is to be filmed, and how far it is.
    FilmDialog,
    /// How the show is drawn.
    Visualizations,
    /// How the camera is given back.
    CameraHint,
    /// Volumes, and whether there is a device.
    Sound,
    /// The table of keys.
    Help,
    /// The dialog in which a file is chosen.
    FileDialog,
}

/// Puts the sets in order.
pub(crate) fn plugin(app: &mut App) {
    use OrrerySystems::{Camera, Choreography, Input, Labels, Program, Sound, Transport};
    app.configure_sets(
        Update,
        (
            Input,
            Transport,
            Program,
            Choreography,
            Camera,
            Labels,
            Sound,
        )
            .chain(),
    )
    .configure_sets(
        Update,
        (
            Asking::Model,
            Asking::Prompt,
            Asking::Block,
            Asking::Page,
            Asking::Pacing,
            Asking::File,
        )
            .chain()
            .in_set(Input),
    )
    .configure_sets(
        Update,
        (
            Steering::Usual,
            Steering::CameraPath,
            Steering::Film,
            Steering::Cinematic,
        )
            .chain()
            .in_set(Input)
            .before(Asking::Model),
    )
    .configure_sets(Update, FollowStage.in_set(Choreography))
    .configure_sets(
        DrawInterface,
        (
            InterfacePart::Style,
            InterfacePart::TransportBar,
            InterfacePart::PromptProblem,
            InterfacePart::Notice,
            InterfacePart::CameraPath,
            InterfacePart::FilmDialog,
            InterfacePart::Visualizations,
            InterfacePart::CameraHint,
            InterfacePart::Sound,
            InterfacePart::Help,
            InterfacePart::FileDialog,
        )
            .chain(),
    );
}
