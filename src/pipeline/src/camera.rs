//! The guided camera: what it frames and when. A framing is a box seen from a direction; how far
//! away the camera must stand follows from the picture's shape, so films of any size are framed.

use crate::bounds::Bounds;
use glam::{Quat, Vec2, Vec3};

use crate::easing::cubic_in_out;

/// The part of the picture that a framing may fill; the rest is for words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SafeArea {
    /// Free at the left edge, share of the width.
    pub left: f32,
    /// Free at the right edge, share of the width.
    pub right: f32,
    /// Free at the top, share of the height.
    pub top: f32,
    /// Free at the bottom, share of the height.
    pub bottom: f32,
    /// Width of the words at the upper left, share of the width.
    pub words: f32,
}

impl SafeArea {
    /// The stage leaves its upper left corner empty: words stand there, in a narrow column.
    pub const CORNER: Self = Self {
        left: 0.015,
        right: 0.015,
        top: 0.065,
        bottom: 0.165,
        words: 0.25,
    };
    /// The same where the corner is wide.
    pub const WIDE_CORNER: Self = Self {
        words: 0.40,
        ..Self::CORNER
    };
    /// Words stand in a band above the stage.
    pub const BAND: Self = Self {
        left: 0.015,
        right: 0.015,
        top: 0.225,
        bottom: 0.165,
        words: 0.93,
    };
    /// Words stand above a stage whose matrices have names above them everywhere.
    pub const PAGE: Self = Self {
        left: 0.03,
        right: 0.03,
        top: 0.25,
        bottom: 0.165,
        words: 0.93,
    };

    /// The same in a picture of this aspect (width / height): where it is narrow there is no corner wide enough for
    /// words, and in a band above the stage they take more lines.
    #[must_use]
    pub fn for_shape(self, aspect: f32) -> Self {
        /// Shapes at least as wide as this need nothing of the kind.
        const WIDE: f32 = 1.5;
        if aspect >= WIDE {
            return self;
        }
        let narrower = (WIDE - aspect.max(0.4)) / WIDE;
        Self {
            top: self.top.max(Self::BAND.top) + 0.16 * narrower,
            bottom: self.bottom.max(Self::BAND.bottom),
            words: Self::BAND.words,
            ..self
        }
    }
}

/// What the camera frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Framing {
    /// Centre of the box.
    pub centre: Vec3,
    /// Half of its width and height, in units.
    pub half_extent: Vec2,
    /// Turn to the side, radians; positive looks from the right.
    pub yaw: f32,
    /// Turn from above, radians.
    pub pitch: f32,
    /// Where in the picture the box may lie.
    pub safe: SafeArea,
}

/// Where the camera stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CameraPose {
    /// What it looks at.
    pub target: Vec3,
    /// Turn to the side, radians.
    pub yaw: f32,
    /// Turn from above, radians.
    pub pitch: f32,
    /// Distance from the target, in units.
    pub distance: f32,
    /// Height of the picture at the target, in units (for the orthographic view).
    pub height: f32,
}

impl CameraPose {
    /// From the target to the camera, rotated.
    pub fn rotation(&self) -> Quat {
        Quat::from_rotation_y(self.yaw) * Quat::from_rotation_x(-self.pitch)
    }

    /// Where the camera is.
    pub fn position(&self) -> Vec3 {
        self.target + self.rotation() * Vec3::Z * self.distance
    }
}

impl Framing {
    /// Around a box, seen nearly from the front.
    pub fn around(bounds: Bounds, safe: SafeArea) -> Self {
        Self {
            centre: bounds.least.midpoint(bounds.most),
            half_extent: (bounds.size() * 0.5).truncate().max(Vec2::splat(0.5)),
            yaw: -0.16,
            pitch: 0.10,
            safe,
        }
    }

    /// The same box seen straight from the front.
    #[must_use]
    pub fn facing(self) -> Self {
        Self {
            yaw: 0.0,
            pitch: 0.0,
            ..self
        }
    }

    /// Straight around a box that may be very small.
    pub fn around_closely(bounds: Bounds, safe: SafeArea) -> Self {
        Self {
            half_extent: (bounds.size() * 0.5).truncate().max(Vec2::splat(1e-4)),
            ..Self::around(bounds, safe).facing()
        }
    }

