//! The heads' answers side by side again.

use ndarray::{Array2, ArrayView2, Axis, concatenate};

use super::{Cell, Dependency, Made, Operation, OperationKind, Size, Terms, read};
use crate::operand::Operand;
use crate::rich_text::RichText;
use crate::staging::Staging;
use crate::timeline::Window;

/// Head outputs `[tokens, d_head]`, side by side `[tokens, d_model]`.
#[derive(Clone, Debug)]
pub struct Concat {
    /// One for each head.
    pub heads: Vec<Operand>,
    /// The result.
    pub output: Operand,
    /// Width of a head.
    pub d_head: usize,
}

impl Operation for Concat {
    fn kind(&self) -> OperationKind {
        OperationKind::Concat
    }

    fn inputs(&self) -> Vec<Operand> {
        self.heads.clone()
    }

    fn output(&self) -> Operand {
        self.output
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        // all heads have the same number of rows, so this cannot fail
        vec![concatenate(Axis(1), inputs).unwrap_or_default()]
    }

    fn dependencies(&self, _: &[Size], _: Made, cell: Cell) -> Vec<Dependency> {
        vec![Dependency::new(
            cell.column / self.d_head,
            cell.row,
            cell.column % self.d_head,
        )]
    }

    fn dependents(&self, _: &[Size], of: Dependency) -> Vec<(Made, Cell)> {
        let column = of.input * self.d_head + of.cell.column;
        vec![(Made::Output, Cell::new(of.cell.row, column))]
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], _: Made, cell: Cell) -> Terms {
        let (head, column) = (cell.column / self.d_head, cell.column % self.d_head);
        let Some(&operand) = self.heads.get(head) else {
            return Terms::nothing();
        };
        let from = read(inputs, head, operand, (cell.row, column));
        Terms::same(from)
    }

    fn symbols(&self) -> RichText {
        RichText::parse(&match self.heads.len() {
            1 => "H = H^{(1)}".to_owned(),
            2 => "H = [H^{(1)} | H^{(2)}]".to_owned(),
            n => format!("H = [H^{{(1)}} | … | H^{{({n})}}]"),
        })
    }

    fn words(&self) -> String {
        match self.heads.len() {
            1 => "There is but one head: what it found goes on as it is.",
            _ => "What the heads found is laid side by side: one row for each token again.",
        }
        .to_owned()
    }

    /// The parts fly from the heads: the result is recognised as made of what stood there before.
    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        for &head in &self.heads {
            if let Some(part) = staging.group_of(head) {
                staging.arrive_during(part, window);
            }
        }
        if let Some(whole) = staging.group_of(self.output) {
            staging.replace_parts(whole, &self.heads, window);
        }
    }
}
