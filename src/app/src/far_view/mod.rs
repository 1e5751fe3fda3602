//! The far view: the whole model as one machine, with the data at its present place. Here live who asks
//! for it, the flight between the stage and it, and its panels; where its parts stand and what they show
//! comes from the pipeline, its words are written by the labels. While nobody looks at it there is
//! nothing of it.

mod fly;
mod panels;

use bevy::prelude::*;

use crate::{
    camera::{PlaceCamera, control::fly_back},
    sets::OrrerySystems,
};

pub use fly::{FarView, FlightOn};
pub use panels::MachineOn;

/// Shows the whole model on demand, and where the show itself begins and ends with it.
pub struct FarViewPlugin;

impl Plugin for FarViewPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<FarView>()
            .init_resource::<FlightOn>()
            .add_systems(
                Update,
                (
                    fly::fly,
                    panels::keep_machine.run_if(resource_changed::<FarView>.or_eager(is_shown)),
                    fly::find_flight,
                    fly::place_stage.run_if(resource_changed::<FlightOn>),
                )
                    .chain()
                    .in_set(OrrerySystems::Camera)
                    .after(fly_back)
                    .before(PlaceCamera),
            )
            .add_systems(
                Update,
                panels::follow
                    .run_if(resource_exists::<MachineOn>)
                    .in_set(OrrerySystems::Camera)
                    .after(PlaceCamera),
            );
    }
}

fn is_shown(far: Res<FarView>) -> bool {
    far.shown() > 0.0
}
