//! Where the camera has to be to see the whole machine.

use crate::bounds::Bounds;
use glam::{Quat, Vec3};

use crate::camera::{CameraPose, SafeArea};

use super::Machine;

/// The part of the picture that the machine may fill: words are above it, the timeline below.
pub const SAFE: SafeArea = SafeArea {
    left: 0.025,
    right: 0.025,
    top: 0.258,
    bottom: 0.125,
    words: SafeArea::BAND.words,
};

/// Turn to the side and from above, radians: from the left, so that the beam leads into the picture.
const YAW: f32 = -0.42;
const PITCH: f32 = 0.20;
/// Room around the machine for the names of its parts, in units of its height.
const ROOM: f32 = 0.05;

/// The camera's place for the whole machine, in a picture of `aspect` (width / height) with a vertical
/// field of view in radians. Nearest of all places in this direction from which everything is seen within
/// the safe area.
pub fn pose(machine: &Machine, aspect: f32, vertical_fov: f32) -> CameraPose {
    let rotation = Quat::from_rotation_y(YAW) * Quat::from_rotation_x(-PITCH);
    let Bounds { least, most } = machine.bounds;
    let room = (most.y - least.y) * ROOM;
    let corners = machine.slabs.iter().filter_map(|slab| slab.bounds());
    let points: Vec<Vec3> = corners
        .flat_map(|Bounds { least: l, most: m }| {
            (0..8).map(move |corner| {
                let pick = |bit: usize, low: f32, high: f32| {
                    if corner >> bit & 1 == 0 { low } else { high }
                };
                Vec3::new(pick(0, l.x, m.x), pick(1, l.y, m.y), pick(2, l.z, m.z))
            })
        })
        .chain([
            Vec3::new(least.x, most.y + room, 0.0),
            Vec3::new(most.x, most.y + room, 0.0),
            Vec3::new(least.x, least.y - room, 0.0),
            Vec3::new(most.x, least.y - room, 0.0),
        ])
        .map(|point| rotation.inverse() * point)
        .collect();

    // The slopes of the safe area's four sides, seen from the camera.
    let half = (vertical_fov * 0.5).tan();
    let slope = |margin: f32, half: f32| half * (1.0 - 2.0 * margin);
    let (left, right) = (
        slope(SAFE.left, half * aspect),
        slope(SAFE.right, half * aspect),
    );
    let (top, bottom) = (slope(SAFE.top, half), slope(SAFE.bottom, half));
    let across = fit(points.iter().map(|p| (p.x, p.z)), left, right);
    let up = fit(points.iter().map(|p| (p.y, p.z)), bottom, top);
    let eye_z = across.nearest.max(up.nearest);
    let eye = Vec3::new(across.middle(eye_z), up.middle(eye_z), eye_z);
    // looks at the plane through the machine's middle, around which a hand turns it
    let middle = rotation.inverse() * least.midpoint(most);
    let distance = (eye_z - middle.z).max(1.0);
    CameraPose {
        target: rotation * (eye - Vec3::Z * distance),
        yaw: YAW,
        pitch: PITCH,
        distance,
        height: 2.0 * distance * half,
    }
}

/// From where points in a plane are all seen between two slopes: the eye at `(e, depth)` sees the point
/// `(x, z)` between them if `lower(depth) ≥ e ≥ upper(depth)`, both linear in the depth.
struct Fit {
    least: f32,
    least_slope: f32,
    most: f32,
    most_slope: f32,
    /// The least depth at which there is such an eye.
    nearest: f32,
}

fn fit(points: impl Iterator<Item = (f32, f32)>, least_slope: f32, most_slope: f32) -> Fit {
    // x − e ≤ most_slope · (depth − z) and e − x ≤ least_slope · (depth − z)
    let (most, least) = points.fold((f32::MIN, f32::MAX), |(most, least), (x, z)| {
        (most.max(x + most_slope * z), least.min(x - least_slope * z))
    });
    Fit {
        least,
        least_slope,
        most,
        most_slope,
        nearest: (most - least) / (most_slope + least_slope),
    }
}

impl Fit {
    /// The middle of the places that an eye at this depth may have.
    fn middle(&self, depth: f32) -> f32 {
        let from = self.most - self.most_slope * depth;
        let to = self.least + self.least_slope * depth;
        f32::midpoint(from, to)
    }
}
