//! What a tensor is called in an address.

use std::fmt;
use std::str::FromStr;

use super::AddressError;
use crate::checkpoint::TraceNames;
use crate::tensor_id::{TensorId, WeightId};

/// The name of a weight or of an intermediate value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TensorName {
    /// An intermediate value.
    Value(TensorId),
    /// A weight.
    Weight(WeightId),
}

impl From<TensorId> for TensorName {
    fn from(id: TensorId) -> Self {
        Self::Value(id)
    }
}

impl From<WeightId> for TensorName {
    fn from(id: WeightId) -> Self {
        Self::Weight(id)
    }
}

impl fmt::Display for TensorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(id) => id.fmt(f),
            Self::Weight(id) => id.fmt(f),
        }
    }
}

impl FromStr for TensorName {
    type Err = AddressError;

    /// Reads an intermediate value's name either way, or a weight's key in the `.npz` file.
    fn from_str(name: &str) -> Result<Self, AddressError> {
        if let Some(id) = TraceNames::id_of(name) {
            return Ok(Self::Value(id));
        }
        let weight = name.parse().map(Self::Weight);
        weight.map_err(|_| AddressError::UnknownTensor(name.to_owned()))
    }
}
