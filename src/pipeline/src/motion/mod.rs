//! The vocabulary of motion. A motion bends the pose of each cell of one group during its window;
//! before the window it holds its first state, after it its last. The motions of a group bend its poses one
//! after the other, in the order of their [`MotionOrder`]. Evaluated, never integrated: the
//! pose at a time does not depend on how one got there. No drawing here.

mod act;
mod light;
mod order;
mod product;
mod wave;

use std::sync::Arc;

use glam::Vec3;

use crate::easing::{cubic_in_out, hump, noise, pop, smoothstep};
use crate::placement::Placement;
use crate::scene::{CellPose, Layer};

pub use act::{Act, Acts};
pub use light::{FADE, Lit};
pub use order::MotionOrder;
pub use product::{ProductRole, ProductSchedule};
pub use wave::{Order, Wave};

/// Where arriving cells come from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// The same cell of another grid.
    Grid(Placement),
    /// The middle of the row of a grid with this many columns (a row that collapses to one cell).
    Row(Placement, usize),
    /// For each row of the group, a row of a table.
    TableRows(Placement, Arc<[usize]>),
    /// One point.
    Point(Vec3),
}

impl Origin {
    fn position(&self, row: usize, column: usize) -> Vec3 {
        match self {
            Self::Grid(grid) => grid.position(row, column),
            Self::Row(grid, columns) => grid
                .position(row, 0)
                .midpoint(grid.position(row, columns.saturating_sub(1))),
            Self::TableRows(table, rows) => {
                table.position(rows.get(row).copied().unwrap_or_default(), column)
            }
            Self::Point(point) => *point,
        }
    }
}

/// One motion of a group of cells.
#[derive(Clone, Debug)]
pub struct Motion {
    /// What the cells do.
    pub kind: MotionKind,
    /// Its place among the motions of its group.
    pub order: MotionOrder,
    /// The operation that makes it, as an index into the operations of the program of the group's pass; none
    /// where the stage moves its matrices.
    pub operation: Option<usize>,
}

impl Motion {
    /// First and last instant at which anything changes, in seconds of the stage.
    pub fn window(&self) -> (f32, f32) {
        self.kind.window()
    }

    /// The columns of a group of `columns` that it may change between two times (in order).
    pub fn columns_between(&self, columns: usize, from: f32, to: f32) -> std::ops::Range<usize> {
        self.kind.columns_between(columns, from, to)
    }

    /// The same motion, `by` seconds later.
    pub fn delayed(&self, by: f32) -> Self {
        let kind = self.kind.delayed(by);
        Self {
            order: self.order.beginning(kind.window().0),
            kind,
            operation: self.operation,
        }
    }
}

/// What the cells of a group do in a motion.
#[derive(Clone, Debug)]
pub enum MotionKind {
    /// Cells grow out of nothing where they stand.
    Appear(Wave),
    /// Cells shrink to nothing where they stand.
    Disappear(Wave),
    /// Cells come into being at their origin and fly to where they stand.
    Arrive(Wave, Origin),
    /// Cells fly on to another grid along a curve.
    Fly(Wave, Placement),
    /// Cells take the values of another layer, with a pop.
    Recolour(Wave, usize),
    /// Each cell takes its own place and edge lengths (bars, segments), row-major.
    Reshape(Wave, Arc<[(Vec3, Vec3)]>),
    /// Cells rise to the viewer and sink back, with a glow.
    Pulse(Wave),
    /// The same for one row alone.
    PulseRow(Wave, usize),
    /// The cells that are marked leave the scale: they are hatched whatever number they show.
    Close(Wave, Arc<[bool]>),
    /// One column is lit, and stays so.
    Choose(Wave, usize),
    /// Some cells rise and are lit while their window lasts: they are what a number on screen is made of, or that
    /// number itself.
    Light(Wave, Lit),
    /// The group's part in a matrix product.
    Product(Arc<ProductSchedule>, ProductRole),
}

/// What a motion needs to know of its group.
pub(crate) struct GroupShape<'a> {
    pub rows: usize,
    pub columns: usize,
    pub layers: &'a [Layer],
}

/// Light of a cell that a sweep passes over. Less than that of a cell whose number is told: there is one thing to
/// follow.
pub(crate) const SWEEP: f32 = 0.3;

/// A point on the curve from `a` to `b`: a quadratic Bézier whose control point is raised to the
/// viewer and pushed sideways, the same way for each cell but for a little noise.
fn curve(a: Vec3, b: Vec3, t: f32, row: usize, column: usize) -> Vec3 {
    let way = b - a;
    let length = way.length();
    if length < 1e-4 {
        return b;
    }
    let aside = way.cross(Vec3::Z).normalize_or_zero();
    let bend = 0.75 + 0.5 * noise(row, column, 7);
    let control = a.midpoint(b) + (Vec3::Z * 0.22 + aside * 0.16) * (length.min(24.0) * bend);
    let back = 1.0 - t;
    a * (back * back) + control * (2.0 * back * t) + b * (t * t)
}