    /// Height of the floor beneath the box, in units: a little lower than its foot.
    pub fn floor(&self) -> f32 {
        self.centre.y - self.half_extent.y * 1.12 - 1.2
    }

    /// Between two framings.
    pub fn lerp(self, to: Self, t: f32) -> Self {
        const ALIKE: f32 = 3.0;
        let mix = |a: f32, b: f32| a + (b - a) * t;
        // sizes change by factors, so that a zoom looks even; not where they are alike: what lies in both boxes is
        // seen all the way if they change evenly
        let mix_log = |a: f32, b: f32| {
            let (a, b) = (a.max(1e-4), b.max(1e-4));
            match a.max(b) / a.min(b) < ALIKE {
                true => mix(a, b),
                false => mix(a.ln(), b.ln()).exp(),
            }
        };
        let (from_width, to_width) = (self.half_extent.x, to.half_extent.x);
        let width = mix_log(from_width, to_width);
        // a zoom has a point that stays where it is: the centre goes as far as the size has gone
        let zooms = from_width.max(to_width) / from_width.min(to_width).max(1e-4) >= ALIKE;
        let gone = if zooms {
            (width - from_width) / (to_width - from_width)
        } else {
            t
        };
        Self {
            centre: self.centre.lerp(to.centre, gone),
            half_extent: Vec2::new(width, mix_log(self.half_extent.y, to.half_extent.y)),
            yaw: mix(self.yaw, to.yaw),
            pitch: mix(self.pitch, to.pitch),
            safe: SafeArea {
                left: mix(self.safe.left, to.safe.left),
                right: mix(self.safe.right, to.safe.right),
                top: mix(self.safe.top, to.safe.top),
                bottom: mix(self.safe.bottom, to.safe.bottom),
                // words that change their lines all the way would be restless
                words: if t < 0.5 {
                    self.safe.words
                } else {
                    to.safe.words
                },
            },
        }
    }

    /// Where the camera must stand so that the box fills the safe area of a picture with this
    /// aspect (width / height) and vertical field of view (radians).
    pub fn fit(&self, aspect: f32, vertical_fov: f32) -> CameraPose {
        /// Each step leaves a small part of the error of the one before.
        const STEPS: usize = 5;
        let safe = self.safe.for_shape(aspect);
        let half_fov = (vertical_fov * 0.5).tan();
        let free = Vec2::new(
            (1.0 - safe.left - safe.right).max(0.1),
            (1.0 - safe.top - safe.bottom).max(0.1),
        );
        // the middle of the safe area, in halves of the picture from its middle
        let middle = Vec2::new(safe.left - safe.right, safe.bottom - safe.top);
        let mut height = (2.0 * self.half_extent.y).max(2.0 * self.half_extent.x / aspect.max(0.1));
        let mut target = self.centre;
        let stand = |target: Vec3, height: f32| CameraPose {
            target,
            yaw: self.yaw,
            pitch: self.pitch,
            distance: height * 0.5 / half_fov,
            height,
        };
        for _ in 0..STEPS {
            let pose = stand(target, height);
            // a side that is nearer looks larger: where the box really lies in the picture
            let (least, most) = self.seen_by(&pose, aspect, half_fov);
            let size = (most - least) * 0.5 / free;
            let away = (least + most) * 0.5 - middle * size.max_element();
            let shift = Vec2::new(away.x * aspect, away.y) * height * 0.5;
            target += pose.rotation() * shift.extend(0.0);
            height *= size.max_element().clamp(0.2, 5.0);
        }
        stand(target, height)
    }

    /// The least and the greatest place of the box in the picture, in halves of the picture from its
    /// middle.
    fn seen_by(&self, pose: &CameraPose, aspect: f32, half_fov: f32) -> (Vec2, Vec2) {
        let inverse = pose.rotation().inverse();
        let position = pose.position();
        let (x, y) = (self.half_extent.x, self.half_extent.y);
        let corners = [(-x, -y), (-x, y), (x, -y), (x, y)].map(|(x, y)| {
            let seen = inverse * (self.centre + Vec3::new(x, y, 0.0) - position);
            let depth = (-seen.z).max(1e-3 * pose.distance) * half_fov;
            Vec2::new(seen.x / aspect, seen.y) / depth
        });
        corners
            .into_iter()
            .fold((corners[0], corners[0]), |(least, most), corner| {
                (least.min(corner), most.max(corner))
            })
    }
}

