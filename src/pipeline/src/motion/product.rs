//! The matrix product A·B = C as one sees it: columns of B leave their place, turn, walk down the
//! rows of A, and where column j meets row i the products fall together into C(i, j).

use glam::Vec3;

use crate::easing::{hump, smoothstep};
use crate::placement::Placement;
use crate::scene::CellPose;

use super::{GroupShape, SWEEP, curve};

/// Share of a column's time that it needs to reach A's first row.
const REACH: f32 = 0.30;
/// Share of a column's time at which it has passed A's last row.
const PASSED: f32 = 0.78;
/// A column is on its way for at least this long, else several go at once.
const LEAST_SECONDS: f32 = 0.8;
/// How many starts of columns fall into the time of one column.
const OVERLAP: f32 = 2.4;

/// When each column of B walks and each cell of C is made.
#[derive(Clone, Debug)]
pub struct ProductSchedule {
    /// Start, in seconds of the stage.
    pub start: f32,
    /// End, in seconds of the stage.
    pub end: f32,
    /// Rows of A and C.
    pub rows: usize,
    /// Columns of A, rows of B.
    pub inner: usize,
    /// Columns of B and C.
    pub columns: usize,
    /// Where A stands.
    pub a: Placement,
    /// Where B stands.
    pub b: Placement,
    /// Columns that walk together.
    pub batch: usize,
    /// How many other products walk over the same rows at the same time, below this one's columns.
    pub layer: usize,
    batches: usize,
    seconds: f32,
    spacing: f32,
}

/// What a group is in a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductRole {
    /// Its rows rise as a column passes.
    Left,
    /// Its columns lend themselves: small while their copies walk.
    Right,
    /// Its cells are made.
    Result,
    /// The copies that walk: `inner × (lanes · batch)` cells with B's values as their only layer.
    Walkers,
}

impl ProductSchedule {
    /// Spreads the columns over the window.
    pub fn new(
        (start, end): (f32, f32),
        (rows, inner, columns): (usize, usize, usize),
        a: Placement,
        b: Placement,
    ) -> Self {
        let whole = (end - start).max(1e-3);
        let most = ((whole * OVERLAP / LEAST_SECONDS) as usize).max(1);
        let batch = columns.div_ceil(most).max(1);
        let batches = columns.div_ceil(batch).max(1);
        let seconds = if batches == 1 {
            whole
        } else {
            (whole * OVERLAP / (batches as f32 + OVERLAP - 1.0)).min(whole)
        };
        let spacing = if batches == 1 {
            whole
        } else {
            (whole - seconds) / (batches - 1) as f32
        };
        Self {
            start,
            end,
            rows,
            inner,
            columns,
            a,
            b,
            batch,
            layer: 0,
            batches,
            seconds,
            spacing,
        }
    }

    pub(super) fn delayed(&self, by: f32) -> Self {
        Self {
            start: self.start + by,
            end: self.end + by,
            ..self.clone()
        }
    }

    /// How many batches of columns can be on their way at once.
    pub fn lanes(&self) -> usize {
        if self.batches == 1 {
            1
        } else {
            ((self.seconds / self.spacing.max(1e-6)) as usize + 2).min(self.batches)
        }
    }

    /// Columns of the group of walkers.
    pub fn walker_columns(&self) -> usize {
        self.lanes() * self.batch
    }

    /// How far a batch has come at `s`: 0 before it leaves, 1 when it is done.
    fn batch_progress(&self, batch: usize, s: f32) -> f32 {
        let start = self.start + self.spacing * batch as f32;
        ((s - start) / self.seconds).clamp(0.0, 1.0)
    }

    /// The batches that may be on their way at `s`.
    fn active(&self, s: f32) -> std::ops::Range<usize> {
        if self.batches == 1 {
            return 0..1;
        }
        let newest = ((s - self.start) / self.spacing.max(1e-6)).floor();
        if newest < 0.0 {
            return 0..0;
        }
        let newest = (newest as usize).min(self.batches - 1);
        newest.saturating_sub(self.lanes() - 1)..newest + 1
    }

