//! Scores divided by √d_head, so that their size does not grow with the head's width.

use ndarray::{Array2, ArrayView2};

use super::{
    Cell, Combination, Dependency, Made, Operation, OperationKind, Term, Terms, read, same_cell,
};
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

    fn dependencies(&self, _: &[(usize, usize)], _: Made, cell: Cell) -> Vec<Dependency> {
        vec![Dependency { input: 0, cell }]
    }

    fn dependents(&self, _: &[(usize, usize)], of: Dependency) -> Vec<(Made, Cell)> {
        same_cell(of)
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], _: Made, cell: Cell) -> Terms {
        let score = read(inputs, 0, self.input, (cell.row, cell.column));
        let root = Combination::Quotient {
            divisor: (self.d_head as f32).sqrt(),
            written: format!("√{}", self.d_head),
        };
        Terms::new(vec![Term::number(score)], root)
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
