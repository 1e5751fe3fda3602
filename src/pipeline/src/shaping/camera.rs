//! What the camera frames of a shaped scene: a box around what is shown, seen from where the visualization is read
//! best.

use glam::{Quat, Vec2, Vec3};

use crate::bounds::Bounds;
use crate::camera::{Framing, SafeArea};
use crate::scene::{CellPose, Group, Role, Scene};

/// A framing of everything within these corners, seen from `yaw` (positive: from the right) and `pitch` (from above),
/// in radians. The framing is of the box as it is seen from there, so that a deep stage is framed like a flat one.
pub fn framing_of(points: &[Vec3], (yaw, pitch): (f32, f32), safe: SafeArea) -> Framing {
    let rotation = Quat::from_rotation_y(yaw) * Quat::from_rotation_x(-pitch);
    let back = rotation.inverse();
    let seen = points.iter().map(|&point| back * point);
    let (least, most) = seen.fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(least, most), p| {
        (least.min(p), most.max(p))
    });
    let (least, most) = if least.is_finite() && most.is_finite() {
        (least, most)
    } else {
        (-Vec3::ONE, Vec3::ONE)
    };
    let half = (most - least) * 0.5;
    // what is nearer than the middle looks larger: half a picture's depth away it is a few percent
    let nearer = 1.0 + 0.25 * half.z / half.truncate().max_element().max(0.5) * 0.5;
    Framing {
        centre: rotation * least.midpoint(most),
        half_extent: Vec2::new(half.x / yaw.cos().max(0.3), half.y / pitch.cos().max(0.3))
            .max(Vec2::splat(0.5))
            * nearer.min(1.25),
        yaw,
        pitch,
        safe,
    }
}

/// The box around what is seen of a group at `s`; none where nothing is.
pub(crate) fn box_around(group: &Group, s: f32) -> Option<Bounds> {
    let cells = (0..group.rows).flat_map(|row| (0..group.columns).map(move |c| (row, c)));
    let seen = cells
        .map(|(row, column)| group.pose(row, column, s))
        .filter(CellPose::visible);
    let boxes = seen.map(|pose| {
        let half = pose.size * 0.5;
        Bounds::new(pose.position - half, pose.position + half)
    });
    boxes.reduce(Bounds::union)
}

/// The corners of the boxes around all matrices of a scene that are seen at one of these times, in seconds of the
/// stage: what a camera that shall see all of them frames.
pub fn seen_corners(scene: &Scene, times: &[f32]) -> Vec<Vec3> {
    let matrices = scene
        .groups
        .iter()
        .filter(|group| group.role == Role::Matrix);
    let boxes = matrices.filter_map(|group| {
        let boxes = times.iter().filter_map(|&s| box_around(group, s));
        boxes.reduce(Bounds::union)
    });
    boxes
        .flat_map(|Bounds { least, most }| {
            (0..8).map(move |corner| {
                let pick = |axis: usize| if corner >> axis & 1 == 0 { least } else { most };
                Vec3::new(pick(0).x, pick(1).y, pick(2).z)
            })
        })
        .collect()
}
