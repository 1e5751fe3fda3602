//! Which numbers an address means in one model.

use std::ops::Range;

use super::{Address, AddressError, TensorName};
use crate::layout::TensorLayout;
use crate::tensor_id::{BlockTensor, TensorId, WeightId};

/// The cells that an address means in one model: a box of heads × rows × columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    /// The heads; one where the tensor is not divided, or taken whole.
    pub heads: Range<usize>,
    /// The rows.
    pub rows: Range<usize>,
    /// The columns, of the head if one is named.
    pub columns: Range<usize>,
    /// How many rows the tensor has.
    pub(crate) all_rows: usize,
    /// How many numbers of the tensor lie from one head to the next, and from one row to the next.
    steps: (usize, usize),
}

impl Cells {
    /// Where a cell stands in the tensor's flat memory.
    pub fn position(&self, head: usize, row: usize, column: usize) -> usize {
        head * self.steps.0 + row * self.steps.1 + column
    }

    /// Each cell as `(head, row, column)`.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        self.heads.clone().flat_map(move |head| {
            self.rows
                .clone()
                .flat_map(move |row| self.columns.clone().map(move |column| (head, row, column)))
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.heads.len() * self.rows.len() * self.columns.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Address {
    /// The cells that it means among intermediate values.
    ///
    /// # Errors
    /// A weight; a tensor, head, row or column that is not there.
    pub fn in_trace(
        &self,
        layout: &TensorLayout<TensorId>,
        n_heads: usize,
    ) -> Result<Cells, AddressError> {
        let TensorName::Value(id) = self.tensor else {
            return Err(AddressError::Absent(self.tensor));
        };
        let entry = layout.get(id);
        let shape = entry.map(|entry| entry.shape.as_slice());
        self.cells(shape, n_heads)
    }

    /// The cells that it means among weights; a vector is one row.
    ///
    /// # Errors
    /// An intermediate value; a tensor, row or column that is not there.
    pub fn in_parameters(&self, layout: &TensorLayout<WeightId>) -> Result<Cells, AddressError> {
        let TensorName::Weight(id) = self.tensor else {
            return Err(AddressError::Absent(self.tensor));
        };
        match layout.get(id).map(|entry| entry.shape.as_slice()) {
            Some(&[columns]) => self.cells(Some(&[1, columns]), 1),
            shape => self.cells(shape, 1),
        }
    }

    fn cells(&self, shape: Option<&[usize]>, n_heads: usize) -> Result<Cells, AddressError> {
        let tensor = self.tensor;
        let shape = shape.ok_or(AddressError::Absent(tensor))?;
        let (heads, rows, columns, steps) = match *shape {
            [heads, rows, columns] => (heads, rows, columns, (rows * columns, columns)),
            [rows, columns] if self.head.is_some() && side_by_side(tensor) => {
                let width = columns / n_heads;
                (n_heads, rows, width, (width, columns))
            }
            [rows, columns] => (1, rows, columns, (0, columns)),
            [rows] => (1, rows, 1, (0, 1)),
            _ => return Err(AddressError::Absent(tensor)),
        };
        let divided = shape.len() == 3 || side_by_side(tensor);
        let heads = match self.head {
            None => 0..heads,
            Some(_) if !divided => return Err(AddressError::NoHeads(tensor)),
            Some(head) if head < heads => head..head + 1,
            Some(head) => {
                let last = heads - 1;
                return Err(AddressError::Head { tensor, head, last });
            }
        };
        Ok(Cells {
            heads,
            rows: self.row.of(rows).ok_or(AddressError::Row {
                tensor,
                row: self.row,
                last: rows.saturating_sub(1),
            })?,
            columns: self.column.of(columns).ok_or(AddressError::Column {
                tensor,
                column: self.column,
                last: columns.saturating_sub(1),
            })?,
            all_rows: rows,
            steps,
        })
    }
}

/// Whether the heads stand side by side in this tensor's columns.
fn side_by_side(tensor: TensorName) -> bool {
    use BlockTensor as B;
    matches!(
        tensor,
        TensorName::Value(TensorId::Block(_, B::Q | B::K | B::V | B::Concat))
    )
}
