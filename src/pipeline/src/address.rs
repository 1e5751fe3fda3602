//! Matrices on the stage and the addresses of their numbers: `block0.attention.1[3,2]` and what it names.

use orrery_model::address::{Address, TensorName};

use crate::number_place::Numbers;
use crate::operand::{Operand, Source};
use crate::operation::Cell;

impl From<Address> for Operand {
    /// The matrix, or the head's part of it, of which an address names cells.
    fn from(address: Address) -> Self {
        let whole = match address.tensor {
            TensorName::Value(id) => Self::from(id),
            TensorName::Weight(id) => Self::from(id),
        };
        Self {
            head: address.head,
            ..whole
        }
    }
}

impl Numbers {
    /// The address of a cell of a matrix; none for a step of the sampling or of the lens, which
    /// no trace holds.
    pub fn address(&self, operand: Operand, cell: Cell) -> Option<Address> {
        let whole = match operand.source {
            Source::Value(id) => Address::whole(id),
            Source::Weight(id) => Address::whole(id),
            Source::Sampling(_) | Source::Lens(..) | Source::Likeliest(_) => return None,
        };
        let of_head = operand.head.map_or(whole, |head| whole.of_head(head));
        let as_stored = Operand {
            transposed: false,
            last_row: false,
            ..operand
        };
        let cell = self.cell_at(as_stored, self.place(operand, cell))?;
        Some(of_head.cell(cell.row, cell.column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orrery_model::{BlockTensor, GptConfig, TensorId};

    #[test]
    fn a_cell_has_the_address_that_names_it() {
        let config = GptConfig::default();
        let numbers = Numbers::new(&config, 6);
        let k = Operand::value(1, BlockTensor::K).head(2).transposed();
        for (operand, cell, wanted) in [
            (k, Cell::new(1, 3), "block1.k.2[3,1]"),
            (
                Operand::from(TensorId::Logits).last_row(),
                Cell::new(0, 7),
                "logits[5,7]",
            ),
            (
                Operand::value(0, BlockTensor::Norm1Mean),
                Cell::new(4, 0),
                "block0.norm1_mean[4,0]",
            ),
        ] {
            let address = numbers.address(operand, cell).expect("an address");
            assert_eq!(address.to_string(), wanted);
            let read: Address = wanted.parse().expect("an address");
            let named = Operand::from(read);
            assert_eq!(numbers.stored(named), numbers.stored(operand));
        }
        let tempered = crate::SamplingTensor::Tempered.into();
        assert_eq!(numbers.address(tempered, Cell::new(0, 0)), None);
    }
}
