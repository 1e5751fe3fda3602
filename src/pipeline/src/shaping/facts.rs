//! What is known of a cell that is to be shaped.

use crate::operand::Operand;
use crate::placement::Placement;
use crate::scene::{Group, Role, Shows};

/// A cell at a time, and everything that a visualization may want to know of it. What is not asked costs nothing.
#[derive(Clone, Copy, Debug)]
pub struct CellFacts<'a> {
    /// The matrix on the stage, or the copies, that it belongs to.
    pub group: &'a Group,
    /// Its row in the group.
    pub row: usize,
    /// Its column in the group.
    pub column: usize,
    /// Seconds of the stage.
    pub seconds: f32,
}

impl<'a> CellFacts<'a> {
    pub(crate) fn new(group: &'a Group, (row, column): (usize, usize), seconds: f32) -> Self {
        Self {
            group,
            row,
            column,
            seconds,
        }
    }

    /// Whose number it shows; none for marks and for steps inside an operation.
    pub fn operand(&self) -> Option<Operand> {
        let layer = self.group.layer_of(self.row, self.column, self.seconds)?;
        match layer.shows {
            Shows::Matrix(operand) | Shows::Copy(operand) => Some(operand),
            Shows::Step(..) | Shows::Mark => None,
        }
    }

    /// The number that it shows; −∞ where the mask closes it. None for cells that walk no more.
    pub fn value(&self) -> Option<f32> {
        let (row, column) = self.group.number_of(self.row, self.column, self.seconds)?;
        let layer = self.group.layer_of(self.row, self.column, self.seconds)?;
        layer.values.get((row, column)).copied()
    }

    /// Its row in the whole matrix.
    pub fn whole_row(&self) -> usize {
        self.group.whole_row(self.row)
    }

    /// Its column in the whole matrix.
    pub fn whole_column(&self) -> usize {
        self.group.whole_column(self.column)
    }

    /// The head, where its matrix is a head's.
    pub fn head(&self) -> Option<usize> {
        self.operand()?.head
    }

    /// The block, where its matrix is a block's.
    pub fn block(&self) -> Option<usize> {
        self.operand()?.block()
    }

    /// What the group is on the stage.
    pub fn role(&self) -> Role {
        self.group.role
    }

    /// The grid on which the group stands; while it flies, the one that it leaves.
    pub fn placement(&self) -> Placement {
        self.group.placement_at(self.seconds)
    }
}
