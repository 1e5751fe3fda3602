//! A matrix on the stage, or copies of its cells: its numbers, its places, its motions.

use std::sync::Arc;

use crate::operation::Size;
use glam::Vec3;

use super::layer::Layer;
use super::{Ahead, CellPose};
use crate::colour::Tint;
use crate::motion::{GroupShape, Motion, MotionKind, MotionOrder, ProductRole, Wave};
use crate::part::Shown;
use crate::placement::Placement;
use crate::rich_text::RichText;
use crate::shaping::{Blend, CellFacts, CellShape};
use crate::timeline::Window;

/// What a group is on the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A matrix of the stage.
    Matrix,
    /// A matrix that waits out of the way for its return.
    Parked,
    /// Left over from the stage before, on its way out.
    Departing,
    /// Copies of cells that exist only while an operation runs.
    Transient,
}

/// A matrix (or copies of its cells) on the stage.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its part.
    pub role: Role,
    /// Rows of cells.
    pub rows: usize,
    /// Columns of cells.
    pub columns: usize,
    /// Where it stands at the beginning of the stage.
    pub placement: Placement,
    /// The numbers it shows: the first at the beginning, others by [`MotionKind::Recolour`].
    pub layers: Vec<Layer>,
    /// Which pass its numbers are of: what is left over from the pass before keeps its own.
    pub pass: usize,
    /// Its motions, in their order.
    pub motions: Vec<Motion>,
    /// From when on cells that do not exist yet show as faint dots, in seconds of the stage.
    pub ghost_from: Option<f32>,
    /// What its rows are called.
    pub row_labels: AxisLabels,
    /// What its columns are called.
    pub column_labels: AxisLabels,
    /// A shorter name than its operand's.
    pub short_name: Option<RichText>,
    /// Which rows of the whole matrix these are; none where all are here.
    pub shown_rows: Shown,
    /// Which columns of the whole matrix these are; none where all are here.
    pub shown_columns: Shown,
    /// Rows and columns of the whole matrix.
    pub whole: Size,
    /// Whether it has a name.
    pub named: bool,
    /// From when on its name is written although it is not there yet: its parts are.
    pub named_from: Option<f32>,
    /// Whether its name tells its size.
    pub sized: bool,
    /// Whether its name stands at its left instead of above it.
    pub name_beside: bool,
    /// Cells that are made before the sweep reaches them.
    pub(crate) ahead: Vec<Ahead>,
    /// What a visualization makes of the poses that the motions give; none where it leaves them.
    pub shape: Option<Arc<dyn CellShape>>,
    /// The pictures that this one is mixed with, one after the other, while one gives way to another.
    pub blends: Vec<Blend>,
}

/// What stands along an axis of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisLabels {
    /// Nothing.
    None,
    /// Numbers from 0.
    Indices,
    /// The tokens of the text so far.
    Tokens,
    /// The symbols of the vocabulary.
    Vocabulary,
}

impl Group {
    /// A group of one layer that has no motion yet, with its name above it.
    pub fn new(role: Role, placement: Placement, layer: Layer) -> Self {
        let (rows, columns) = layer.values.dim();
        Self {
            role,
            rows,
            columns,
            placement,
            layers: vec![layer],
            pass: 0,
            motions: Vec::new(),
            ghost_from: None,
            row_labels: AxisLabels::None,
            column_labels: AxisLabels::None,
            short_name: None,
            shown_rows: None,
            shown_columns: None,
            whole: Size::new(rows, columns),
            named: true,
            named_from: None,
            sized: true,
            name_beside: false,
            ahead: Vec::new(),
            shape: None,
            blends: Vec::new(),
        }
    }

    /// Adds a motion in its place among the others; `operation` is the one that makes it.
    pub fn add(&mut self, kind: MotionKind, operation: Option<usize>) {
        let motion = Motion {
            order: MotionOrder::new(&kind, self.motions.len()),
            kind,
            operation,
        };
        let behind = self.motions.partition_point(|at| at.order <= motion.order);
        self.motions.insert(behind, motion);
    }

    /// Lets its flights, and its coming out of nothing, happen during another window, made by an operation.
    pub(crate) fn arrive_during(&mut self, window: Window, operation: Option<usize>) {
        for motion in &mut self.motions {
            if let MotionKind::Fly(wave, _) | MotionKind::Appear(wave) = &mut motion.kind {
                (wave.start, wave.end) = window.pair();
                motion.order = motion.order.beginning(window.start);
                motion.operation = operation;
            }
        }
        self.motions.sort_by_key(|motion| motion.order);
    }

