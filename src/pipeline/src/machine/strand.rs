//! The beam and its branches: lines that light up as the data passes, and the way the data takes.

use glam::Vec3;

use crate::timeline::Window;

/// A straight piece of the beam or of a branch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strand {
    /// Where the data enters.
    pub from: Vec3,
    /// Where it leaves.
    pub to: Vec3,
    /// When it passes, on the machine's clock.
    pub window: Window,
    /// Edge of its square section, in units.
    pub thickness: f32,
}

impl Strand {
    /// How far the data has come on it, 0…1.
    pub fn lit(&self, hand: f32) -> f32 {
        self.window.progress(hand)
    }
}

/// The way of the data through the machine: its corners in order, each with the time at which the data is there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Route {
    corners: Vec<(f32, Vec3)>,
}

impl Route {
    /// Appends a corner; times never go back.
    pub(super) fn to(&mut self, time: f32, place: Vec3) {
        let earliest = self.corners.last().map_or(time, |last| last.0);
        self.corners.push((time.max(earliest), place));
    }

    /// Moved as a whole.
    pub(super) fn shift(&mut self, by: Vec3) {
        for corner in &mut self.corners {
            corner.1 += by;
        }
    }

    /// Where the data is when the machine's clock is at `hand`.
    pub fn at(&self, hand: f32) -> Vec3 {
        let next = self.corners.partition_point(|&(time, _)| time <= hand);
        let Some(&(begin, from)) = next.checked_sub(1).and_then(|at| self.corners.get(at)) else {
            return self.corners.first().map_or(Vec3::ZERO, |corner| corner.1);
        };
        let Some(&(end, to)) = self.corners.get(next) else {
            return from;
        };
        from.lerp(to, Window::new(begin, end).progress(hand))
    }
}

impl Route {
    /// Whether the data has gone the whole way.
    pub fn is_over(&self, hand: f32) -> bool {
        self.corners.last().is_some_and(|&(end, _)| hand >= end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_data_never_jumps(steps in prop::collection::vec(0.1f32..2.0, 2..9)) {
            let mut route = Route::default();
            let mut time = 0.0;
            for (at, step) in steps.iter().enumerate() {
                time += step;
                route.to(time, Vec3::new(at as f32, (at % 2) as f32, 0.0));
            }
            let mut last = route.at(0.0);
            for i in 0..=400 {
                let now = route.at(time * i as f32 / 400.0);
                // the longest way between two corners is √2, the shortest time for it 0.1
                prop_assert!(now.distance(last) <= 15.0 * time / 400.0 + 1e-4);
                prop_assert!(now.x >= last.x);
                last = now;
            }
        }
    }
}