/// A framing and when the camera goes there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shot {
    /// When the move begins, in seconds of the stage.
    pub start: f32,
    /// How long the move takes.
    pub seconds: f32,
    /// Where it leads.
    pub framing: Framing,
}

/// The camera's way through the whole show.
#[derive(Clone, Debug, Default)]
pub struct CameraPath {
    /// Moves in order: (start in seconds of the show, seconds, framing).
    moves: Vec<(f64, f64, Framing)>,
}

impl CameraPath {
    /// Appends the shots of a stage that begins at `stage_start` seconds of the show. A move that
    /// would begin before the last has ended begins when it has.
    pub fn append(&mut self, stage_start: f64, shots: &[Shot]) {
        for shot in shots {
            let wanted = stage_start + f64::from(shot.start);
            let end = wanted + f64::from(shot.seconds);
            let free = self.moves.last().map_or(0.0, |last| last.0 + last.1);
            let start = wanted.max(free);
            self.moves
                .push((start, (end - start).max(0.0), shot.framing));
        }
    }

    /// The framing at a time, in seconds of the show.
    pub fn at(&self, time: f64) -> Option<Framing> {
        let next = self.moves.partition_point(|&(start, ..)| start <= time);
        let Some(current) = next.checked_sub(1) else {
            return self.moves.first().map(|&(.., framing)| framing);
        };
        let (start, seconds, framing) = self.moves[current];
        let Some(&(.., from)) = current.checked_sub(1).and_then(|at| self.moves.get(at)) else {
            return Some(framing);
        };
        let t = if seconds > 0.0 {
            ((time - start) / seconds) as f32
        } else {
            1.0
        };
        Some(from.lerp(framing, cubic_in_out(t)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_framed_box_lies_within_the_safe_area(
            x in -50f32..50.0, y in -50f32..50.0, w in 0.5f32..80.0, h in 0.5f32..80.0,
            aspect in 0.5f32..2.5,
        ) {
            let framing = Framing::around(
                Bounds::new(Vec3::new(x - w, y - h, 0.0), Vec3::new(x + w, y + h, 0.0)), SafeArea::BAND);
            let safe = framing.safe.for_shape(aspect);
            let fov = 0.5f32;
            let pose = framing.fit(aspect, fov);
            let inverse = pose.rotation().inverse();
            let mut fills = false;
            for corner in [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)] {
                let world = Vec3::new(x + w * corner.0, y + h * corner.1, 0.0);
                let seen = inverse * (world - pose.position());
                let half = (fov * 0.5).tan();
                let right = seen.x / -seen.z / half / aspect;
                let up = seen.y / -seen.z / half;
                prop_assert!(right.abs() <= 1.0 && up.abs() <= 1.0, "{right} {up}");
                prop_assert!(up <= 1.0 - 2.0 * safe.top + 0.01, "into the words: {up}");
                prop_assert!(right.abs() <= 1.0 - 2.0 * safe.left + 0.01, "over the edge: {right}");
                fills |= up > 1.0 - 2.0 * safe.top - 0.02 || right > 1.0 - 2.0 * safe.right - 0.02;
            }
            prop_assert!(fills, "the box could be larger");
        }
    }

    #[test]
    fn the_path_is_continuous_and_arrives() {
        let framing = |x: f32| {
            Framing::around(
                Bounds::new(Vec3::new(x, 0.0, 0.0), Vec3::new(x + 4.0, 4.0, 0.0)),
                SafeArea::CORNER,
            )
        };
        let shot = |start, x| Shot {
            start,
            seconds: 1.0,
            framing: framing(x),
        };
        let mut path = CameraPath::default();
        path.append(0.0, &[shot(0.0, 0.0), shot(0.5, 50.0)]);
        path.append(3.0, &[shot(0.0, 10.0)]);
        let mut last = path.at(0.0).unwrap().centre;
        for i in 0..600 {
            let centre = path.at(f64::from(i) / 100.0).unwrap().centre;
            assert!(centre.distance(last) < 4.0, "a jump at {i}");
            last = centre;
        }
        assert_eq!(path.at(4.5).unwrap().centre, framing(10.0).centre);
    }
}
