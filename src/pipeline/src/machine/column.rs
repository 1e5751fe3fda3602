//! A column of the machine: slabs one beyond the other, away from the beam.

use glam::Vec3;

use crate::placement::Placement;

/// Where the next slab of a column is placed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Column {
    /// Its middle.
    pub x: f32,
    /// The outer edge of what has been placed already.
    pub y: f32,
    /// 1 if it grows upwards, −1 if downwards.
    pub direction: f32,
}

impl Column {
    /// A column that begins some way above (direction 1) or below (−1) the beam.
    pub fn new(x: f32, begin: f32, direction: f32) -> Self {
        Self {
            x,
            y: begin * direction,
            direction,
        }
    }

    /// The place of a grid of `rows × columns`; the next one is `gap` beyond it.
    pub fn place(&mut self, rows: usize, columns: usize, gap: f32) -> Placement {
        let height = rows as f32;
        let top = if self.direction > 0.0 {
            self.y + height
        } else {
            self.y
        };
        self.y += self.direction * (height + gap);
        centred(self.x, top, columns)
    }

    /// Where it ends, without the last gap.
    pub fn end(&self, gap: f32) -> f32 {
        self.y - self.direction * gap
    }
}

/// The grid of some columns with its middle at `x` and its upper edge at `top`.
pub(super) fn centred(x: f32, top: f32, columns: usize) -> Placement {
    Placement::at(x - (columns as f32 - 1.0) * 0.5, top - 0.5)
}

/// The place of a leaf behind others.
pub(super) fn behind(placement: Placement, leaf: usize, fan: f32) -> Placement {
    placement.shifted(Vec3::NEG_Z * (leaf as f32 * fan))
}
