//! The guided camera: a pure function of the show's time and the picture's shape.

use bevy::prelude::*;

use super::{
    CameraStand,
    control::CameraControl,
    direction::Direction,
    projection::{ProjectionInUse, VERTICAL_FIELD_OF_VIEW, place_camera},
};
use crate::{
    far_view::FlightOn,
    render::{camera::MainCamera, ground::Floor},
    show::Now,
};

/// Width / height until the camera knows the size of its picture.
const USUAL_ASPECT: f32 = 16.0 / 9.0;

/// How far the floor's grid is seen, in heights of the picture.
const REACH: f32 = 4.0;

/// The floor lies beneath what the show frames, whoever steers the camera.
pub(super) fn lay_floor(
    now: Res<Now>,
    flight: Option<Res<FlightOn>>,
    floor: Option<ResMut<Floor>>,
) {
    // without a show, whoever made the scene has laid its floor
    let (Some(_), Some(framing), Some(mut floor)) = (now.segment, now.framing, floor) else {
        return;
    };
    let near = Floor {
        height: framing.floor(),
        reach: REACH * framing.fit(USUAL_ASPECT, VERTICAL_FIELD_OF_VIEW).height,
        ..Floor::default()
    };
    floor.set_if_neq(flight.map_or(near, |flight| flight.floor(near)));
}

/// Width / height of the picture; none while it has no size (a minimised window).
pub(crate) fn aspect(camera: &Camera) -> Option<f32> {
    match camera.physical_viewport_size() {
        None => Some(USUAL_ASPECT),
        Some(size) if size.min_element() == 0 => None,
        Some(size) => Some(size.x as f32 / size.y as f32),
    }
}

pub(super) fn place(
    now: Res<Now>,
    control: Res<CameraControl>,
    in_use: Res<ProjectionInUse>,
    direction: Res<Direction>,
    flight: Option<Res<FlightOn>>,
    camera: Option<
        Single<(&Camera, &mut Transform, &mut Projection, &mut CameraStand), With<MainCamera>>,
    >,
) {
    let (Some(framing), Some(camera)) = (now.framing, camera) else {
        return;
    };
    let (camera, mut transform, mut projection, mut stand) = camera.into_inner();
    let Some(aspect) = aspect(camera) else {
        return;
    };
    let guided = match (direction.pose(now.time), flight.and_then(|flight| flight.0)) {
        (Some(pose), _) => pose,
        (None, Some(flight)) => flight.camera(),
        (None, None) => framing.fit(aspect, VERTICAL_FIELD_OF_VIEW),
    };
    let pose = control.pose(stand.0, guided);
    stand.set_if_neq(CameraStand(pose));
    place_camera(*in_use, &pose, &mut transform, &mut projection);
}
