//! Each head gets its own columns of Q, K and V; K's are turned so that they can meet Q's rows.

use ndarray::{Array2, ArrayView2, Axis};

use super::{Cell, Dependency, Made, Operation, OperationKind, Size, Terms, read};
use crate::operand::Operand;
use crate::rich_text::RichText;
use crate::staging::Staging;
use crate::timeline::Window;

/// The columns of one head.
#[derive(Clone, Debug)]
pub struct SplitHeads {
    /// Q, K or V `[tokens, d_model]`
    pub input: Operand,
    /// Which head, from 0.
    pub head: usize,
    /// Width of a head.
    pub d_head: usize,
    /// Whether rows become columns (K).
    pub transposed: bool,
    /// Whether there is no other head.
    pub only: bool,
}

impl SplitHeads {
    /// Row and column of the input from which a cell of the part comes.
    fn origin(&self, cell: Cell) -> (usize, usize) {
        let (row, column) = if self.transposed {
            (cell.column, cell.row)
        } else {
            (cell.row, cell.column)
        };
        (row, self.head * self.d_head + column)
    }
}

impl Operation for SplitHeads {
    fn kind(&self) -> OperationKind {
        OperationKind::SplitHeads
    }

    fn inputs(&self) -> Vec<Operand> {
        vec![self.input]
    }

    fn output(&self) -> Operand {
        let part = self.input.head(self.head);
        if self.transposed {
            part.transposed()
        } else {
            part
        }
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        let columns: Vec<usize> = (0..self.d_head)
            .map(|c| self.head * self.d_head + c)
            .collect();
        let part = inputs[0].select(Axis(1), &columns);
        vec![if self.transposed {
            part.reversed_axes().as_standard_layout().to_owned()
        } else {
            part
        }]
    }

    fn dependencies(&self, _: &[Size], _: Made, cell: Cell) -> Vec<Dependency> {
        let (row, column) = self.origin(cell);
        vec![Dependency::new(0, row, column)]
    }

    fn dependents(&self, _: &[Size], of: Dependency) -> Vec<(Made, Cell)> {
        let own = self.head * self.d_head..(self.head + 1) * self.d_head;
        if !own.contains(&of.cell.column) {
            return Vec::new();
        }
        let (row, column) = (of.cell.row, of.cell.column - own.start);
        let cell = if self.transposed {
            Cell::new(column, row)
        } else {
            Cell::new(row, column)
        };
        vec![(Made::Output, cell)]
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], _: Made, cell: Cell) -> Terms {
        let from = read(inputs, 0, self.input, self.origin(cell));
        Terms::same(from)
    }

    fn symbols(&self) -> RichText {
        let (out, whole) = (self.output().name().markup(), self.input.name().markup());
        let first = self.head * self.d_head;
        let column = match first {
            0 => "j".to_owned(),
            first => format!("{first} + j"),
        };
        RichText::parse(&if self.transposed {
            format!("{out}[j, i] = {whole}[i, {column}],   j < {}", self.d_head)
        } else {
            format!("{out}[i, j] = {whole}[i, {column}],   j < {}", self.d_head)
        })
    }

    fn words(&self) -> String {
        if self.only {
            "There is but one head: it has all columns of Q, K and V. K is laid on its side, so that queries can meet keys."
        } else {
            "The columns of Q, K and V are shared out: each head has only its own. K is laid on its side, so that queries can meet keys."
        }
        .to_owned()
    }

    /// The flight from Q, K, V to the heads is the stage's own arrival: the parts are recognised as
    /// parts of what stood there before.
    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        if let Some(part) = staging.group_of(self.output()) {
            staging.arrive_during(part, window);
        }
    }
}
