//! The values a pickle builds. They refer to each other by number, so that a list within itself is no
//! danger and dropping needs no recursion; every byte they take is counted against an allowance.

use super::error::PickleError;
use super::global::{Global, StorageRecord, TensorRecord};
use super::numpy::Format;

/// The number of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(u32);

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// A whole number of more than 64 bits
    Large,
    Float(f64),
    Text(Box<str>),
    Bytes(Box<[u8]>),
    List(Vec<Id>),
    Tuple(Box<[Id]>),
    /// In the order of insertion; of equal keys the last counts
    Dict(Vec<(Id, Id)>),
    Global(Global),
    /// A class or function that is not on the closed list, by its dotted name
    Name(Box<str>),
    /// What would be made with such a class: never made, only what the pickle says of it
    Object(Box<Object>),
    /// NumPy's word on how numbers are stored
    Format(Format),
    /// A NumPy array of which nothing has been said yet
    Array,
    Storage(Box<StorageRecord>),
    Tensor(Box<TensorRecord>),
}

/// An object that is not built.
#[derive(Clone, Debug, Default)]
pub struct Object {
    /// The dotted name of its class
    pub class: Box<str>,
    /// What its class would be called with
    pub arguments: Box<[Id]>,
    /// What it would be given as its state
    pub state: Option<Id>,
    /// What would be appended to it
    pub items: Vec<Id>,
    /// What would be set in it
    pub pairs: Vec<(Id, Id)>,
}

impl Value {
    /// What it is called in messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "a truth value",
            Self::Int(_) | Self::Large => "an integer",
            Self::Float(_) => "a number",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Dict(_) => "a dictionary",
            Self::Global(_) | Self::Name(_) => "a class",
            Self::Object(_) => "an object",
            Self::Format(_) => "a number type",
            Self::Array => "an array",
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
            Value::Text(text) | Value::Name(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::List(items) => items.capacity() * size_of::<Id>(),
            Value::Tuple(items) => items.len() * size_of::<Id>(),
            Value::Dict(pairs) => pairs.capacity() * size_of::<(Id, Id)>(),
            Value::Object(object) => {
                size_of::<Object>() + object.class.len() + size_of_val(&*object.arguments)
            }
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
        // numbers are only ever made by `add`; what was forgotten is nothing
        self.values.get(id.0 as usize).unwrap_or(&Value::None)
    }

    /// Forgets plain numbers that were added last and that nothing else refers to. `remembered` is the
    /// greatest number of a value that may be referred to from elsewhere. Whether they are forgotten.
    pub fn forget_last(&mut self, numbers: &[Id], remembered: Option<Id>) -> bool {
        let first = self.values.len().saturating_sub(numbers.len());
        let last = numbers.iter().zip(first..).all(|(id, at)| {
            let plain = matches!(self.get(*id), Value::Int(_) | Value::Float(_));
            plain && id.0 as usize == at
        });
        let forgotten = last && remembered.is_none_or(|id| (id.0 as usize) < first);
        if forgotten {
            self.values.truncate(first);
            self.allowance += numbers.len() * size_of::<Value>();
        }
        forgotten
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

    /// What a dictionary, or an object that is not built, has by name, in order.
    pub fn members(&self, id: Id) -> Vec<(&str, Id)> {
        let mut members = Vec::new();
        self.add_members(id, &mut members);
        members
    }

    fn add_members<'h>(&'h self, id: Id, members: &mut Vec<(&'h str, Id)>) {
        let named = |&(key, value): &(Id, Id)| Some((self.text(key)?, value));
        match self.get(id) {
            Value::Dict(pairs) => members.extend(pairs.iter().filter_map(named)),
            Value::Object(object) => {
                // a class with slots has its state in two parts
                let state = object.state.iter();
                let parts = state.flat_map(|state| match self.items(*state) {
                    Some(parts) => parts,
                    None => std::slice::from_ref(state),
                });
                let parts = parts.filter_map(|&part| self.pairs(part));
                members.extend(parts.flatten().filter_map(named));
                members.extend(object.pairs.iter().filter_map(named));
            }
            _ => {}
        }
    }

    /// What a dictionary or object has under this name; of equal names the last counts.
    pub fn member(&self, id: Id, name: &str) -> Option<Id> {
        if let Some(pairs) = self.pairs(id) {
            let found = |&&(key, _): &&(Id, Id)| self.text(key) == Some(name);
            return Some(pairs.iter().rev().find(found)?.1);
        }
        let found = |&&(key, _): &&(&str, Id)| key == name;
        Some(self.members(id).iter().rev().find(found)?.1)
    }

    /// The name of a class, or of that of an object which is not built.
    pub fn class(&self, id: Id) -> Option<&str> {
        match self.get(id) {
            Value::Name(name) => Some(name),
            Value::Object(object) => Some(&object.class),
            _ => None,
        }
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
