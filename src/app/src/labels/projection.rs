//! From the world to the picture, for this frame's camera.

use bevy::prelude::*;

use crate::render::camera::MainCamera;

/// The main camera as this frame sees it.
#[derive(bevy::ecs::system::SystemParam)]
pub(super) struct PictureView<'w, 's> {
    camera:
        Query<'w, 's, (&'static Camera, &'static Transform, &'static Projection), With<MainCamera>>,
    scale: Res<'w, UiScale>,
}

/// What is needed to project points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct View {
    transform: Transform,
    /// Half the picture's height at distance 1 (perspective) or anywhere (orthographic), in units.
    half_height: f32,
    orthographic: bool,
    /// Pixels of a picture of its shape with 720 lines: those in which the interface is laid out.
    pub size: Vec2,
}

impl PictureView<'_, '_> {
    /// The view; none before the camera knows its picture.
    pub fn get(&self) -> Option<View> {
        let (camera, transform, projection) = self.camera.single().ok()?;
        let size = camera.logical_viewport_size()?;
        if size.min_element() < 1.0 {
            return None;
        }
        let (half_height, orthographic) = match projection {
            Projection::Perspective(perspective) => ((perspective.fov * 0.5).tan(), false),
            Projection::Orthographic(orthographic) => {
                let height = match orthographic.scaling_mode {
                    bevy::camera::ScalingMode::FixedVertical { viewport_height } => viewport_height,
                    _ => size.y,
                };
                (height * orthographic.scale * 0.5, true)
            }
            Projection::Custom(_) => return None,
        };
        Some(View {
            transform: *transform,
            half_height,
            orthographic,
            size: size / self.scale.0.max(1e-3),
        })
    }
}

impl View {
    /// Where a point of the world lies in the picture, in pixels of the interface from the upper left; none
    /// behind the camera.
    pub fn project(&self, point: Vec3) -> Option<Vec2> {
        let seen = self.transform.rotation.inverse() * (point - self.transform.translation);
        let half = if self.orthographic {
            self.half_height
        } else if seen.z < -1e-3 {
            -seen.z * self.half_height
        } else {
            return None;
        };
        let centred = Vec2::new(seen.x, -seen.y) / half * self.size.y * 0.5;
        Some(centred + self.size * 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_that_is_looked_at_lies_in_the_middle() {
        let view = View {
            transform: Transform::from_xyz(3.0, 4.0, 20.0).looking_at(Vec3::ZERO, Vec3::Y),
            half_height: 0.25,
            orthographic: false,
            size: Vec2::new(1280.0, 720.0),
        };
        let middle = view.project(Vec3::ZERO).unwrap();
        assert!(middle.distance(Vec2::new(640.0, 360.0)) < 0.01, "{middle}");
        assert!(view.project(Vec3::new(6.0, 8.0, 40.0)).is_none());
        assert!(view.project(Vec3::Y).unwrap().y < 360.0);
    }
}
