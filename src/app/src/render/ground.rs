//! The dark ground of every picture: a gradient and a faint grid on the floor. Where the floor is seen
//! follows from the camera; [`ground_pass`](super::ground_pass) draws it.

use bevy::{
    camera::CameraUpdateSystems,
    prelude::*,
    render::{extract_component::ExtractComponent, render_resource::ShaderType},
};

use super::{camera::MainCamera, ground_pass, quality::Quality};

/// The floor grid.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Floor {
    /// Height of the floor in world units.
    pub height: f32,
    /// Width of one field of the grid in world units.
    pub field: f32,
    /// How far away the grid has faded out, in world units.
    pub reach: f32,
}

impl Default for Floor {
    fn default() -> Self {
        Self {
            height: -1.0,
            field: 2.0,
            reach: 120.0,
        }
    }
}

/// Lays the ground under the main camera's picture; the grid follows the [`Floor`] resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct GroundPlugin;

impl Plugin for GroundPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Floor>()
            .add_plugins(ground_pass::plugin)
            .add_systems(PostStartup, lay_ground)
            .add_systems(
                PostUpdate,
                follow_camera
                    .after(TransformSystems::Propagate)
                    .after(CameraUpdateSystems),
            );
    }
}

/// The floor as one camera sees it. The point of the floor that lies behind the place `(x, y)` of the
/// picture (clip coordinates, -1 to 1) is `(across / w, along / w)` in fields of the grid, each of
/// them linear in `(x, y, 1)`: a homography, the same for both projections.
#[derive(Component, ExtractComponent, ShaderType, Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Ground {
    across: Vec3,
    /// 1 / 255 where the gradient is dithered against banding, else 0.
    dither: f32,
    along: Vec3,
    /// 1 where there is none, and what is not drawn is transparent; else 0.
    nothing: f32,
    w: Vec3,
    reserved_w: f32,
    /// Over `w`: the distance as a part of the grid's reach.
    away: Vec3,
    reserved_away: f32,
}

impl Ground {
    /// What a camera with this `world_from_clip` sees of the floor. Along the ray of a pixel clip depth
    /// is found where the ray's height is the floor's; every other coordinate follows from it.
    fn seen(floor: &Floor, world_from_clip: Mat4, orthographic: bool, dither: f32) -> Self {
        let rows = world_from_clip.transpose();
        // height over the floor, of the homogeneous point (x, y, depth, 1)
        let height = rows.y_axis - floor.height * rows.w_axis;
        if height.z.abs() < 1e-12 {
            return Self {
                dither,
                ..Self::default()
            };
        }
        let depth = -Vec3::new(height.x, height.y, height.w) / height.z;
        let on_floor = |row: Vec4| Vec3::new(row.x, row.y, row.w) + row.z * depth;
        // the depth runs from 1, near, to 0, far
        let near_to_far = (world_from_clip.project_point3(Vec3::Z)
            - world_from_clip.project_point3(Vec3::ZERO))
        .length();
        Self {
            across: on_floor(rows.x_axis) / floor.field,
            along: on_floor(rows.z_axis) / floor.field,
            w: on_floor(rows.w_axis),
            away: if orthographic {
                (Vec3::Z - depth) * near_to_far / floor.reach
            } else {
                Vec3::Z / floor.reach
            },
            dither,
            ..Self::default()
        }
    }
}

fn lay_ground(mut commands: Commands, main: Query<Entity, With<MainCamera>>) {
    for camera in &main {
        commands.entity(camera).insert(Ground::default());
    }
}

fn follow_camera(
    floor: Res<Floor>,
    quality: Res<Quality>,
    none: Option<Res<NoGround>>,
    mut main: Query<(&Camera, &Projection, &Transform, &mut Ground), With<MainCamera>>,
) {
    let nothing = if none.is_some() { 1.0 } else { 0.0 };
    let dither = match *quality {
        Quality::Full => 1.0 / 255.0,
        Quality::Software => 0.0,
    };
    for (camera, projection, transform, mut ground) in &mut main {
        let world_from_clip = transform.to_matrix() * camera.clip_from_view().inverse();
        let orthographic = matches!(projection, Projection::Orthographic(_));
        let seen = Ground::seen(&floor, world_from_clip, orthographic, dither);
        ground.set_if_neq(Ground { nothing, ..seen });
    }
}

/// There is no ground: what is not drawn is transparent.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct NoGround;

#[cfg(test)]
mod tests {
    use super::*;

    /// The floor's point behind a place of the picture, in world units; `None` above the horizon.
    fn hit(ground: &Ground, floor: &Floor, x: f32, y: f32) -> Option<(Vec3, f32)> {
        let at = Vec3::new(x, y, 1.0);
        let w = ground.w.dot(at);
        (w > 0.0).then(|| {
            let place = Vec3::new(
                ground.across.dot(at) / w * floor.field,
                floor.height,
                ground.along.dot(at) / w * floor.field,
            );
            (place, ground.away.dot(at) / w * floor.reach)
        })
    }

    #[test]
    fn a_point_of_the_floor_is_seen_where_the_camera_projects_it() {
        let floor = Floor {
            height: -3.0,
            field: 1.5,
            reach: 90.0,
        };
        let eye =
            Transform::from_xyz(4.0, 9.0, 17.0).looking_at(Vec3::new(1.0, 0.0, -2.0), Vec3::Y);
        let perspective = Mat4::perspective_infinite_reverse_rh(0.8, 16.0 / 9.0, 0.1);
        // reversed depth, as the renderer has it
        let orthographic = Mat4::orthographic_rh(-16.0, 16.0, -9.0, 9.0, 200.0, 0.5);
        for (projection, is_orthographic) in [(perspective, false), (orthographic, true)] {
            let world_from_clip = eye.to_matrix() * projection.inverse();
            let ground = Ground::seen(&floor, world_from_clip, is_orthographic, 0.0);
            for point in [
                Vec3::new(0.0, -3.0, 0.0),
                Vec3::new(5.0, -3.0, -7.0),
                Vec3::new(-6.0, -3.0, 3.0),
            ] {
                let clip = world_from_clip.inverse().project_point3(point);
                let (place, distance) =
                    hit(&ground, &floor, clip.x, clip.y).expect("the floor is in front");
                assert!(
                    (place - point).length() < 1e-2,
                    "{place} instead of {point}"
                );
                let ahead = (point - eye.translation).dot(*eye.forward());
                let near = if is_orthographic { 0.5 } else { 0.0 };
                assert!((distance + near - ahead).abs() < 0.05 * ahead);
            }
        }
    }

    #[test]
    fn above_the_horizon_there_is_no_floor() {
        let floor = Floor::default();
        let eye = Transform::from_xyz(0.0, 5.0, 10.0).looking_to(Vec3::NEG_Z, Vec3::Y);
        let projection = Mat4::perspective_infinite_reverse_rh(0.8, 16.0 / 9.0, 0.1);
        let ground = Ground::seen(&floor, eye.to_matrix() * projection.inverse(), false, 0.0);
        assert!(hit(&ground, &floor, 0.0, 0.4).is_none());
        assert!(hit(&ground, &floor, 0.0, -0.4).is_some());
    }
}
