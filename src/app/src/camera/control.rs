//! Who steers the camera: the show, or the user until they give it back.

use std::f32::consts::{PI, TAU};

use bevy::prelude::*;
use orrery_pipeline::{camera::CameraPose, easing::cubic_in_out};

/// How long the flight back to the guided camera takes, in real seconds.
pub const FLIGHT_SECONDS: f32 = 1.0;

/// Who steers the camera.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub enum CameraControl {
    /// The show.
    #[default]
    Guided,
    /// The user, across all stages, until they give it back.
    User,
    /// Nobody: it flies back to where the show wants it.
    Returning {
        /// From where.
        from: CameraPose,
        /// Since when, in real seconds.
        seconds: f32,
    },
}

impl CameraControl {
    /// The user gives the camera back, and it flies home from `from`. Does nothing if the user does not have it.
    pub fn give_back(&mut self, from: CameraPose) {
        if *self == Self::User {
            *self = Self::Returning { from, seconds: 0.0 };
        }
    }

    /// Real time passes during the flight back.
    pub fn advance(&mut self, passed: f32) {
        if let Self::Returning { seconds, .. } = self {
            *seconds += passed;
            if *seconds >= FLIGHT_SECONDS {
                *self = Self::Guided;
            }
        }
    }

    /// Where the camera belongs, if it is at `stand` and the show wants it at `guided`. The flight back
    /// aims at where the show wants it *now*, so it arrives without a jump although the show moves on.
    pub fn pose(&self, stand: CameraPose, guided: CameraPose) -> CameraPose {
        match *self {
            Self::Guided => guided,
            Self::User => stand,
            Self::Returning { from, seconds } => {
                between(from, guided, cubic_in_out(seconds / FLIGHT_SECONDS))
            }
        }
    }
}

/// Between two poses; turns take the shorter way round, distances change by factors.
fn between(from: CameraPose, to: CameraPose, t: f32) -> CameraPose {
    let mix = |a: f32, b: f32| a + (b - a) * t;
    let turn = (to.yaw - from.yaw + PI).rem_euclid(TAU) - PI;
    let distance = mix(from.distance.ln(), to.distance.ln()).exp();
    CameraPose {
        target: from.target.lerp(to.target, t),
        yaw: from.yaw + turn * t,
        pitch: mix(from.pitch, to.pitch),
        distance,
        height: to.height / to.distance * distance,
    }
}

/// A frame that took longer counts as this long, so that the flight is seen even on a slow machine or
/// after the window has rested. In real seconds.
const LONGEST_FRAME: f32 = 0.1;

pub(crate) fn fly_back(time: Res<Time<Real>>, mut control: ResMut<CameraControl>) {
    if matches!(*control, CameraControl::Returning { .. }) {
        control.advance(time.delta_secs().min(LONGEST_FRAME));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pose(x: f32, yaw: f32, distance: f32) -> CameraPose {
        CameraPose {
            target: Vec3::X * x,
            yaw,
            pitch: 0.1,
            distance,
            height: distance * 0.5,
        }
    }

    #[test]
    fn the_camera_is_the_users_until_he_gives_it_back() {
        let (mine, guided) = (pose(5.0, 2.0, 9.0), pose(0.0, 0.0, 40.0));
        let mut control = CameraControl::default();
        control.give_back(mine);
        assert_eq!(control, CameraControl::Guided, "there was nothing to give");
        control = CameraControl::User;
        control.advance(100.0);
        assert_eq!(control.pose(mine, guided), mine);
        control.give_back(mine);
        assert!(control.pose(mine, guided).target.distance(mine.target) < 1e-4);
        control.advance(FLIGHT_SECONDS);
        assert_eq!(control.pose(mine, guided), guided);
    }

    #[test]
    fn the_flight_back_has_no_jump_though_the_show_moves_on() {
        let from = pose(20.0, 7.0, 90.0);
        let mut control = CameraControl::User;
        control.give_back(from);
        let mut last = from;
        for frame in 0..90 {
            let guided = pose(frame as f32 * 0.05, 0.2, 30.0);
            let now = control.pose(last, guided);
            assert!(now.target.distance(last.target) < 1.3, "frame {frame}");
            assert!(now.distance / last.distance > 0.9, "frame {frame}");
            let turned = (now.yaw - last.yaw).rem_euclid(TAU);
            assert!(turned.min(TAU - turned) < 0.1, "frame {frame}");
            last = now;
            control.advance(1.0 / 60.0);
        }
        assert_eq!(control, CameraControl::Guided);
    }

    #[test]
    fn the_flight_takes_the_shorter_way_round() {
        let half = between(pose(0.0, TAU * 3.0 + 0.4, 10.0), pose(0.0, -0.4, 10.0), 0.5);
        assert!((half.yaw - TAU * 3.0).abs() < 1e-4, "{}", half.yaw);
    }
}