    /// How a cell looks at time `s`, in seconds of the stage.
    pub fn pose(&self, row: usize, column: usize, s: f32) -> CellPose {
        self.pose_before(self.blends.len(), (row, column), s)
    }

    /// The same when only its first `blends` are counted.
    pub(crate) fn pose_before(
        &self,
        blends: usize,
        (row, column): (usize, usize),
        s: f32,
    ) -> CellPose {
        let mut pose = self.standard_pose(row, column, s);
        if let Some(shape) = &self.shape {
            pose = shape.pose(&CellFacts::new(self, (row, column), s), pose);
        }
        for (at, blend) in self.blends.iter().enumerate().take(blends) {
            pose = blend.pose((self, at), (row, column), s, pose);
        }
        pose
    }

    /// The same as its motions give it, before a visualization shapes it.
    pub fn standard_pose(&self, row: usize, column: usize, s: f32) -> CellPose {
        let mut pose = self.pose_by_motions(row, column, s);
        if !self.ahead.is_empty() {
            self.come_ahead((row, column), s, &mut pose);
        }
        if !pose.visible() && self.ghost_from.is_some_and(|from| s >= from) {
            pose.ghost = true;
            pose.position = self.placement.position(row, column);
            pose.size = Vec3::splat(0.12 * self.placement.cell_size);
        }
        pose
    }

    /// How its motions bend the pose of a cell at `s`.
    pub(super) fn pose_by_motions(&self, row: usize, column: usize, s: f32) -> CellPose {
        let tint = self.layers.first().map_or(
            Tint {
                map: crate::colour::ColourMap::Diverging,
                coordinate: 0.0,
                masked: false,
            },
            |layer| layer.tint(row, column),
        );
        let mut pose = CellPose {
            position: self.placement.position(row, column),
            size: Vec3::splat(self.placement.cell_size),
            tint,
            glow: 0.0,
            ghost: false,
        };
        let shape = GroupShape {
            rows: self.rows,
            columns: self.columns,
            layers: &self.layers,
        };
        for motion in &self.motions {
            let s = match self.ahead.is_empty() {
                true => s,
                false => self.time_of(motion, (row, column), s),
            };
            motion.kind.apply(&shape, (row, column), s, &mut pose);
        }
        pose
    }

    /// Whether any of its cells may look different at `to` than at `from` (seconds of the stage,
    /// in either order).
    pub fn changes_between(&self, from: f32, to: f32) -> bool {
        !self.columns_between(from, to).is_empty()
    }

