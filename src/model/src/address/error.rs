//! Why a text names no number of a model.

use super::{Index, TensorName};

/// Why a text names no number of a model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// A name that no tensor has.
    #[error(
        "'{0}' names no tensor: write for example block0.attention.1[3,2], or h0.att.1[3,2] \
         (`orrery trace --names` says what the tensors are called)"
    )]
    UnknownTensor(String),
    /// Something between the brackets is no index, or the brackets do not close.
    #[error(
        "'{0}': after the tensor's name stand row and column in brackets, each a number from 0, 'last' \
         or '*' for all: [3,2], [last,*]"
    )]
    Brackets(String),
    /// The model has no such tensor: too few blocks, no final norm, a bias that is not there.
    #[error("this model has no {0}")]
    Absent(TensorName),
    /// A head of a tensor that is not divided among heads.
    #[error("{0} is not divided among heads: leave out the number after its name")]
    NoHeads(TensorName),
    /// A head that is not there.
    #[error("{tensor} has no head {head}: the heads are 0 to {last}")]
    Head {
        /// The tensor.
        tensor: TensorName,
        /// The head that was asked for.
        head: usize,
        /// The last there is.
        last: usize,
    },
    /// A row that is not there.
    #[error("{tensor} has no row {row}: the rows are 0 to {last}")]
    Row {
        /// The tensor.
        tensor: TensorName,
        /// The row that was asked for.
        row: Index,
        /// The last there is.
        last: usize,
    },
    /// A column that is not there.
    #[error("{tensor} has no column {column}: the columns are 0 to {last}")]
    Column {
        /// The tensor.
        tensor: TensorName,
        /// The column that was asked for.
        column: Index,
        /// The last there is.
        last: usize,
    },
}
