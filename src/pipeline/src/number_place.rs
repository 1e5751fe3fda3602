//! Where a number lies in the model or in a pass, whatever matrix shows it: a head's query is a column of Q, a
//! block's input is what the block before made, the last row of the logits is one of their rows.

use orrery_model::{BlockTensor, GptConfig, TensorId};

use crate::operand::{Operand, Source};
use crate::operation::Cell;

/// Where a number lies. Two cells with the same place are the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NumberPlace {
    /// The matrix as it is stored: under the name where it was made, not turned, with all rows.
    pub stored: Operand,
    /// Row and column in it.
    pub cell: Cell,
}

/// How the matrices of a pass share their numbers.
#[derive(Clone, Debug)]
pub struct Numbers {
    config: GptConfig,
    tokens: usize,
}

/// Whether the heads' parts are columns of one matrix.
fn side_by_side(source: Source) -> bool {
    use BlockTensor as T;
    matches!(
        source,
        Source::Value(TensorId::Block(_, T::Q | T::K | T::V | T::Concat))
    )
}

impl Numbers {
    /// Those of a pass over so many tokens.
    pub fn new(config: &GptConfig, tokens: usize) -> Self {
        Self {
            config: config.clone(),
            tokens,
        }
    }

    /// The same matrix under the name where it was made.
    pub fn canonical(&self, operand: Operand) -> Operand {
        operand.canonical(&self.config)
    }

    /// The matrix that is stored, of which this one is a part or another view.
    pub fn stored(&self, operand: Operand) -> Operand {
        let canonical = self.canonical(operand);
        let head = canonical.head.filter(|_| !side_by_side(canonical.source));
        Operand {
            head,
            last_row: false,
            transposed: false,
            ..canonical
        }
    }

    /// Where the number in a cell of a matrix lies.
    pub fn place(&self, operand: Operand, cell: Cell) -> NumberPlace {
        let Cell {
            mut row,
            mut column,
        } = cell;
        if operand.transposed {
            (row, column) = (column, row);
        }
        if operand.last_row {
            row += self.tokens.saturating_sub(1);
        }
        if let Some(head) = operand.head.filter(|_| side_by_side(operand.source)) {
            column += head * self.config.d_head();
        }
        NumberPlace {
            stored: self.stored(operand),
            cell: Cell::new(row, column),
        }
    }

    /// The cell of a matrix that holds the number of a place, if one does.
    pub fn cell_at(&self, operand: Operand, place: NumberPlace) -> Option<Cell> {
        if self.stored(operand) != place.stored {
            return None;
        }
        let Cell {
            mut row,
            mut column,
        } = place.cell;
        if operand.last_row {
            row = row.checked_sub(self.tokens.saturating_sub(1))?;
        }
        if let Some(head) = operand.head.filter(|_| side_by_side(operand.source)) {
            let width = self.config.d_head();
            column = column.checked_sub(head * width)?;
            if column >= width {
                return None;
            }
        }
        if operand.transposed {
            (row, column) = (column, row);
        }
        Some(Cell::new(row, column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orrery_model::WeightId;

    #[test]
    fn one_number_has_one_place_whatever_shows_it() {
        let config = GptConfig::default();
        let numbers = Numbers::new(&config, 5);
        let d_head = config.d_head();
        let k = Operand::value(1, BlockTensor::K);
        let of_head = k.head(2).transposed();
        let place = numbers.place(of_head, Cell::new(1, 3));
        assert_eq!(place, numbers.place(k, Cell::new(3, 2 * d_head + 1)));
        assert_eq!(numbers.cell_at(of_head, place), Some(Cell::new(1, 3)));
        assert_eq!(numbers.cell_at(k.head(1), place), None);

        let logits = Operand::from(TensorId::Logits);
        let last = numbers.place(logits.last_row(), Cell::new(0, 7));
        assert_eq!(numbers.cell_at(logits, last), Some(Cell::new(4, 7)));
        let first = numbers.place(logits, Cell::new(0, 7));
        assert_eq!(numbers.cell_at(logits.last_row(), first), None);

        let scores = Operand::value(0, BlockTensor::Scores);
        let place = numbers.place(scores.head(0), Cell::new(1, 1));
        assert_eq!(numbers.cell_at(scores.head(1), place), None);

        let table = Operand::from(WeightId::Embedding);
        let place = numbers.place(table.transposed(), Cell::new(2, 9));
        assert_eq!(numbers.cell_at(table, place), Some(Cell::new(9, 2)));

        let input = Operand::value(1, BlockTensor::Input);
        let made = Operand::value(0, BlockTensor::Norm2);
        let place = numbers.place(input, Cell::new(0, 0));
        assert_eq!(place, numbers.place(made, Cell::new(0, 0)));
    }
}