    /// The columns of B and C that may look different at one time between `from` and `to` than at
    /// another (seconds of the stage, in order).
    pub fn columns_between(&self, from: f32, to: f32) -> std::ops::Range<usize> {
        let spacing = self.spacing.max(1e-6);
        let first = ((from - self.start - self.seconds) / spacing).floor();
        let last = ((to - self.start) / spacing).ceil();
        if last < 0.0 {
            return 0..0;
        }
        let first = (first.max(0.0) as usize).min(self.batches);
        let last = (last as usize + 1).min(self.batches);
        first * self.batch..(last * self.batch).min(self.columns)
    }

    /// The row of A, with a fraction, at which a batch with progress `p` walks.
    fn row_at(&self, p: f32) -> f32 {
        (p - REACH) / (PASSED - REACH) * self.rows as f32 - 0.5
    }

    /// Progress of the batch when it stands on the middle of row `row`.
    fn progress_at_row(&self, row: usize) -> f32 {
        REACH + (row as f32 + 0.5) / self.rows as f32 * (PASSED - REACH)
    }

    /// The cell of C that the newest batch is making at `s`.
    pub fn focus(&self, s: f32) -> Option<(usize, usize)> {
        let batch = self
            .active(s)
            .find(|&batch| (REACH..PASSED).contains(&self.batch_progress(batch, s)))?;
        let row = self.row_at(self.batch_progress(batch, s)).round();
        Some((
            (row.max(0.0) as usize).min(self.rows.saturating_sub(1)),
            (batch * self.batch).min(self.columns.saturating_sub(1)),
        ))
    }

    /// When a column of B stands on a row of A, in seconds of the stage.
    pub fn meets_at(&self, row: usize, column: usize) -> f32 {
        let batch = column / self.batch;
        self.start + self.spacing * batch as f32 + self.seconds * self.progress_at_row(row)
    }

    /// How long a column of B stands on a row of A and goes to the next, in seconds.
    pub fn step_seconds(&self) -> f32 {
        self.seconds * (PASSED - REACH) / self.rows.max(1) as f32
    }

    /// When cell (row, column) of C has been made, in seconds of the stage.
    pub fn made_at(&self, row: usize, column: usize) -> f32 {
        let batch = column / self.batch;
        self.start
            + self.spacing * batch as f32
            + self.seconds * (self.progress_at_row(row) + (1.0 - PASSED)).min(1.0)
    }

    pub(super) fn apply(
        &self,
        role: &ProductRole,
        group: &GroupShape<'_>,
        (row, column): (usize, usize),
        s: f32,
        pose: &mut CellPose,
    ) {
        match role {
            ProductRole::Left => {
                if s <= self.start || s >= self.end {
                    return;
                }
                let lift = self
                    .active(s)
                    .map(|batch| {
                        let away = self.row_at(self.batch_progress(batch, s)) - row as f32;
                        hump(0.5 + away * 0.5)
                    })
                    .fold(0.0, f32::max);
                pose.position.z += 0.45 * lift;
                pose.glow = pose.glow.max(SWEEP * lift);
            }
            ProductRole::Right => {
                let p = self.batch_progress(column / self.batch, s);
                if p > 0.0 && p < 1.0 {
                    let there =
                        smoothstep(p / 0.08) * (1.0 - smoothstep((p - PASSED) / (1.0 - PASSED)));
                    pose.size *= 1.0 - 0.68 * there;
                }
            }
            ProductRole::Result => {
                let p = self.batch_progress(column / self.batch, s);
                let from = self.progress_at_row(row);
                let t = ((p - from) / (1.0 - PASSED)).clamp(0.0, 1.0);
                if t <= 0.0 {
                    pose.size = Vec3::ZERO;
                } else if t < 1.0 {
                    let end = self.a.position(row, self.inner.saturating_sub(1)) + Vec3::Z * 0.8;
                    pose.position = end.lerp(pose.position, smoothstep(t));
                    pose.size *= 0.4 + 0.6 * smoothstep(t * 1.3);
                    pose.glow = pose.glow.max(SWEEP * (1.0 - t));
                }
            }
            ProductRole::Walkers => self.walk(group, row, column, s, pose),
        }
    }

