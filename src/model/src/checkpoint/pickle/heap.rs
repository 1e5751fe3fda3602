//! The values a pickle builds. They refer to each other by number, so that a list within itself is no
//! danger and dropping needs no recursion; every byte they take is counted against an allowance.

use super::error::PickleError;
use super::global::{Global, StorageRecord, TensorRecord};

/// The number of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(u32);

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    None,
    /// Which of the two is of no consequence to a model
    Bool,
    Int(i64),
    Float(f64),
    Text(Box<str>),
    Bytes(Box<[u8]>),
    List(Vec<Id>),
    Tuple(Box<[Id]>),
    /// In the order of insertion; of equal keys the last counts
    Dict(Vec<(Id, Id)>),
    Global(Global),
    Storage(Box<StorageRecord>),
    Tensor(Box<TensorRecord>),
}

impl Value {
    /// What it is called in messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool => "a truth value",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Dict(_) => "a dictionary",
            Self::Global(_) => "a class",
            Self::Storage(_) => "a storage",
            Self::Tensor(_) => "a tensor",
        }
    }
}

/// All values of one pickle.
#[derive(Debug)]
pub struct Heap {
    values: Vec<Value>,
    /// Bytes that may still be taken
    allowance: usize,
}

impl Heap {
    /// For a pickle of so many bytes. Python's own pickles need about three times their length here;
    /// small ones may need any factor.
    pub fn new(pickle_len: usize) -> Self {
        const SMALL: usize = 1 << 24;
        Self {
            values: Vec::new(),
            allowance: SMALL + 3 * pickle_len,
        }
    }

    /// Counts memory that is about to be taken.
    pub fn charge(&mut self, bytes: usize) -> Result<(), PickleError> {
        self.allowance = self
            .allowance
            .checked_sub(bytes)
            .ok_or(PickleError::TooLarge)?;
        Ok(())
    }

    /// Adds a value.
    pub fn add(&mut self, value: Value) -> Result<Id, PickleError> {
        let inner = match &value {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::List(items) => items.capacity() * size_of::<Id>(),
            Value::Tuple(items) => items.len() * size_of::<Id>(),
            Value::Dict(pairs) => pairs.capacity() * size_of::<(Id, Id)>(),
            Value::Storage(_) => size_of::<StorageRecord>(),
            Value::Tensor(tensor) => {
                size_of::<TensorRecord>() + 2 * tensor.shape.len() * size_of::<usize>()
            }
            _ => 0,
        };
        self.charge(size_of::<Value>() + inner)?;
        let id = u32::try_from(self.values.len()).map_err(|_| PickleError::TooLarge)?;
        if self.values.len() == self.values.capacity() {
            // twice as much, as would be usual, might all be in vain
            self.values.reserve_exact(self.values.len() / 4 + 64);
        }
        self.values.push(value);
        Ok(Id(id))
    }

    /// A value by its number.
    pub fn get(&self, id: Id) -> &Value {
        // numbers are only ever made by `add`
        &self.values[id.0 as usize]
    }

    /// A value, to be changed.
    pub fn get_mut(&mut self, id: Id) -> &mut Value {
        &mut self.values[id.0 as usize]
    }

    /// The pairs of a dictionary.
    pub fn pairs(&self, id: Id) -> Option<&[(Id, Id)]> {
        match self.get(id) {
            Value::Dict(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// What a dictionary has under this name.
    pub fn member(&self, dict: Id, name: &str) -> Option<Id> {
        let found = |&&(key, _): &&(Id, Id)| self.text(key) == Some(name);
        Some(self.pairs(dict)?.iter().rev().find(found)?.1)
    }

    /// A text.
    pub fn text(&self, id: Id) -> Option<&str> {
        match self.get(id) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// An integer.
    pub fn int(&self, id: Id) -> Option<i64> {
        match self.get(id) {
            Value::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// A number of either kind.
    pub fn number(&self, id: Id) -> Option<f64> {
        match self.get(id) {
            Value::Int(value) => Some(*value as f64),
            Value::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The items of a list or tuple.
    pub fn items(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Value::List(items) => Some(items),
            Value::Tuple(items) => Some(items),
            _ => None,
        }
    }
}
