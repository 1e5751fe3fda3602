//! What is put into lists and dictionaries.

use super::Interpreter;
use crate::checkpoint::pickle::error::PickleError;
use crate::checkpoint::pickle::heap::{Id, Value};

/// So many numbers of a list are kept; those behind them are of no consequence to a model.
const MOST_KEPT: usize = 1 << 16;

impl Interpreter<'_> {
    pub(super) fn append(&mut self, items: &[Id]) -> Result<(), PickleError> {
        let list = self.top()?;
        // a history of losses is as long as the training was
        let long = matches!(self.heap.get(list), Value::List(list) if list.len() >= MOST_KEPT);
        if long && self.heap.forget_last(items, self.remembered) {
            return Ok(());
        }
        self.heap.charge(2 * size_of_val(items))?;
        match self.heap.get_mut(list) {
            Value::List(list) => list.extend_from_slice(items),
            Value::Object(object) => object.items.extend_from_slice(items),
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
            Value::Object(object) => object.pairs.extend(pairs),
            _ => {
                return Err(self
                    .input
                    .malformed("a key is set in what is no dictionary"));
            }
        }
        Ok(())
    }
}
