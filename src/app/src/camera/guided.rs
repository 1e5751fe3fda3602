//! The guided camera: a pure function of the show's time and the picture's shape.

use bevy::prelude::*;
use orrery_pipeline::camera::Framing;

use super::{
    CameraStand,
    control::CameraControl,
    projection::{ProjectionInUse, VERTICAL_FIELD_OF_VIEW, place_camera},
};
use crate::{
    far_view::FlightOn,
    render::{camera::MainCamera, ground::Floor},
    show::{CurrentShow, Transport},
};

/// Width / height until the camera has learnt the size of its picture.
const USUAL_ASPECT: f32 = 16.0 / 9.0;

/// What the camera frames where there is no show.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct StandingFraming(pub Framing);

/// How far the floor's grid is seen, in heights of the picture.
const REACH: f32 = 4.0;

/// The floor lies beneath what the show frames, whoever steers the camera.
pub(super) fn lay_floor(
    show: Option<Res<CurrentShow>>,
    transport: Res<Transport>,
    flight: Option<Res<FlightOn>>,
    floor: Option<ResMut<Floor>>,
) {
    let (Some(show), Some(mut floor)) = (show, floor) else {
        return;
    };
    let Some(framing) = show.show.framing(transport.time) else {
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
    show: Option<Res<CurrentShow>>,
    standing: Option<Res<StandingFraming>>,
    transport: Res<Transport>,
    control: Res<CameraControl>,
    in_use: Res<ProjectionInUse>,
    flight: Option<Res<FlightOn>>,
    camera: Option<
        Single<(&Camera, &mut Transform, &mut Projection, &mut CameraStand), With<MainCamera>>,
    >,
) {
    let framing = match show {
        Some(show) => show.show.framing(transport.time),
        None => standing.map(|standing| standing.0),
    };
    let (Some(framing), Some(camera)) = (framing, camera) else {
        return;
    };
    let (camera, mut transform, mut projection, mut stand) = camera.into_inner();
    let Some(aspect) = aspect(camera) else {
        return;
    };
    let guided = match flight.and_then(|flight| flight.0) {
        Some(flight) => flight.camera(),
        None => framing.fit(aspect, VERTICAL_FIELD_OF_VIEW),
    };
    let pose = control.pose(stand.0, guided);
    stand.set_if_neq(CameraStand(pose));
    place_camera(*in_use, &pose, &mut transform, &mut projection);
}
