//! The order of a frame, in one place.

use bevy::prelude::*;
use orrery_plugin_api::FollowStage;

/// What happens in a frame, in this order (in `Update`).
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrrerySystems {
    /// Keys, pointer and panels are read.
    Input,
    /// The show's clock moves.
    Transport,
    /// The clock finds its stage; a new prompt its show.
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
    .configure_sets(Update, FollowStage.in_set(Choreography));
}
