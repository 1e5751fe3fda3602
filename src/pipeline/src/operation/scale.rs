//! Scores divided by √d_head, so that their size does not grow with the head's width.

use ndarray::{Array2, ArrayView2};

use super::{Cell, Dependency, Operation, OperationKind, number};
use crate::motion::Wave;
use crate::operand::Operand;
use crate::staging::Staging;
use crate::timeline::Window;

/// `input / √d_head`
#[derive(Clone, Debug)]
pub struct ScaleScores {
    /// Raw scores of a head `[tokens, tokens]`
    pub input: Operand,
    /// Scaled scores
    pub output: Operand,
    /// Width of a head.
    pub d_head: usize,
}

impl Operation for ScaleScores {
    fn kind(&self) -> OperationKind {
        OperationKind::Scale
    }

    fn inputs(&self) -> Vec<Operand> {
        vec![self.input]
    }

    fn output(&self) -> Operand {
        self.output
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        vec![&inputs[0] / (self.d_head as f32).sqrt()]
    }

    fn dependencies(&self, _: &[(usize, usize)], cell: Cell) -> Vec<Dependency> {
        vec![Dependency { input: 0, cell }]
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], cell: Cell) -> String {
        format!(
            "{} / √{}",
            number(inputs[0][(cell.row, cell.column)]),
            self.d_head
        )
    }

    fn symbols(&self) -> String {
        format!("scores = Q·Kᵀ / √d_k,  d_k = {}", self.d_head)
    }

    fn words(&self) -> String {
        "All scores are divided by the same number, so that they stay moderate however wide a head is."
            .to_owned()
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        staging.transform(
            self.input,
            self.output,
            Wave::diagonal(window.start, window.end),
        );
    }
}
