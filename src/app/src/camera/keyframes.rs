//! A camera path of a user's own: where the camera stands at chosen times, and a smooth way between.

use std::f32::consts::{PI, TAU};

use bevy::prelude::*;
use orrery_pipeline::camera::CameraPose;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::VERTICAL_FIELD_OF_VIEW;

/// Where the camera stands at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraKey {
    /// Seconds of the show.
    pub time: f64,
    /// What it looks at.
    pub target: (f32, f32, f32),
    /// Turn to the side, in radians.
    pub yaw: f32,
    /// Turn from above, in radians.
    pub pitch: f32,
    /// Distance from the target, in units.
    pub distance: f32,
}

/// The keys of a path, in the order of their times.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraKeys {
    keys: Vec<CameraKey>,
}

/// A path that cannot be used.
#[derive(Debug, Error)]
pub enum CameraKeysError {
    /// Not in the form of a path.
    #[error("not a camera path: {0}")]
    Form(#[from] Box<ron::error::SpannedError>),
    /// There is nothing in it.
    #[error("a camera path has at least one key")]
    Empty,
    /// A number that makes no picture.
    #[error("key {0} of the camera path (counted from 1) has a number out of range")]
    Value(usize),
}

/// Two keys are at the same time when they are closer than this, in seconds.
const SAME_TIME: f64 = 1.0 / 60.0;

impl CameraKeys {
    /// Reads a path.
    ///
    /// # Errors
    /// [`CameraKeysError`].
    pub fn parse(text: &str) -> Result<Self, CameraKeysError> {
        let mut path: Self = ron::from_str(text).map_err(Box::new)?;
        path.keys.sort_by(|a, b| a.time.total_cmp(&b.time));
        if path.keys.is_empty() {
            return Err(CameraKeysError::Empty);
        }
        for (index, key) in path.keys.iter().enumerate() {
            let (x, y, z) = key.target;
            let finite = [x, y, z, key.yaw, key.pitch]
                .iter()
                .all(|number| number.abs() < 1e6);
            if !finite || !(0.0..1e6).contains(&key.time) || !(1e-3..1e6).contains(&key.distance) {
                return Err(CameraKeysError::Value(index + 1));
            }
        }
        Ok(path)
    }

    /// The path as text.
    ///
    /// # Errors
    /// Numbers that RON cannot hold: none that [`CameraKeys::set`] takes.
    pub fn to_text(&self) -> Result<String, ron::Error> {
        let pretty = ron::ser::PrettyConfig::new().struct_names(false);
        Ok(ron::ser::to_string_pretty(self, pretty)? + "\n")
    }

    /// The keys.
    pub fn keys(&self) -> &[CameraKey] {
        &self.keys
    }

    /// Sets a key: at the time of another one it takes its place.
    pub fn set(&mut self, time: f64, pose: &CameraPose) {
        let key = CameraKey {
            time,
            target: pose.target.into(),
            yaw: pose.yaw,
            pitch: pose.pitch,
            distance: pose.distance,
        };
        let near = |other: &CameraKey| (other.time - time).abs() < SAME_TIME;
        match self.keys.iter().position(near) {
            Some(index) => self.keys[index] = key,
            None => {
                let index = self.keys.partition_point(|other| other.time < time);
                self.keys.insert(index, key);
            }
        }
    }

    /// Takes a key away.
    pub fn remove(&mut self, index: usize) {
        if index < self.keys.len() {
            self.keys.remove(index);
        }
    }

