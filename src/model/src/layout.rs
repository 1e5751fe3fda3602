//! Where each named tensor stands in one flat piece of memory. Weights, gradients, optimizer state
//! and traces all are such a piece, so that they can be walked by name or as plain numbers.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

/// One tensor's name, shape and place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorEntry<Id> {
    /// Its name.
    pub id: Id,
    /// Its extent along each axis, outermost first; row-major.
    pub shape: Vec<usize>,
    /// Its elements in the flat memory.
    pub range: Range<usize>,
}

/// An ordered table of tensors that fill one flat memory without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorLayout<Id: Eq + Hash> {
    entries: Vec<TensorEntry<Id>>,
    index: HashMap<Id, usize>,
    len: usize,
}

impl<Id: Copy + Eq + Hash> TensorLayout<Id> {
    /// Lays the tensors one after the other.
    pub fn new(tensors: impl IntoIterator<Item = (Id, Vec<usize>)>) -> Self {
        let mut entries = Vec::new();
        let mut index = HashMap::new();
        let mut len = 0;
        for (id, shape) in tensors {
            let size: usize = shape.iter().product();
            index.insert(id, entries.len());
            entries.push(TensorEntry {
                id,
                shape,
                range: len..len + size,
            });
            len += size;
        }
        Self {
            entries,
            index,
            len,
        }
    }

    /// All tensors in order.
    pub fn entries(&self) -> &[TensorEntry<Id>] {
        &self.entries
    }

    /// The tensor of this name, if it exists.
    pub fn get(&self, id: Id) -> Option<&TensorEntry<Id>> {
        self.index.get(&id).map(|&at| &self.entries[at])
    }

    /// How many numbers the flat memory holds.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}
