//! A line of sight: from the eye, or from a point of the picture's plane, into the stage.

use glam::Vec3;

/// A ray.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// Where it begins.
    pub origin: Vec3,
    /// Where it goes; its length does not matter.
    pub direction: Vec3,
}

impl Ray {
    /// The point that lies so many lengths of the direction away.
    pub fn at(&self, distance: f32) -> Vec3 {
        self.origin + self.direction * distance
    }

    /// How many lengths of the direction away it enters and leaves a box with these edge lengths, whose edges run
    /// along the axes; none where it misses it or the box lies behind.
    pub fn through_box(&self, centre: Vec3, size: Vec3) -> Option<(f32, f32)> {
        let (mut enters, mut leaves) = (0.0f32, f32::INFINITY);
        for axis in 0..3 {
            let (from, way) = (self.origin[axis] - centre[axis], self.direction[axis]);
            let half = size[axis] * 0.5;
            if way == 0.0 {
                if from.abs() > half {
                    return None;
                }
                continue;
            }
            let (a, b) = ((-half - from) / way, (half - from) / way);
            enters = enters.max(a.min(b));
            leaves = leaves.min(a.max(b));
        }
        (enters <= leaves).then_some((enters, leaves))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point() -> impl Strategy<Value = Vec3> {
        prop::array::uniform3(-9.0f32..9.0).prop_map(Vec3::from)
    }

    proptest! {
        #[test]
        fn a_ray_towards_a_point_of_a_box_goes_through_it(
            origin in point(), centre in point(), inside in prop::array::uniform3(-0.49f32..0.49),
            size in prop::array::uniform3(0.1f32..4.0),
        ) {
            let size = Vec3::from(size);
            let aim = centre + Vec3::from(inside) * size;
            let ray = Ray { origin, direction: aim - origin };
            let (enters, leaves) = ray.through_box(centre, size).expect("a hit");
            prop_assert!(enters <= 1.0 + 1e-3 && leaves >= 1.0 - 1e-3);
            let away = Ray { direction: -ray.direction, ..ray };
            let beside = (origin - centre).abs().cmpgt(size * 0.5).any();
            prop_assert!(!beside || away.through_box(centre, size).is_none());
        }
    }

    #[test]
    fn a_ray_along_an_axis_meets_what_lies_on_it() {
        let ray = Ray {
            origin: Vec3::new(0.0, 0.0, 5.0),
            direction: Vec3::NEG_Z,
        };
        assert_eq!(ray.through_box(Vec3::ZERO, Vec3::ONE), Some((4.5, 5.5)));
        assert_eq!(ray.through_box(Vec3::X, Vec3::ONE), None);
        assert_eq!(ray.through_box(Vec3::Z * 9.0, Vec3::ONE), None);
    }
}
