//! The memo: values remembered under numbers, to be named again.

use super::Interpreter;
use crate::checkpoint::pickle::error::PickleError;

/// What an entry of the memo takes, roughly.
const MEMO_ENTRY: usize = 24;

impl Interpreter<'_> {
    pub(super) fn remember(&mut self, code: u8) -> Result<(), PickleError> {
        let place = match code {
            b'q' => self.input.byte()?.into(),
            b'r' => u32::from_le_bytes(self.input.array()?),
            b'p' => self.place()?,
            _ => u32::try_from(self.memo.len()).map_err(|_| PickleError::TooLarge)?,
        };
        let top = self.top()?;
        self.heap.charge(MEMO_ENTRY)?;
        self.remembered = self.remembered.max(Some(top));
        self.memo.insert(place, top);
        Ok(())
    }

    pub(super) fn recall(&mut self, code: u8) -> Result<(), PickleError> {
        let place = match code {
            b'h' => self.input.byte()?.into(),
            b'j' => u32::from_le_bytes(self.input.array()?),
            _ => self.place()?,
        };
        let remembered = self.memo.get(&place).copied();
        let id = remembered.ok_or_else(|| self.input.malformed("nothing was remembered there"))?;
        self.push_id(id)
    }

    /// A place in the memo, in digits.
    fn place(&mut self) -> Result<u32, PickleError> {
        let line = self.input.line()?;
        line.parse()
            .map_err(|_| self.input.malformed("a place in the memo is not a number"))
    }
}
