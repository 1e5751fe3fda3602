//! Where the picture is seen from: the guided camera, who steers, and the two projections. Only these
//! systems write the main camera's place; what the mouse does with it comes from `third_party`.

pub mod control;
mod direction;
pub(crate) mod guided;
mod keyframes;
mod projection;

use bevy::prelude::*;
use orrery_pipeline::camera::CameraPose;

use crate::{
    render::{
        Quality, SamplesPerPixel,
        camera::{PictureTarget, spawn_main_camera},
    },
    sets::OrrerySystems,
};

pub use control::CameraControl;
pub use direction::Direction;
pub(crate) use direction::ShotList;
pub use keyframes::{CameraKey, CameraKeys, CameraKeysError};
pub use projection::{ProjectionInUse, VERTICAL_FIELD_OF_VIEW, place_camera};

/// On the main camera: its pose. A user's hand changes this; the camera's
/// `Transform` follows, before the words are placed.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct CameraStand(pub CameraPose);

/// When the camera is placed.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlaceCamera;

/// The main camera and its guide; with or without a window.
pub struct CameraPlugin;

impl Plugin for CameraPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<CameraControl>()
            .init_resource::<ProjectionInUse>()
            .init_resource::<SamplesPerPixel>()
            .add_systems(Startup, spawn)
            .add_systems(
                Update,
                (
                    control::fly_back,
                    guided::place.in_set(PlaceCamera),
                    guided::lay_floor,
                )
                    .chain()
                    .in_set(OrrerySystems::Camera),
            );
    }
}

/// Where the camera is until there is a show.
const BEFORE_THE_SHOW: CameraPose = CameraPose {
    target: Vec3::ZERO,
    yaw: 0.0,
    pitch: 0.0,
    distance: 40.0,
    height: 21.4,
};

fn spawn(
    mut commands: Commands,
    quality: Res<Quality>,
    samples: Res<SamplesPerPixel>,
    target: Res<PictureTarget>,
) {
    let mut transform = Transform::IDENTITY;
    let mut projection = Projection::default();
    ProjectionInUse::default().write(&BEFORE_THE_SHOW, &mut transform, &mut projection);
    let camera = spawn_main_camera(&mut commands, *quality, &target);
    commands.entity(camera).insert((
        transform,
        projection,
        CameraStand(BEFORE_THE_SHOW),
        samples.msaa(*quality),
    ));
}

#[cfg(test)]
mod tests;