    /// The columns whose cells may look different at `to` than at `from` (seconds of the stage, in
    /// either order).
    pub fn columns_between(&self, from: f32, to: f32) -> std::ops::Range<usize> {
        let (from, to) = if from <= to { (from, to) } else { (to, from) };
        let all = self.ghost_from.is_some_and(|at| from < at && at <= to)
            || (self.shape.as_ref()).is_some_and(|shape| shape.changes_between(self, from, to))
            || (self.blends.iter()).any(|blend| blend.changes_between(from, to));
        if all {
            return 0..self.columns;
        }
        self.motions
            .iter()
            .map(|motion| motion.columns_between(self.columns, from, to))
            .chain([self.columns_ahead(from, to)])
            .filter(|columns| !columns.is_empty())
            .reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))
            .unwrap_or(0..0)
    }

    /// Where it stands when all its motions are done.
    pub fn final_placement(&self) -> Placement {
        self.motions
            .iter()
            .rev()
            .find_map(|motion| match &motion.kind {
                MotionKind::Fly(_, to) => Some(*to),
                _ => None,
            })
            .unwrap_or(self.placement)
    }

    /// The grid on which its cells stand at `s`, in seconds of the stage: while they fly, the one that they leave.
    pub fn placement_at(&self, s: f32) -> Placement {
        self.motions
            .iter()
            .rev()
            .find_map(|motion| match &motion.kind {
                MotionKind::Fly(wave, to) if wave.end <= s => Some(*to),
                _ => None,
            })
            .unwrap_or(self.placement)
    }

    /// The layer that one of its cells shows at `s`, in seconds of the stage: a wave reaches each in its time.
    pub fn layer_of(&self, row: usize, column: usize, s: f32) -> Option<&Layer> {
        let mut shown = 0;
        for motion in &self.motions {
            let s = self.time_of(motion, (row, column), s);
            if let MotionKind::Recolour(wave, layer) = &motion.kind
                && wave.progress(row, column, self.rows, self.columns, s) >= 0.5
            {
                shown = *layer;
            }
        }
        self.layers.get(shown)
    }

    /// Which number of its layer a cell shows at `s`, in seconds of the stage: its own, but for cells that walk in
    /// a product, which are now of this column and now of that, and of none before and between.
    pub fn number_of(&self, row: usize, column: usize, s: f32) -> Option<(usize, usize)> {
        let walks = self.motions.iter().find_map(|motion| match &motion.kind {
            MotionKind::Product(schedule, ProductRole::Walkers) => Some(schedule),
            _ => None,
        });
        match walks {
            Some(schedule) => Some((row, schedule.walking_column(column, s)?)),
            None => Some((row, column)),
        }
    }

    /// The layers with the time from which each is shown.
    pub fn layer_times(&self) -> Vec<(f32, usize)> {
        self.layers_from(|wave| f32::midpoint(wave.start, wave.end))
    }

    /// When it is called by the name of which layer: by that of what is being made as soon as it is begun.
    pub fn name_times(&self) -> Vec<(f32, usize)> {
        self.layers_from(|wave| wave.start)
    }

    fn layers_from(&self, when: fn(&Wave) -> f32) -> Vec<(f32, usize)> {
        let recoloured = self.motions.iter().filter_map(|motion| match &motion.kind {
            MotionKind::Recolour(wave, layer) => Some((when(wave), *layer)),
            _ => None,
        });
        std::iter::once((f32::NEG_INFINITY, 0))
            .chain(recoloured)
            .collect()
    }

    /// The layer that is shown at `s`.
    pub fn layer_at(&self, s: f32) -> Option<&Layer> {
        let (_, layer) = self
            .layer_times()
            .into_iter()
            .rev()
            .find(|&(from, _)| from <= s)?;
        self.layers.get(layer)
    }

    /// The layers that are seen during a window of the stage; none while it is not there.
    pub fn shown_during(&self, window: Window) -> Vec<&Layer> {
        let (from, until) = self.presence();
        let there = Window::new(window.start.max(from), window.end.min(until));
        if there.end <= there.start {
            return Vec::new();
        }
        let times = self.layer_times();
        let shown = times.iter().enumerate().filter(|&(at, &(from, _))| {
            let next = times.get(at + 1).map_or(f32::INFINITY, |&(next, _)| next);
            from < there.end && next > there.start
        });
        shown
            .filter_map(|(_, &(_, layer))| self.layers.get(layer))
            .collect()
    }

    /// The layer that is shown at last.
    pub fn final_layer(&self) -> Option<&Layer> {
        self.layer_at(f32::INFINITY)
    }

    /// Whether it has gone when all its motions are done.
    pub fn vanishes(&self) -> bool {
        self.role == Role::Transient
            || self
                .motions
                .iter()
                .any(|motion| matches!(motion.kind, MotionKind::Disappear(_)))
    }

    /// When its first cell is seen and when its last cell has gone, in seconds of the stage.
    pub fn presence(&self) -> (f32, f32) {
        let from = self
            .motions
            .iter()
            .filter_map(|motion| match &motion.kind {
                MotionKind::Appear(wave) | MotionKind::Arrive(wave, _) => Some(wave.start),
                MotionKind::Product(schedule, ProductRole::Result) => Some(schedule.start),
                _ => None,
            })
            .fold(f32::NEG_INFINITY, f32::max);
        let until = self
            .motions
            .iter()
            .filter_map(|motion| match &motion.kind {
                MotionKind::Disappear(wave) => Some(wave.end),
                _ => None,
            })
            .fold(f32::INFINITY, f32::min);
        (from, until)
    }

    /// The index in the whole matrix of one of its rows.
    pub fn whole_row(&self, row: usize) -> usize {
        whole_index(&self.shown_rows, row)
    }

    /// The index in the whole matrix of one of its columns.
    pub fn whole_column(&self, column: usize) -> usize {
        whole_index(&self.shown_columns, column)
    }

    /// How much of the matrix is shown.
    pub fn size(&self) -> Size {
        Size::new(self.rows, self.columns)
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.rows * self.columns
    }
}

/// The index in a whole axis of one of those that are shown.
pub(crate) fn whole_index(shown: &Shown, index: usize) -> usize {
    shown
        .as_ref()
        .map_or(index, |shown| shown.get(index).copied().unwrap_or(index))
}
