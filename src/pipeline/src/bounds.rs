//! A box in the stage's space, its sides along the axes.

use glam::Vec3;

/// A box, in cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The corner with the least coordinates.
    pub least: Vec3,
    /// The corner with the greatest.
    pub most: Vec3,
}

impl Bounds {
    /// From corner to corner.
    pub fn new(least: Vec3, most: Vec3) -> Self {
        Self { least, most }
    }

    /// The smallest box around both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self::new(self.least.min(other.least), self.most.max(other.most))
    }

    /// Edge lengths.
    pub fn size(self) -> Vec3 {
        self.most - self.least
    }
}