impl MotionKind {
    /// First and last instant at which anything changes, in seconds of the stage.
    fn window(&self) -> (f32, f32) {
        match self {
            Self::Appear(wave)
            | Self::Disappear(wave)
            | Self::Arrive(wave, _)
            | Self::Fly(wave, _)
            | Self::Recolour(wave, _)
            | Self::Reshape(wave, _)
            | Self::Pulse(wave)
            | Self::Close(wave, _)
            | Self::Choose(wave, ..)
            | Self::Light(wave, _)
            | Self::PulseRow(wave, _) => (wave.start, wave.end),
            Self::Product(schedule, _) => (schedule.start, schedule.end),
        }
    }

    /// The columns of a group of `columns` that it may change between two times (in order).
    fn columns_between(&self, columns: usize, from: f32, to: f32) -> std::ops::Range<usize> {
        let (start, end) = self.window();
        if !(start <= to && from <= end && from < to) {
            return 0..0;
        }
        match self {
            Self::Product(schedule, ProductRole::Right | ProductRole::Result) => {
                schedule.columns_between(from, to)
            }
            Self::Light(wave, lit) => lit.columns_between(wave, from, to),
            _ => 0..columns,
        }
    }

    /// The same motion, `by` seconds later.
    fn delayed(&self, by: f32) -> Self {
        let mut motion = self.clone();
        match &mut motion {
            Self::Appear(wave)
            | Self::Disappear(wave)
            | Self::Arrive(wave, _)
            | Self::Fly(wave, _)
            | Self::Recolour(wave, _)
            | Self::Reshape(wave, _)
            | Self::Pulse(wave)
            | Self::PulseRow(wave, _)
            | Self::Close(wave, _)
            | Self::Light(wave, _)
            | Self::Choose(wave, ..) => {
                wave.start += by;
                wave.end += by;
            }
            Self::Product(schedule, _) => *schedule = Arc::new(schedule.delayed(by)),
        }
        motion
    }

    /// Bends the pose of one cell at time `s` (seconds of the stage).
    pub(crate) fn apply(
        &self,
        group: &GroupShape<'_>,
        (row, column): (usize, usize),
        s: f32,
        pose: &mut CellPose,
    ) {
        let along = |wave: &Wave| wave.progress(row, column, group.rows, group.columns, s);
        match self {
            Self::Appear(wave) => pose.size *= pop(along(wave)),
            Self::Disappear(wave) => pose.size *= 1.0 - smoothstep(along(wave)),
            Self::Arrive(wave, origin) => {
                let p = along(wave);
                if p <= 0.0 {
                    pose.size = Vec3::ZERO;
                } else if p < 1.0 {
                    let from = origin.position(row, column);
                    pose.position = curve(from, pose.position, cubic_in_out(p), row, column);
                    pose.size *= 0.35 + 0.65 * smoothstep(p * 1.4);
                    pose.glow = pose.glow.max(SWEEP * hump(p));
                }
            }
            Self::Fly(wave, to) => {
                let p = along(wave);
                let target = to.position(row, column);
                if p >= 1.0 {
                    pose.position = target;
                    pose.size = Vec3::splat(to.cell_size);
                } else if p > 0.0 {
                    let t = cubic_in_out(p);
                    pose.position = curve(pose.position, target, t, row, column);
                    pose.size = pose.size.lerp(Vec3::splat(to.cell_size), t);
                }
            }
            Self::Recolour(wave, layer) => {
                let p = along(wave);
                let Some(layer) = group.layers.get(*layer).filter(|_| p > 0.0) else {
                    return;
                };
                let to = layer.tint(row, column);
                if p >= 0.5 || to.map != pose.tint.map || to.masked != pose.tint.masked {
                    // maps cannot be mixed: the change falls into the pop
                    if p >= 0.5 {
                        pose.tint = to;
                    }
                } else {
                    let t = smoothstep(p * 2.0);
                    pose.tint.coordinate += (to.coordinate - pose.tint.coordinate) * t;
                }
                if p < 1.0 {
                    pose.size *= 1.0 + 0.18 * hump(p);
                    pose.position.z += 0.5 * hump(p);
                    pose.glow = pose.glow.max(SWEEP * hump(p));
                }
            }
            Self::Reshape(wave, places) => {
                let t = cubic_in_out(along(wave));
                if let Some((position, size)) = places.get(row * group.columns + column) {
                    pose.position = pose.position.lerp(*position, t);
                    pose.size = pose.size.lerp(*size, t);
                }
            }
            Self::PulseRow(_, only) if *only != row => {}
            Self::Pulse(wave) | Self::PulseRow(wave, _) => {
                let p = along(wave);
                pose.position.z += 0.7 * hump(p);
                let most = if matches!(self, Self::Pulse(_)) {
                    SWEEP
                } else {
                    1.0
                };
                pose.glow = pose.glow.max(most * hump(p));
            }
            Self::Close(wave, marked) => {
                let closed = marked.get(row * group.columns + column) == Some(&true);
                if closed && along(wave) >= 0.5 {
                    pose.tint.coordinate = 0.0;
                    pose.tint.masked = true;
                }
            }
            Self::Light(wave, lit) => lit.apply(wave, (row, column), s, pose),
            Self::Choose(wave, only) => {
                if *only == column {
                    pose.glow = pose.glow.max(smoothstep(along(wave)));
                }
            }
            Self::Product(schedule, role) => {
                schedule.apply(role, group, (row, column), s, pose);
            }
        }
    }
}
