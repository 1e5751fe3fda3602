//! The flight between a stage and the whole machine: one pure zoom, in which the place of the present
//! stage in the machine and the stage itself stay one.

use glam::Vec3;

use crate::camera::{CameraPose, Framing};
use crate::easing::smoothstep;

/// A moment of the flight; every part of the picture is placed by it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flight {
    /// 0 at the stage, 1 where the whole machine is seen.
    amount: f32,
    /// How far the camera has flown in space, 0…1: it flies away by factors, so this begins slowly.
    way: f32,
    /// The middle of what the stage shows.
    stage: Vec3,
    /// Size of what the stage shows beside its place in the machine.
    ratio: f32,
    /// The place of the data in the machine.
    place: Vec3,
    near: CameraPose,
    far: CameraPose,
}

/// Half the size of a stage's place in the machine, in units: about a matrix and its neighbours.
const PLACE_SIZE: f32 = 24.0;

impl Flight {
    /// The moment `amount` (0 at the stage, 1 at the machine; already eased) between what the stage
    /// frames and the machine, where the data is at `place`.
    pub fn new(
        amount: f32,
        framing: &Framing,
        place: Vec3,
        near: CameraPose,
        far: CameraPose,
    ) -> Self {
        let amount = amount.clamp(0.0, 1.0);
        let distance = distance(near, far, amount);
        let whole = far.distance - near.distance;
        let way = if whole.abs() < 1e-3 * near.distance {
            amount
        } else {
            ((distance - near.distance) / whole).clamp(0.0, 1.0)
        };
        Self {
            amount,
            way,
            stage: framing.centre,
            ratio: (framing.half_extent.max_element() / PLACE_SIZE).clamp(0.2, 5.0),
            place,
            near,
            far,
        }
    }

    /// 0 at the stage, 1 where the whole machine is seen; eased.
    pub fn amount(&self) -> f32 {
        self.amount
    }

    /// The place of the present stage in the machine.
    pub fn place(&self) -> Vec3 {
        self.place
    }

    /// Where the camera stands.
    pub fn camera(&self) -> CameraPose {
        let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
        let distance = distance(self.near, self.far, self.amount);
        CameraPose {
            target: self.near.target.lerp(self.far.target, self.way),
            yaw: mix(self.near.yaw, self.far.yaw, self.amount),
            pitch: mix(self.near.pitch, self.far.pitch, self.amount),
            distance,
            height: self.near.height / self.near.distance * distance,
        }
    }

    /// Where the machine is: a point `p` of it is at `scale · p + offset`.
    pub fn machine(&self) -> (f32, Vec3) {
        let scale = self.ratio + (1.0 - self.ratio) * self.way;
        (scale, self.meeting() - self.place * scale)
    }

    /// How large a part of the machine is beside its full size, if it is `away` from the present place
    /// (0 there, 1 farthest of all): the machine grows outwards from the stage.
    pub fn part(&self, away: f32) -> f32 {
        smoothstep((self.amount - 0.10 - 0.18 * away) / 0.32)
    }

    /// Where the stage is: a point `p` of it is at `scale · p + offset`. It shrinks into its place.
    pub fn stage(&self) -> (f32, Vec3) {
        let scale = 1.0 - smoothstep((self.amount - 0.04) / 0.46);
        (scale, self.meeting() - self.stage * scale)
    }

    /// How visible the stage's words are, 0…1.
    pub fn stage_words(&self) -> f32 {
        (1.0 - self.amount / 0.12).clamp(0.0, 1.0)
    }

    /// How visible the machine's words are, 0…1.
    pub fn machine_words(&self) -> f32 {
        ((self.amount - 0.8) / 0.2).clamp(0.0, 1.0)
    }

    /// Where stage and place are one.
    fn meeting(&self) -> Vec3 {
        self.stage.lerp(self.place, self.way)
    }
}

/// Distances change by factors, so that a zoom looks even.
fn distance(near: CameraPose, far: CameraPose, amount: f32) -> f32 {
    let (from, to) = (near.distance.max(1e-3).ln(), far.distance.max(1e-3).ln());
    (from + (to - from) * amount).exp()
}
