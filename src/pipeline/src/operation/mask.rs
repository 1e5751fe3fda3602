//! The causal mask: no token may look at a later one.

use ndarray::{Array2, ArrayView2};

use super::{Cell, Dependency, Operation, OperationKind, number};
use crate::motion::Wave;
use crate::operand::Operand;
use crate::staging::Staging;
use crate::timeline::Window;

/// −∞ above the diagonal.
#[derive(Clone, Debug)]
pub struct Mask {
    /// Scaled scores of a head `[tokens, tokens]`
    pub input: Operand,
    /// Masked scores
    pub output: Operand,
}

impl Operation for Mask {
    fn kind(&self) -> OperationKind {
        OperationKind::Mask
    }

    fn inputs(&self) -> Vec<Operand> {
        vec![self.input]
    }

    fn output(&self) -> Operand {
        self.output
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        let mut masked = inputs[0].to_owned();
        for ((row, column), value) in masked.indexed_iter_mut() {
            if column > row {
                *value = f32::NEG_INFINITY;
            }
        }
        vec![masked]
    }

    fn dependencies(&self, _: &[(usize, usize)], cell: Cell) -> Vec<Dependency> {
        if cell.column > cell.row {
            Vec::new()
        } else {
            vec![Dependency { input: 0, cell }]
        }
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], cell: Cell) -> String {
        if cell.column > cell.row {
            format!("masked: {} comes after {}", cell.column, cell.row)
        } else {
            number(inputs[0][(cell.row, cell.column)])
        }
    }

    fn symbols(&self) -> String {
        "score[i, j] = −∞ where j > i".to_owned()
    }

    fn words(&self) -> String {
        "A token may look back and at itself, never ahead: those cells close.".to_owned()
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        staging.transform(
            self.input,
            self.output,
            Wave::columns(window.start, window.end),
        );
    }
}