    /// The batch and the column of B that walk in a slot at `s`, if one does.
    fn walking(&self, slot: usize, s: f32) -> Option<(usize, usize)> {
        let (lane, offset) = (slot / self.batch, slot % self.batch);
        let lanes = self.lanes();
        let batch = self.active(s).find(|batch| batch % lanes == lane)?;
        let column = batch * self.batch + offset;
        let p = self.batch_progress(batch, s);
        (column < self.columns && p > 0.0 && p < 1.0).then_some((batch, column))
    }

    /// The column of B whose copy walks in a column of the walkers at `s`, in seconds of the stage.
    pub fn walking_column(&self, slot: usize, s: f32) -> Option<usize> {
        self.walking(slot, s).map(|(_, column)| column)
    }

    /// Pose of walker (k, slot): the slot's batch now under way decides which column of B it is.
    fn walk(&self, group: &GroupShape<'_>, k: usize, slot: usize, s: f32, pose: &mut CellPose) {
        pose.size = Vec3::ZERO;
        let Some((batch, j)) = self.walking(slot, s) else {
            return;
        };
        let (offset, p) = (slot % self.batch, self.batch_progress(batch, s));
        let Some(values) = group.layers.first() else {
            return;
        };
        pose.tint = values.tint(k, j);
        let above = Vec3::Z * (0.9 + 0.5 * (offset + self.layer * self.batch) as f32);
        let at_row = |row: usize| self.a.position(row, k) + above;
        let full = 0.82 * self.a.cell_size;
        if p < REACH {
            let t = smoothstep(p / REACH);
            pose.position = curve(self.b.position(k, j), at_row(0), t, k, 0);
            let leaving = smoothstep(p / 0.06);
            pose.size = Vec3::splat(self.b.cell_size + (full - self.b.cell_size) * t) * leaving;
        } else {
            let row = self.row_at(p.min(PASSED)).max(0.0);
            let last = self.rows.saturating_sub(1);
            let (upper, lower) = ((row as usize).min(last), (row as usize + 1).min(last));
            // steps: stand on the row, then move on quickly
            let step = smoothstep((row.fract() - 0.25) / 0.5);
            pose.position = at_row(upper).lerp(at_row(lower), step);
            let gone = smoothstep((p - PASSED) / (1.0 - PASSED) * 2.0);
            pose.size = Vec3::splat(full * (1.0 - gone));
            pose.glow = 0.55 * (1.0 - hump(step)) * (1.0 - gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn schedule(rows: usize, columns: usize, seconds: f32) -> ProductSchedule {
        ProductSchedule::new(
            (1.0, 1.0 + seconds),
            (rows, 4, columns),
            Placement::at(0.0, 0.0),
            Placement::at(6.0, 6.0),
        )
    }

    proptest! {
        #[test]
        fn every_cell_is_made_within_the_window(
            rows in 1usize..20, columns in 1usize..140, seconds in 0.5f32..12.0,
        ) {
            let schedule = schedule(rows, columns, seconds);
            for column in 0..columns {
                for row in 0..rows {
                    let at = schedule.made_at(row, column);
                    prop_assert!(at >= 1.0 && at <= 1.0 + seconds + 1e-3, "{at}");
                }
            }
        }

        #[test]
        fn a_lane_carries_one_batch_at_a_time(
            rows in 1usize..20, columns in 1usize..140, seconds in 0.5f32..12.0, when in 0.0f32..1.0,
        ) {
            let schedule = schedule(rows, columns, seconds);
            let s = 1.0 + seconds * when;
            let mut lanes: Vec<usize> = (0..schedule.batches)
                .filter(|&batch| {
                    let p = schedule.batch_progress(batch, s);
                    p > 0.0 && p < 1.0
                })
                .map(|batch| batch % schedule.lanes())
                .collect();
            let count = lanes.len();
            lanes.sort_unstable();
            lanes.dedup();
            prop_assert_eq!(lanes.len(), count);
        }
    }
}
