//! The light on the cells whose numbers are told: the one that is worked out, and those that it is made of.

use std::sync::Arc;

use crate::easing::smoothstep;
use crate::scene::CellPose;

use super::Wave;

/// How long the light takes to come and to go, in seconds.
pub const FADE: f32 = 0.25;

/// Which cells of a group are lit, and how much.
#[derive(Clone, Debug)]
pub struct Lit {
    /// Their rows and columns, in order.
    pub cells: Arc<[(usize, usize)]>,
    /// 0…1
    pub light: f32,
    /// How far they come forward, in units.
    pub forward: f32,
}

impl Lit {
    /// How far the light has come up at `s`, 0…1.
    fn up(wave: &Wave, s: f32) -> f32 {
        let fade = FADE.min((wave.end - wave.start) * 0.3).max(1e-3);
        let up = ((s - wave.start) / fade).min((wave.end - s) / fade);
        smoothstep(up.clamp(0.0, 1.0))
    }

    pub(super) fn apply(&self, wave: &Wave, cell: (usize, usize), s: f32, pose: &mut CellPose) {
        if s <= wave.start || s >= wave.end || self.cells.binary_search(&cell).is_err() {
            return;
        }
        let up = Self::up(wave, s);
        pose.position.z += self.forward * up;
        pose.glow = pose.glow.max(self.light * up);
    }

    /// The columns that look different at `to` than at `from`: none while the light rests.
    pub(super) fn columns_between(
        &self,
        wave: &Wave,
        from: f32,
        to: f32,
    ) -> std::ops::Range<usize> {
        let rests = from >= wave.start + FADE && to <= wave.end - FADE;
        let columns = self.cells.iter().map(|&(_, column)| column);
        match (columns.clone().min(), columns.max()) {
            (Some(first), Some(last)) if !rests => first..last + 1,
            _ => 0..0,
        }
    }
}