    /// Where the camera stands at a time, in seconds of the show: on a smooth curve through all keys, at rest
    /// before the first and after the last. None where there is no key.
    pub fn pose(&self, time: f64) -> Option<CameraPose> {
        let next = self.keys.partition_point(|key| key.time <= time);
        let (Some(before), Some(after)) = (next.checked_sub(1), self.keys.get(next)) else {
            let key = self.keys.get(next).or(self.keys.last())?;
            return Some(pose(numbers(key, key.yaw)));
        };
        let from = &self.keys[before];
        let span = after.time - from.time;
        let part = ((time - from.time) / span) as f32;
        // angles go the shorter way round
        let yaw = nearest_turn(after.yaw, from.yaw);
        let (p1, p2) = (numbers(from, from.yaw), numbers(after, yaw));
        // how fast it goes through a key: from the one before it to the one after it; at the ends it rests
        let slope = |index: usize, yaw: f32| -> [f32; 6] {
            let around = index
                .checked_sub(1)
                .and_then(|at| self.keys.get(at))
                .zip(self.keys.get(index + 1));
            let Some((a, b)) = around else {
                return [0.0; 6];
            };
            let (a_yaw, b_yaw) = (nearest_turn(a.yaw, yaw), nearest_turn(b.yaw, yaw));
            let (a_numbers, b_numbers) = (numbers(a, a_yaw), numbers(b, b_yaw));
            let share = (span / (b.time - a.time)) as f32;
            std::array::from_fn(|i| (b_numbers[i] - a_numbers[i]) * share)
        };
        let (m1, m2) = (slope(before, from.yaw), slope(next, yaw));
        let (t, t2, t3) = (part, part * part, part * part * part);
        // cubic Hermite basis
        Some(pose(std::array::from_fn(|i| {
            (2.0 * t3 - 3.0 * t2 + 1.0) * p1[i]
                + (t3 - 2.0 * t2 + t) * m1[i]
                + (3.0 * t2 - 2.0 * t3) * p2[i]
                + (t3 - t2) * m2[i]
        })))
    }
}

/// The turn that looks the same as `yaw` and is nearest to `to`.
fn nearest_turn(yaw: f32, to: f32) -> f32 {
    to + (yaw - to + PI).rem_euclid(TAU) - PI
}

/// What is interpolated: distances by factors.
fn numbers(key: &CameraKey, yaw: f32) -> [f32; 6] {
    let (x, y, z) = key.target;
    [x, y, z, yaw, key.pitch, key.distance.ln()]
}

fn pose([x, y, z, yaw, pitch, distance]: [f32; 6]) -> CameraPose {
    let distance = distance.exp();
    CameraPose {
        target: Vec3::new(x, y, z),
        yaw,
        pitch,
        distance,
        height: 2.0 * distance * (VERTICAL_FIELD_OF_VIEW * 0.5).tan(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand(x: f32, yaw: f32, distance: f32) -> CameraPose {
        pose([x, 0.0, 0.0, yaw, 0.1, distance.ln()])
    }

    #[test]
    fn the_path_goes_through_its_keys_without_a_jump() {
        let mut path = CameraKeys::default();
        assert_eq!(path.pose(1.0), None);
        // out of order, and one replaced
        path.set(4.0, &stand(10.0, 3.0, 40.0));
        path.set(1.0, &stand(0.0, -3.0, 10.0));
        path.set(6.0, &stand(-5.0, 0.0, 20.0));
        path.set(6.001, &stand(-5.0, 1.0, 20.0));
        assert_eq!(path.keys().len(), 3);
        for (time, x) in [(0.0, 0.0), (1.0, 0.0), (4.0, 10.0), (9.0, -5.0)] {
            let pose = path.pose(time).unwrap();
            assert!((pose.target.x - x).abs() < 1e-4, "{time}: {pose:?}");
        }
        let mut last = path.pose(0.0).unwrap();
        for step in 1..900 {
            let now = path.pose(f64::from(step) / 100.0).unwrap();
            assert!(now.target.distance(last.target) < 0.2, "{step}");
            let turned = (now.yaw - last.yaw + PI).rem_euclid(TAU) - PI;
            assert!(turned.abs() < 0.05, "{step}: {turned}");
            assert!((now.distance / last.distance).ln().abs() < 0.05, "{step}");
            last = now;
        }
        path.remove(1);
        path.remove(7);
        assert_eq!(path.keys().len(), 2);
    }

    #[test]
    fn a_path_is_written_and_read_and_a_bad_one_is_refused() {
        let mut path = CameraKeys::default();
        path.set(1.5, &stand(2.0, 0.5, 30.0));
        let text = path.to_text().unwrap();
        assert_eq!(CameraKeys::parse(&text).unwrap(), path);
        for (bad, word) in [
            ("(keys: [])", "at least one"),
            ("(keys: 3)", "not a camera path"),
            (
                "(keys: [(time: 1, target: (0, 0, 0), yaw: 0, pitch: 0, distance: 0)])",
                "key 1",
            ),
        ] {
            let message = CameraKeys::parse(bad).unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
        }
    }
}
