//! The same numbers under a new name: a block's output, and the input of what follows.

use ndarray::{Array2, ArrayView2};

use super::{Cell, Dependency, Made, Operation, OperationKind, Size, Terms, read, same_cell};
use crate::motion::{MotionKind, Wave};
use crate::operand::Operand;
use crate::rich_text::RichText;
use crate::staging::Staging;
use crate::timeline::Window;

/// `output = input`
#[derive(Clone, Debug)]
pub struct PassOn {
    /// What is passed on.
    pub input: Operand,
    /// Its new name.
    pub output: Operand,
    /// Whether no block follows.
    pub last: bool,
}

impl Operation for PassOn {
    fn kind(&self) -> OperationKind {
        OperationKind::PassOn
    }

    fn inputs(&self) -> Vec<Operand> {
        vec![self.input]
    }

    fn output(&self) -> Operand {
        self.output
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        vec![inputs[0].to_owned()]
    }

    fn dependencies(&self, _: &[Size], _: Made, cell: Cell) -> Vec<Dependency> {
        vec![Dependency { input: 0, cell }]
    }

    fn dependents(&self, _: &[Size], of: Dependency) -> Vec<(Made, Cell)> {
        same_cell(of)
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], _: Made, cell: Cell) -> Terms {
        Terms::same(read(inputs, 0, self.input, (cell.row, cell.column)))
    }

    fn symbols(&self) -> RichText {
        let name = |operand: Operand| operand.name().markup();
        RichText::parse(&format!("{} = {}", name(self.output), name(self.input)))
    }

    fn words(&self) -> String {
        if self.last {
            "This is the residual stream as the last block leaves it."
        } else {
            "This is the residual stream as the block leaves it: the next block goes on from here."
        }
        .to_owned()
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        if let Some(group) = staging.group_of(self.output) {
            staging.add(
                group,
                MotionKind::Pulse(Wave::diagonal(window.start, window.end)),
            );
        }
    }
}
