//! Which operation of a program made a matrix, and which ones read it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::number_place::Numbers;
use crate::operand::Operand;
use crate::operation::{Made, Operation};

/// An index over the operations of a program.
#[derive(Debug)]
pub(crate) struct Origins {
    /// Who makes a matrix of exactly this name.
    named: HashMap<Operand, (usize, Made)>,
    /// Who made what is stored: the first of those that gave it a name.
    stored: HashMap<Operand, (usize, Made)>,
    /// Who reads what is stored: operation and place among its inputs.
    readers: HashMap<Operand, Vec<(usize, usize)>>,
}

impl Origins {
    pub fn new(operations: &[Arc<dyn Operation>], numbers: &Numbers) -> Self {
        let mut origins = Self {
            named: HashMap::new(),
            stored: HashMap::new(),
            readers: HashMap::new(),
        };
        for (at, operation) in operations.iter().enumerate() {
            for (made, output) in operation.outputs() {
                origins.named.entry(output).or_insert((at, made));
                let stored = numbers.stored(output);
                origins.stored.entry(stored).or_insert((at, made));
            }
            for (input, operand) in operation.inputs().into_iter().enumerate() {
                let readers = origins.readers.entry(numbers.stored(operand));
                readers.or_default().push((at, input));
            }
        }
        origins
    }

    pub fn maker(&self, operand: Operand, numbers: &Numbers) -> Option<(usize, Made)> {
        let named = self.named.get(&operand);
        named
            .or_else(|| self.stored.get(&numbers.stored(operand)))
            .copied()
    }

    pub fn readers(&self, operand: Operand, numbers: &Numbers) -> &[(usize, usize)] {
        let readers = self.readers.get(&numbers.stored(operand));
        readers.map_or(&[], Vec::as_slice)
    }
}
