//! The strip in which the probabilities lie end to end: where its pieces, the needle and what is written under them are.

use glam::Vec3;
use orrery_model::Draw;

use crate::placement::Placement;

/// Height of the strip in which the probabilities lie end to end, in units.
pub const STRIP_HEIGHT: f32 = 3.6;
/// Depth of its pieces and of the needle, in units.
pub(super) const DEPTH: f32 = 0.4;

/// The strip: a length of 1 from its left end to its right end.
pub(super) struct Strip {
    left: Vec3,
    /// From its left end to its right end.
    pub(super) width: Vec3,
}

impl Strip {
    /// As wide as the bars above it.
    pub(super) fn new(place: Placement, columns: usize) -> Self {
        Self {
            left: place.position(0, 0) - place.right * 0.5,
            width: place.right * columns as f32,
        }
    }

    /// The point at a share of the length.
    pub(super) fn at(&self, share: f64) -> Vec3 {
        self.left + self.width * share as f32
    }

    /// Middle and edge lengths of the piece between two shares, in a strip of this height.
    pub(super) fn piece(&self, (begin, end): (f64, f64), high: f32) -> (Vec3, Vec3) {
        let wide = self.width.length() * (end - begin) as f32;
        // what has no length is not seen from the side either
        let there = if wide > 1e-4 { 1.0 } else { 0.0 };
        (
            self.at(f64::midpoint(begin, end)),
            there * Vec3::new(wide, high, DEPTH),
        )
    }

    /// Left and right edge of a needle at a share of the length: inside the piece on which it stands.
    pub(super) fn needle(&self, at: f64, wide: f32, (begin, end): (f64, f64)) -> (f64, f64) {
        let half = f64::from(wide * 0.5 / self.width.length().max(1e-6));
        ((at - half).max(begin), (at + half).min(end))
    }

    /// The point under a share of the length, this many lines below the strip.
    pub(super) fn under(&self, share: f64, line: f32) -> Vec3 {
        self.at(share) - Vec3::Y * (STRIP_HEIGHT * 0.5 + 0.65 + 0.75 * line)
    }
}

/// Where the drawn token's name stands under its piece of a strip of `columns` tokens.
pub fn under_strip(place: Placement, columns: usize, draw: &Draw) -> Vec3 {
    Strip::new(place, columns).under(f64::midpoint(draw.share_begin, draw.share_end), 0.0)
}
