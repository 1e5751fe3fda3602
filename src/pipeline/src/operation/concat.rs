//! The heads' answers side by side again.

use ndarray::{Array2, ArrayView2, Axis, concatenate};

use super::{Cell, Dependency, Operation, OperationKind, number};
use crate::operand::Operand;
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

    fn dependencies(&self, _: &[(usize, usize)], cell: Cell) -> Vec<Dependency> {
        vec![Dependency::new(
            cell.column / self.d_head,
            cell.row,
            cell.column % self.d_head,
        )]
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], cell: Cell) -> String {
        let from = self.dependencies(&[], cell)[0];
        format!(
            "head {}[{}, {}] = {}",
            from.input + 1,
            from.cell.row,
            from.cell.column,
            number(inputs[from.input][(from.cell.row, from.cell.column)])
        )
    }

    fn symbols(&self) -> String {
        format!("concat = [head 1 | … | head {}]", self.heads.len())
    }

    fn words(&self) -> String {
        "What the heads found is laid side by side: one row for each token again.".to_owned()
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
