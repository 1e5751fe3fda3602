//! Which motion of a group bends a pose before which.

use std::cmp::Ordering;

use super::MotionKind;

/// The place of a motion among those of its group. Those that begin earlier come first; of those that begin
/// together, the one that was added first. What closes a cell has the last word on its colour, whenever it begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MotionOrder {
    /// Whether it comes behind all that have not the last word: what closes a cell, and what lights it wherever the
    /// others have brought it.
    pub last_word: bool,
    /// When it begins, in seconds of the stage.
    pub begins: f32,
    /// How many motions the group had when this one was added.
    pub added: usize,
}

impl MotionOrder {
    /// The place of a motion of this kind in a group that has so many already.
    pub(crate) fn new(kind: &MotionKind, added: usize) -> Self {
        Self {
            last_word: matches!(kind, MotionKind::Close(..) | MotionKind::Light(..)),
            begins: kind.window().0,
            added,
        }
    }

    /// The same for a motion that begins at another time.
    pub(crate) fn beginning(self, begins: f32) -> Self {
        Self { begins, ..self }
    }
}

impl Eq for MotionOrder {}

impl PartialOrd for MotionOrder {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for MotionOrder {
    fn cmp(&self, other: &Self) -> Ordering {
        self.last_word
            .cmp(&other.last_word)
            .then(self.begins.total_cmp(&other.begins))
            .then(self.added.cmp(&other.added))
    }
}
