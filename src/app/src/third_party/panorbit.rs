//! bevy_panorbit_camera: what the mouse does with the camera.
//!
//! While the show steers, the plugin is told every frame where the camera is and what it aims at,
//! so that it has nothing to do. The first movement of the mouse that counts makes its aim differ:
//! then the camera is the user's, and it starts from exactly where it was.

use bevy::{input::mouse::MouseMotion, prelude::*};
use bevy_panorbit_camera::{
    ActiveCameraData, PanOrbitCamera, PanOrbitCameraPlugin, PanOrbitCameraSystemSet,
};
use orrery_pipeline::camera::CameraPose;

use super::egui::{PointerOverInterface, notice_pointer};
use crate::{
    camera::{CameraControl, CameraStand, ProjectionInUse, VERTICAL_FIELD_OF_VIEW, place_camera},
    render::camera::MainCamera,
};

/// A press that moves less than this is a click and not a drag, in logical pixels.
const DRAG_THRESHOLD: f32 = 4.0;
/// The plugin moves things by ever smaller parts; below this they have arrived, in units.
const ARRIVED: f32 = 1e-3;

/// Left drag orbits, right or middle drag pans, the wheel zooms.
pub struct UserCameraPlugin;

impl Plugin for UserCameraPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins(PanOrbitCameraPlugin)
            .init_resource::<PointerOverInterface>()
            .add_observer(attach)
            .add_systems(
                PostUpdate,
                (
                    tell_where_it_stands
                        .after(notice_pointer)
                        .before(PanOrbitCameraSystemSet),
                    ask_where_it_goes
                        .after(PanOrbitCameraSystemSet)
                        .before(TransformSystems::Propagate)
                        .before(bevy::camera::CameraUpdateSystems),
                ),
            );
    }
}

fn attach(
    added: On<Add, MainCamera>,
    mut active: ResMut<ActiveCameraData>,
    mut commands: Commands,
) {
    // known from the beginning, so that the first turn of the wheel is not lost
    active.entity = Some(added.entity);
    commands.entity(added.entity).insert(PanOrbitCamera {
        // it does not find out for itself where the camera is: it is told
        initialized: true,
        yaw: Some(0.0),
        pitch: Some(0.0),
        radius: Some(1.0),
        zoom_lower_limit: 0.5,
        use_real_time: true,
        ..default()
    });
}

/// What the mouse is about since a button went down.
#[derive(Clone, Copy, Debug, Default)]
struct Press {
    /// How far it has moved, in logical pixels.
    moved: f32,
    /// It began over a panel and belongs to it.
    is_interface: bool,
}

fn tell_where_it_stands(
    control: Res<CameraControl>,
    over_interface: Res<PointerOverInterface>,
    buttons: Res<ButtonInput<MouseButton>>,
    touches: Res<Touches>,
    mut motion: MessageReader<MouseMotion>,
    camera: Option<Single<(&CameraStand, &mut PanOrbitCamera)>>,
    mut press: Local<Press>,
) {
    let moved: f32 = motion.read().map(|motion| motion.delta.length()).sum();
    if buttons.get_just_pressed().next().is_some() {
        *press = Press {
            moved: 0.0,
            is_interface: over_interface.0,
        };
    }
    if buttons.get_pressed().next().is_some() {
        press.moved += moved;
    } else {
        *press = Press::default();
    }
    let touched = touches.iter().next().is_some() && !over_interface.0;
    let Some(camera) = camera else {
        return;
    };
    let (stand, mut pan_orbit) = camera.into_inner();
    let is_users = *control == CameraControl::User;
    let drags = !press.is_interface && (is_users || touched || press.moved >= DRAG_THRESHOLD);
    let sensitivity = |on: bool| if on { 1.0 } else { 0.0 };
    // The plugin asks egui itself, but may do so before egui has seen this frame's pointer.
    pan_orbit.orbit_sensitivity = sensitivity(drags);
    pan_orbit.pan_sensitivity = sensitivity(drags);
    pan_orbit.zoom_sensitivity = sensitivity(!over_interface.0);
    // it knows one button for panning: whichever of the two was pressed last
    for button in [MouseButton::Right, MouseButton::Middle] {
        if buttons.just_pressed(button) {
            pan_orbit.button_pan = button;
        }
    }
    if !is_users {
        stand_at(&mut pan_orbit, &stand.0);
    }
}

fn ask_where_it_goes(
    mut control: ResMut<CameraControl>,
    in_use: Res<ProjectionInUse>,
    camera: Option<
        Single<(
            &mut CameraStand,
            &mut PanOrbitCamera,
            &mut Transform,
            &mut Projection,
        )>,
    >,
) {
    let Some(camera) = camera else {
        return;
    };
    let (mut stand, mut pan_orbit, mut transform, mut projection) = camera.into_inner();
    if *control != CameraControl::User {
        if !aims_elsewhere(&pan_orbit, &stand.0) {
            return;
        }
        *control = CameraControl::User;
    }
    if pan_orbit.focus.distance(pan_orbit.target_focus) < ARRIVED {
        pan_orbit.focus = pan_orbit.target_focus;
    }
    // Seen from the new pose in the next frame, when the words can follow: until then the camera
    // stays where cells and words were placed for.
    place_camera(*in_use, &stand.0, &mut transform, &mut projection);
    if let Some(pose) = pose_of(&pan_orbit) {
        stand.set_if_neq(CameraStand(pose));
    }
}

fn stand_at(pan_orbit: &mut PanOrbitCamera, pose: &CameraPose) {
    pan_orbit.focus = pose.target;
    pan_orbit.target_focus = pose.target;
    pan_orbit.yaw = Some(pose.yaw);
    pan_orbit.target_yaw = pose.yaw;
    pan_orbit.pitch = Some(pose.pitch);
    pan_orbit.target_pitch = pose.pitch;
    pan_orbit.radius = Some(pose.distance);
    pan_orbit.target_radius = pose.distance;
}

fn aims_elsewhere(pan_orbit: &PanOrbitCamera, pose: &CameraPose) -> bool {
    pan_orbit.target_focus != pose.target
        || pan_orbit.target_yaw != pose.yaw
        || pan_orbit.target_pitch != pose.pitch
        || pan_orbit.target_radius != pose.distance
}

fn pose_of(pan_orbit: &PanOrbitCamera) -> Option<CameraPose> {
    let distance = pan_orbit.radius?;
    Some(CameraPose {
        target: pan_orbit.focus,
        yaw: pan_orbit.yaw?,
        pitch: pan_orbit.pitch?,
        distance,
        height: 2.0 * distance * (VERTICAL_FIELD_OF_VIEW * 0.5).tan(),
    })
}

#[cfg(test)]
#[path = "panorbit_tests.rs"]
mod tests;
