//! Cells that are ahead of the sweep: the one whose number is told is made first, at a pace that can be followed,
//! and the others come when the sweep reaches them.

use glam::Vec3;

use super::{CellPose, Group};
use crate::easing::cubic_in_out;
use crate::motion::{Motion, MotionKind};

/// A cell that an operation makes before its turn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ahead {
    /// Row and column in the group.
    pub cell: (usize, usize),
    /// From when on, in seconds of the stage.
    pub from: f32,
    /// Motions that begin before this are ahead; later steps of the same operation take their turn.
    pub until: f32,
    /// The operation, as an index into the program's operations.
    pub operation: usize,
    /// From where it comes; where it is itself if that is not given.
    pub origin: Option<Vec3>,
}

/// How long it takes to be made, in seconds.
pub(crate) const SECONDS: f32 = 0.8;

impl Ahead {
    /// The time at which a motion is looked at for this cell instead of `s`.
    fn time(&self, motion: &Motion, s: f32) -> f32 {
        let (start, end) = motion.window();
        let own = motion.operation == Some(self.operation) && start < self.until;
        // light is not a part of the making
        if own && !matches!(motion.kind, MotionKind::Light(..)) {
            s.max(end)
        } else {
            s
        }
    }
}

impl Group {
    /// The time at which a motion is looked at for a cell.
    pub(super) fn time_of(&self, motion: &Motion, (row, column): (usize, usize), s: f32) -> f32 {
        // an operation may make a cell ahead in each of its steps
        let own = self.ahead.iter();
        let own = own.filter(|ahead| ahead.cell == (row, column) && ahead.from <= s);
        own.map(|ahead| ahead.time(motion, s)).fold(s, f32::max)
    }

    /// From when on a cell is what a motion makes of it, though its turn has not come: none where the motion takes its
    /// turn. In seconds of the stage.
    pub(crate) fn ahead_of(&self, motion: &Motion, (row, column): (usize, usize)) -> Option<f32> {
        let turn = f32::NEG_INFINITY;
        let own = self
            .ahead
            .iter()
            .filter(|ahead| ahead.cell == (row, column) && ahead.time(motion, turn) > turn);
        own.map(|ahead| ahead.from).min_by(f32::total_cmp)
    }

    /// Bends the pose of a cell that has just begun to be ahead: it comes from where it was, or from what it is
    /// made of.
    pub(super) fn come_ahead(&self, (row, column): (usize, usize), s: f32, pose: &mut CellPose) {
        let all = self.ahead.iter();
        let newest = all
            .filter(|ahead| ahead.cell == (row, column) && ahead.from <= s)
            .max_by(|a, b| a.from.total_cmp(&b.from));
        let Some(ahead) = newest else {
            return;
        };
        let t = (s - ahead.from) / SECONDS;
        if t >= 1.0 {
            return;
        }
        // as it was just before
        let before = self.pose_by_motions(row, column, ahead.from.next_down());
        let from = ahead.origin.unwrap_or(before.position);
        let size = if before.visible() {
            before.size
        } else {
            pose.size * 0.35
        };
        let t = cubic_in_out(t);
        pose.position = from.lerp(pose.position, t);
        pose.size = size.lerp(pose.size, t);
    }

    /// The columns in which a cell comes ahead between two times (in order).
    pub(super) fn columns_ahead(&self, from: f32, to: f32) -> std::ops::Range<usize> {
        let changes =
            |ahead: &&Ahead| ahead.from <= to && from <= ahead.from + SECONDS && from < to;
        let columns = self.ahead.iter().filter(changes).map(|ahead| ahead.cell.1);
        match (columns.clone().min(), columns.max()) {
            (Some(first), Some(last)) => first..last + 1,
            _ => 0..0,
        }
    }
}
