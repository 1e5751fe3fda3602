//! What is put into lists and dictionaries.

use super::Machine;
use crate::checkpoint::pickle::error::PickleError;
use crate::checkpoint::pickle::heap::{Id, Value};

impl Machine<'_> {
    pub(super) fn append(&mut self, items: &[Id]) -> Result<(), PickleError> {
        let list = self.top()?;
        self.heap.charge(2 * size_of_val(items))?;
        match self.heap.get_mut(list) {
            Value::List(list) => list.extend_from_slice(items),
            _ => {
                return Err(self
                    .input
                    .malformed("something is appended to what is no list"));
            }
        }
        Ok(())
    }

    pub(super) fn paired(&self, items: &[Id]) -> Result<Vec<(Id, Id)>, PickleError> {
        let (pairs, rest) = items.as_chunks::<2>();
        if rest.is_empty() {
            Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
        } else {
            Err(self
                .input
                .malformed("a dictionary has a key without a value"))
        }
    }

    pub(super) fn set(&mut self, items: &[Id]) -> Result<(), PickleError> {
        let dict = self.top()?;
        let pairs = self.paired(items)?;
        self.heap.charge(2 * size_of_val(items))?;
        match self.heap.get_mut(dict) {
            Value::Dict(dict) => dict.extend(pairs),
            _ => {
                return Err(self
                    .input
                    .malformed("a key is set in what is no dictionary"));
            }
        }
        Ok(())
    }
}
