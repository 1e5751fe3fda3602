//! The causal mask: no token may look at a later one.

use ndarray::{Array2, ArrayView2};

use super::{
    Cell, Combination, Dependency, Made, Operation, OperationKind, Size, Terms, Why, read,
    same_cell,
};
use crate::motion::Wave;
use crate::operand::Operand;
use crate::rich_text::RichText;
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

    fn dependencies(&self, _: &[Size], _: Made, cell: Cell) -> Vec<Dependency> {
        if cell.column > cell.row {
            Vec::new()
        } else {
            vec![Dependency { input: 0, cell }]
        }
    }

    fn dependents(&self, _: &[Size], of: Dependency) -> Vec<(Made, Cell)> {
        if of.cell.column > of.cell.row {
            Vec::new()
        } else {
            same_cell(of)
        }
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], _: Made, cell: Cell) -> Terms {
        if cell.column > cell.row {
            let why = Why::Later {
                looks: cell.row,
                at: cell.column,
            };
            return Terms::new(Vec::new(), Combination::Excluded { why });
        }
        Terms::same(read(inputs, 0, self.input, (cell.row, cell.column)))
    }

    fn symbols(&self) -> RichText {
        let name = |operand: Operand| operand.name().markup();
        RichText::parse(&format!(
            "{}[i → j] = −∞ where j > i, else {}[i → j]",
            name(self.output),
            name(self.input)
        ))
    }

    fn words(&self) -> String {
        "A token may look back and at itself, never ahead: scores of later tokens were computed, now they are masked."
            .to_owned()
    }

    /// What is masked is worth a look: the last token, seen from the one before.
    fn worked(&self, _: Made, Size { rows, columns }: Size, _: (usize, usize)) -> Cell {
        Cell::new(rows.saturating_sub(2), columns.saturating_sub(1))
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        staging.transform(
            self.input,
            self.output,
            Wave::columns(window.start, window.end),
        );
    }
}
