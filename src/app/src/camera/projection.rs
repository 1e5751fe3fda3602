//! Perspective and orthographic view, made so that what is looked at has the same size in both.

use std::f32::consts::PI;

use bevy::{camera::ScalingMode, prelude::*};
use orrery_pipeline::camera::CameraPose;

/// Vertical field of view of the perspective camera, in radians (30°): long enough a lens that cells
/// far from the middle are not distorted.
pub const VERTICAL_FIELD_OF_VIEW: f32 = PI / 6.0;

/// Nothing nearer is drawn, in units.
const NEAR: f32 = 0.1;
/// Nothing farther is drawn, in units.
const FAR: f32 = 10_000.0;
/// How much of the world the orthographic view sees before and behind what it looks at, in units.
const DEPTH: f32 = 2_000.0;

/// How the world is projected.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProjectionInUse {
    /// What is far is small.
    #[default]
    Perspective,
    /// What is far is as large as what is near.
    Orthographic,
}

impl ProjectionInUse {
    /// The other one.
    pub fn toggled(self) -> Self {
        match self {
            Self::Perspective => Self::Orthographic,
            Self::Orthographic => Self::Perspective,
        }
    }

    /// Writes a pose into what Bevy draws with.
    pub fn write(self, pose: &CameraPose, transform: &mut Transform, projection: &mut Projection) {
        *transform = transform_of(pose);
        *projection = self.projection(pose);
    }

    fn projection(self, pose: &CameraPose) -> Projection {
        match self {
            Self::Perspective => Projection::Perspective(PerspectiveProjection {
                fov: VERTICAL_FIELD_OF_VIEW,
                near: NEAR,
                far: FAR,
                near_clip_plane: Vec4::new(0.0, 0.0, -1.0, -NEAR),
                ..default()
            }),
            Self::Orthographic => Projection::Orthographic(OrthographicProjection {
                // so that the scale is the distance at which a perspective camera sees as much
                scaling_mode: ScalingMode::FixedVertical {
                    viewport_height: 2.0 * (VERTICAL_FIELD_OF_VIEW * 0.5).tan(),
                },
                scale: pose.distance,
                // around the camera's distance, so that it has the place of a perspective camera
                near: pose.distance - DEPTH,
                far: pose.distance + DEPTH,
                ..OrthographicProjection::default_3d()
            }),
        }
    }

    /// Whether the camera already projects like this.
    fn is_written(self, pose: &CameraPose, projection: &Projection) -> bool {
        match (self, projection) {
            (Self::Perspective, Projection::Perspective(_)) => true,
            (Self::Orthographic, Projection::Orthographic(old)) => {
                old.scale == pose.distance && old.far == pose.distance + DEPTH
            }
            _ => false,
        }
    }
}

fn transform_of(pose: &CameraPose) -> Transform {
    Transform {
        translation: pose.position(),
        rotation: pose.rotation(),
        scale: Vec3::ONE,
    }
}

/// Puts the camera into a pose; what is there already is not touched, so that a camera at rest
/// does not count as changed.
pub fn place_camera(
    in_use: ProjectionInUse,
    pose: &CameraPose,
    transform: &mut Mut<Transform>,
    projection: &mut Mut<Projection>,
) {
    transform.set_if_neq(transform_of(pose));
    if !in_use.is_written(pose, projection) {
        **projection = in_use.projection(pose);
    }
}
