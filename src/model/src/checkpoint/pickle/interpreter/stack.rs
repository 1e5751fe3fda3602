//! The stack and its marks.

use super::Interpreter;
use crate::checkpoint::pickle::error::PickleError;
use crate::checkpoint::pickle::heap::{Id, Value};

impl Interpreter<'_> {
    pub(super) fn push_id(&mut self, id: Id) -> Result<(), PickleError> {
        self.heap.charge(size_of::<Id>())?;
        self.stack.push(id);
        Ok(())
    }

    pub(super) fn push(&mut self, value: Value) -> Result<(), PickleError> {
        let id = self.heap.add(value)?;
        self.push_id(id)
    }

    /// The height of the stack without its `count` topmost values, which lie above the last mark.
    pub(super) fn height_below(&self, count: usize) -> Result<usize, PickleError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let height = self.stack.len().checked_sub(count);
        height
            .filter(|&height| height >= floor)
            .ok_or_else(|| self.input.malformed("a value is missing"))
    }

    pub(super) fn top(&self) -> Result<Id, PickleError> {
        Ok(self.stack[self.height_below(1)?])
    }

    pub(super) fn pop(&mut self) -> Result<Id, PickleError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    pub(super) fn pop_to_mark(&mut self) -> Result<Vec<Id>, PickleError> {
        let mark = self.marks.pop();
        let mark = mark.ok_or_else(|| self.input.malformed("a mark is missing"))?;
        Ok(self.stack.split_off(mark))
    }
}
