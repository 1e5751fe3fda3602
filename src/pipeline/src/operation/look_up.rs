//! Look-up: for each token, the row of a table.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2, Axis};
use orrery_model::{TensorId, WeightId};

use super::{Cell, Dependency, Made, Operation, OperationKind, Size, Terms, read};
use crate::motion::{MotionKind, Origin, Wave};
use crate::operand::Operand;
use crate::rich_text::RichText;
use crate::staging::Staging;
use crate::timeline::Window;

/// Takes row `rows[i]` of a table as row i.
#[derive(Clone, Debug)]
pub struct LookUp {
    /// The table.
    pub table: WeightId,
    /// Which rows: token ids, or positions.
    pub rows: Arc<[usize]>,
    /// The result `[tokens, d_model]`.
    pub output: TensorId,
}

impl LookUp {
    fn by_token(&self) -> bool {
        self.table == WeightId::Embedding
    }
}

impl Operation for LookUp {
    fn kind(&self) -> OperationKind {
        OperationKind::LookUp
    }

    fn inputs(&self) -> Vec<Operand> {
        vec![self.table.into()]
    }

    fn output(&self) -> Operand {
        self.output.into()
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        vec![inputs[0].select(Axis(0), &self.rows)]
    }

    fn dependencies(&self, _: &[Size], _: Made, cell: Cell) -> Vec<Dependency> {
        self.rows
            .get(cell.row)
            .map(|&row| Dependency::new(0, row, cell.column))
            .into_iter()
            .collect()
    }

    fn dependents(&self, _: &[Size], of: Dependency) -> Vec<(Made, Cell)> {
        let rows = self.rows.iter().enumerate();
        let looked_up = rows.filter(|&(_, &row)| row == of.cell.row);
        looked_up
            .map(|(row, _)| (Made::Output, Cell::new(row, of.cell.column)))
            .collect()
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], _: Made, cell: Cell) -> Terms {
        let Some(&row) = self.rows.get(cell.row) else {
            return Terms::nothing();
        };
        let table = Operand::from(self.table);
        let from = read(inputs, 0, table, (row, cell.column));
        Terms::same(from)
    }

    fn symbols(&self) -> RichText {
        RichText::parse(if self.by_token() {
            "e[i, j] = E[id_{i}, j]"
        } else {
            "p[i, j] = P[i, j]"
        })
    }

    fn words(&self) -> String {
        if self.by_token() {
            "Each token looks up its own row of the embedding table E: from now on it is a row of numbers."
        } else {
            "Each place in the text has a row of its own too, in the table P: place 0, 1, 2, …"
        }
        .to_owned()
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        let Some(output) = staging.group_of(self.output.into()) else {
            return;
        };
        let wave = Wave::rows(window.start, window.end);
        match staging.group_of(self.table.into()) {
            Some(table) => {
                // the table may show only a part of its rows, those of the text among them
                let places = staging.parts().token_places().into_iter();
                let rows = places.filter_map(|place| self.rows.get(place));
                let rows = rows.map(|&row| staging.row_of(table, row).unwrap_or_default());
                let origin = Origin::TableRows(staging.placement(table), rows.collect());
                staging.add(output, MotionKind::Arrive(wave, origin));
            }
            None => staging.add(output, MotionKind::Appear(wave)),
        }
    }
}
