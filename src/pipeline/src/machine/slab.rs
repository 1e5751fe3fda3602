//! A matrix of the machine: its numbers, the flat leaves on which they are shown, and when it acts.

use crate::bounds::Bounds;
use crate::operation::Size;
use std::ops::Range;

use glam::Vec3;
use ndarray::{Array2, Axis, Slice};

use crate::colour::{Scale, Tint};
use crate::operand::Operand;
use crate::placement::Placement;
use crate::timeline::Window;

/// What becomes of a slab while the data passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlabKind {
    /// A weight: it is always there, and lights up when it acts.
    Weight,
    /// A value of the pass: not there before it is made.
    Value,
}

/// One flat sheet of a slab that is folded into several.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// Its rows of the slab's values.
    pub rows: Range<usize>,
    /// Its columns of the slab's values.
    pub columns: Range<usize>,
    /// The grid of its cells, which faces the viewer.
    pub placement: Placement,
}

impl Leaf {
    /// Its middle.
    pub fn centre(&self) -> Vec3 {
        let place = &self.placement;
        place.origin
            + place.right * (self.columns.len() as f32 - 1.0) * 0.5
            + place.down * (self.rows.len() as f32 - 1.0) * 0.5
    }

    /// Width, height and depth; gaps between cells belong to it.
    pub fn size(&self) -> Vec3 {
        let place = &self.placement;
        Vec3::new(
            place.right.length() * self.columns.len() as f32,
            place.down.length() * self.rows.len() as f32,
            place.cell_size,
        )
    }

    /// The smallest box around it.
    pub fn bounds(&self) -> Bounds {
        let half = self.size() * 0.5;
        Bounds::new(self.centre() - half, self.centre() + half)
    }
}

/// How a slab looks at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// How much of it is made, 0…1, from the left.
    pub made: f32,
    /// How bright it is beside others, 0…1.
    pub brightness: f32,
    /// Light of its own while it acts, 0…1.
    pub glow: f32,
}

/// A matrix of the machine.
#[derive(Clone, Debug)]
pub struct Slab {
    /// Whose numbers it shows.
    pub operand: Operand,
    /// The numbers that are shown `[rows, columns]`: all of them, or the first of a large matrix.
    pub values: Array2<f32>,
    /// Rows and columns of the whole matrix.
    pub whole: Size,
    /// Their scale.
    pub scale: Scale,
    /// Its sheets, the front one first.
    pub leaves: Vec<Leaf>,
    /// What becomes of it.
    pub kind: SlabKind,
    /// When it acts, or is made, on the machine's clock.
    pub window: Window,
}

/// How bright a weight is before its turn, and when it has acted.
const WAITING: f32 = 0.5;
const USED: f32 = 0.85;
/// For how long what has been made glows on, in steps of the machine's clock.
const AFTERGLOW: f32 = 1.2;

impl Slab {
    /// How it looks when the machine's clock is at `hand`.
    pub fn look(&self, hand: f32) -> Look {
        let done = self.window.progress(hand);
        let acts = hand >= self.window.start && done < 1.0;
        // the first instant of a window is its beginning and not yet an act
        let begun = ((hand - self.window.start) / 0.1).clamp(0.0, 1.0);
        let over = ((hand - self.window.end) / AFTERGLOW).clamp(0.0, 1.0);
        let glow = if acts {
            begun
        } else if done >= 1.0 {
            (1.0 - over) * (1.0 - over)
        } else {
            0.0
        };
        match self.kind {
            SlabKind::Weight => Look {
                made: 1.0,
                brightness: if acts {
                    WAITING + (1.0 - WAITING) * begun
                } else if done >= 1.0 {
                    1.0 + (USED - 1.0) * over
                } else {
                    WAITING
                },
                glow: glow * 0.5,
            },
            SlabKind::Value => Look {
                made: done,
                brightness: 1.0,
                glow,
            },
        }
    }

    /// The tint of one cell.
    pub fn tint(&self, row: usize, column: usize) -> Tint {
        self.scale
            .tint(self.values.get((row, column)).copied().unwrap_or(f32::NAN))
    }

    /// The tints of a leaf's cells, row by row.
    pub fn tints_of(&self, leaf: &Leaf) -> impl Iterator<Item = Tint> + use<'_> {
        let mut cells = self.values.view();
        cells.slice_axis_inplace(Axis(0), Slice::from(leaf.rows.clone()));
        cells.slice_axis_inplace(Axis(1), Slice::from(leaf.columns.clone()));
        let scale = self.scale;
        cells.into_iter().map(move |&value| scale.tint(value))
    }

    /// What is left out of a large matrix, in words; none where all of it is shown.
    pub fn left_out(&self) -> Option<String> {
        let (rows, columns) = self.values.dim();
        let of = |shown: usize, whole: usize, what: &str| {
            (shown < whole).then(|| format!("first {shown} of {whole} {what}"))
        };
        let parts: Vec<String> = [
            of(rows, self.whole.rows, "rows"),
            of(columns, self.whole.columns, "columns"),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// The smallest box around all its leaves.
    pub fn bounds(&self) -> Option<Bounds> {
        self.leaves.iter().map(Leaf::bounds).reduce(Bounds::union)
    }
}
