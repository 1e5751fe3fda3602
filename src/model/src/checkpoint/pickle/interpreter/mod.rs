//! The interpreter: here, which instruction there is; in the files beside, what each kind does. One
//! instruction is at least one byte, none costs more than what it moves, and what it takes in memory
//! is counted: so a pickle cannot run long or take much.

mod container;
mod memo;
mod number;
mod object;
mod stack;
mod text;

use std::collections::HashMap;

use super::error::PickleError;
use super::global::Allowed;
use super::heap::{Heap, Id, Value};
use super::input::Input;

/// The newest version of the format that is read.
const NEWEST_PROTOCOL: u8 = 5;
/// The deepest nesting that is read; checkpoints need about ten.
const MOST_OPEN: usize = 1000;

/// Reads one pickle; returns its values and which of them is the result.
///
/// # Errors
/// Whatever is not on the closed lists or not as the format has it.
pub fn read(pickle: &[u8], allowed: Allowed) -> Result<(Heap, Id), PickleError> {
    let mut interpreter = Interpreter {
        input: Input::new(pickle),
        heap: Heap::new(pickle.len()),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        remembered: None,
        allowed,
    };
    loop {
        if let Some(result) = interpreter.step()? {
            return Ok((interpreter.heap, result));
        }
    }
}

struct Interpreter<'a> {
    input: Input<'a>,
    heap: Heap,
    stack: Vec<Id>,
    /// Heights of the stack where something begins
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    /// The youngest value in the memo
    remembered: Option<Id>,
    allowed: Allowed,
}

impl Interpreter<'_> {
    /// Carries out one instruction; the result if it was the last.
    fn step(&mut self) -> Result<Option<Id>, PickleError> {
        let at = self.input.at();
        let code = self.input.byte()?;
        match code {
            // the format's version, and lengths of stretches that hold whole instructions
            0x80 => {
                if self.input.byte()? > NEWEST_PROTOCOL {
                    return Err(self.input.malformed("it is of a version newer than 5"));
                }
            }
            0x95 => {
                self.input.array::<8>()?;
            }
            b'.' => return Ok(Some(self.pop()?)),
            b'(' => {
                if self.marks.len() == MOST_OPEN {
                    return Err(self.input.malformed("it is nested too deeply"));
                }
                self.marks.push(self.stack.len());
            }
            // a mark is taken off by the same instruction as a value
            b'0' if self.marks.last() == Some(&self.stack.len()) => {
                self.marks.pop();
            }
            b'0' => {
                self.pop()?;
            }
            b'1' => {
                self.pop_to_mark()?;
            }
            b'2' => {
                let top = self.top()?;
                self.push_id(top)?;
            }
            b'N' => self.push(Value::None)?,
            0x88 | 0x89 => self.push(Value::Bool(code == 0x88))?,
            b'I' | b'L' | b'J' | b'K' | b'M' | 0x8a | 0x8b | b'F' | b'G' => self.number(code)?,
            b'S' | b'T' | b'U' | b'V' | b'X' | 0x8c | 0x8d => self.text(code)?,
            b'B' | b'C' | 0x8e | 0x96 => {
                let width = match code {
                    b'B' => 4,
                    b'C' => 1,
                    _ => 8,
                };
                let bytes = self.input.counted(width)?.into();
                self.push(Value::Bytes(bytes))?;
            }
            b']' | 0x8f => self.push(Value::List(Vec::new()))?,
            b'}' => self.push(Value::Dict(Vec::new()))?,
            b')' => self.push(Value::Tuple(Box::default()))?,
            b'l' | 0x91 => {
                let items = self.pop_to_mark()?;
                self.push(Value::List(items))?;
            }
            b't' => {
                let items = self.pop_to_mark()?;
                self.push(Value::Tuple(items.into()))?;
            }
            0x85..=0x87 => {
                let first = self.height_below(usize::from(code - 0x84))?;
                let items = self.stack.split_off(first);
                self.push(Value::Tuple(items.into()))?;
            }
            b'd' => {
                let items = self.pop_to_mark()?;
                let pairs = self.paired(&items)?;
                self.push(Value::Dict(pairs))?;
            }
            b'a' => {
                let item = self.pop()?;
                self.append(&[item])?;
            }
            b'e' | 0x90 => {
                let items = self.pop_to_mark()?;
                self.append(&items)?;
            }
            b's' => {
                let first = self.height_below(2)?;
                let items = self.stack.split_off(first);
                self.set(&items)?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.set(&items)?;
            }
            b'p' | b'q' | b'r' | 0x94 => self.remember(code)?,
            b'g' | b'h' | b'j' => self.recall(code)?,
            b'c' | 0x93 => self.global(code)?,
            b'R' => self.call()?,
            0x81 => self.new_object(2)?,
            0x92 => self.new_object(3)?,
            b'b' => self.build()?,
            b'Q' => self.storage()?,
            _ => return Err(PickleError::ForbiddenInstruction { code, at }),
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a pickle of plain data results in.
    pub fn result(pickle: &[u8]) -> Result<String, PickleError> {
        let (heap, id) = read(pickle, Allowed::PlainData)?;
        Ok(format!("{:?}", heap.get(id)))
    }

    #[test]
    fn a_list_may_hold_itself_and_marks_are_kept_apart() {
        assert!(result(b"]q\0h\0a.").is_ok());
        // a value below a mark is not reachable through it
        assert!(result(b"N(0.").is_ok());
        assert!(result(b"N(\x85.").is_err());
        assert!(result(b"(").is_err() && result(b".").is_err() && result(b"t.").is_err());
    }

    #[test]
    fn little_that_claims_to_be_much_is_refused() {
        assert!(matches!(
            result(b"X\xff\xff\xff\x7fa."),
            Err(PickleError::CutOff(_))
        ));
        // one list, made into a dictionary over and over
        let mut pickle = b"](".to_vec();
        for _ in 0..1000 {
            pickle.extend(b"NN\x86");
        }
        pickle.extend(b"eq\x01");
        for _ in 0..5000 {
            pickle.extend(b"0ccollections\nOrderedDict\nh\x01\x85R");
        }
        pickle.push(b'.');
        assert_eq!(result(&pickle).unwrap_err(), PickleError::TooLarge);
        let deep = b"(".repeat(MOST_OPEN + 1);
        assert!(matches!(result(&deep), Err(PickleError::Malformed { .. })));
    }
}
