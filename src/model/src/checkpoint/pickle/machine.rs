//! The stack machine. One instruction is at least one byte, none costs more than what it moves, and
//! what it takes in memory is counted: so a pickle cannot run long or take much.

use std::collections::HashMap;

use super::error::PickleError;
use super::global::{Allowed, Global, storage};
use super::heap::{Heap, Id, Value};
use super::input::Input;

/// The newest version of the format that is read.
const NEWEST_PROTOCOL: u8 = 5;
/// The deepest nesting that is read; checkpoints need about ten.
const MOST_OPEN: usize = 1000;
/// What an entry of the memo takes, roughly.
const MEMO_ENTRY: usize = 24;

/// Reads one pickle; returns its values and which of them is the result.
///
/// # Errors
/// Whatever is not on the closed lists or not as the format has it.
pub fn read(pickle: &[u8], allowed: Allowed) -> Result<(Heap, Id), PickleError> {
    let mut machine = Machine {
        input: Input::new(pickle),
        heap: Heap::new(pickle.len()),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        allowed,
    };
    loop {
        if let Some(result) = machine.step()? {
            return Ok((machine.heap, result));
        }
    }
}

struct Machine<'a> {
    input: Input<'a>,
    heap: Heap,
    stack: Vec<Id>,
    /// Heights of the stack where something begins
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    allowed: Allowed,
}

impl Machine<'_> {
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
            0x88 | 0x89 => self.push(Value::Bool)?,
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
            b'b' => self.build()?,
            b'Q' => self.storage()?,
            _ => return Err(PickleError::ForbiddenInstruction { code, at }),
        }
        Ok(None)
    }

    fn push_id(&mut self, id: Id) -> Result<(), PickleError> {
        self.heap.charge(size_of::<Id>())?;
        self.stack.push(id);
        Ok(())
    }

    fn push(&mut self, value: Value) -> Result<(), PickleError> {
        let id = self.heap.add(value)?;
        self.push_id(id)
    }

    /// The height of the stack without its `count` topmost values, which lie above the last mark.
    fn height_below(&self, count: usize) -> Result<usize, PickleError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let height = self.stack.len().checked_sub(count);
        height
            .filter(|&height| height >= floor)
            .ok_or_else(|| self.input.malformed("a value is missing"))
    }

    fn top(&self) -> Result<Id, PickleError> {
        Ok(self.stack[self.height_below(1)?])
    }

    fn pop(&mut self) -> Result<Id, PickleError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>, PickleError> {
        let mark = self.marks.pop();
        let mark = mark.ok_or_else(|| self.input.malformed("a mark is missing"))?;
        Ok(self.stack.split_off(mark))
    }

    fn number(&mut self, code: u8) -> Result<(), PickleError> {
        let value = match code {
            b'J' => Value::Int(i32::from_le_bytes(self.input.array()?).into()),
            b'K' => Value::Int(self.input.byte()?.into()),
            b'M' => Value::Int(u16::from_le_bytes(self.input.array()?).into()),
            b'G' => Value::Float(f64::from_be_bytes(self.input.array()?)),
            b'F' => {
                let number = self.input.line()?.parse();
                Value::Float(number.map_err(|_| self.input.malformed("a number is not one"))?)
            }
            0x8a | 0x8b => {
                let bytes = self.input.counted(if code == 0x8a { 1 } else { 4 })?;
                self.long(bytes)?
            }
            _ => match self.input.line()? {
                "00" | "01" if code == b'I' => Value::Bool,
                line => {
                    let digits = line.strip_suffix('L').unwrap_or(line);
                    let number = digits.parse();
                    Value::Int(
                        number.map_err(|_| self.input.malformed("an integer is not usable"))?,
                    )
                }
            },
        };
        self.push(value)
    }

    /// An integer in two's complement, little-endian, of up to eight bytes.
    fn long(&self, bytes: &[u8]) -> Result<Value, PickleError> {
        if bytes.len() > 8 {
            return Err(self.input.malformed("an integer has more than 64 bits"));
        }
        let negative = bytes.last().is_some_and(|&byte| byte >= 0x80);
        let mut wide = [if negative { 0xff } else { 0 }; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        Ok(Value::Int(i64::from_le_bytes(wide)))
    }

    fn text(&mut self, code: u8) -> Result<(), PickleError> {
        let text: Box<str> = match code {
            // Python 2's texts of bytes, which for weights are plain letters
            b'S' => {
                let line = self.input.line()?.trim_end_matches('\r');
                let unquoted = |quote| line.strip_prefix(quote)?.strip_suffix(quote);
                let inner = unquoted('\'').or_else(|| unquoted('"'));
                let inner = inner.ok_or_else(|| self.input.malformed("a text is not quoted"))?;
                self.unescaped(inner, true)?.into()
            }
            b'V' => {
                // each byte is a character of Latin-1, others are escaped
                let line = self.input.line_bytes()?;
                let line: String = line.iter().copied().map(char::from).collect();
                self.unescaped(&line, false)?.into()
            }
            _ => {
                let width = match code {
                    b'U' | 0x8c => 1,
                    0x8d => 8,
                    _ => 4,
                };
                let bytes = self.input.counted(width)?;
                self.input.text(bytes)?.into()
            }
        };
        self.push(Value::Text(text))
    }

    /// A text with Python's escapes undone: `\uXXXX` and `\UXXXXXXXX`, and in quoted texts also those
    /// of a letter or of `\xXX`.
    fn unescaped(&self, text: &str, quoted: bool) -> Result<String, PickleError> {
        let wrong = || {
            self.input
                .malformed("a text has an escape that is not read")
        };
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('\\') {
            out.push_str(before);
            let escape = after.chars().next();
            let digits = match (escape, quoted) {
                (Some('u'), _) => 4,
                (Some('U'), _) => 8,
                (Some('x'), true) => 2,
                _ => 0,
            };
            if digits > 0 {
                let hex = after.get(1..=digits).ok_or_else(wrong)?;
                let number = u32::from_str_radix(hex, 16).map_err(|_| wrong())?;
                out.push(char::from_u32(number).ok_or_else(wrong)?);
                rest = &after[1 + digits..];
            } else if quoted {
                let escape = escape.ok_or_else(wrong)?;
                out.push(match escape {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '\\' | '\'' | '"' => escape,
                    _ => return Err(wrong()),
                });
                rest = &after[escape.len_utf8()..];
            } else {
                // in this form a backslash is written as an escape, so this one is just itself
                out.push('\\');
                rest = after;
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    fn append(&mut self, items: &[Id]) -> Result<(), PickleError> {
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

    fn paired(&self, items: &[Id]) -> Result<Vec<(Id, Id)>, PickleError> {
        let (pairs, rest) = items.as_chunks::<2>();
        if rest.is_empty() {
            Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
        } else {
            Err(self
                .input
                .malformed("a dictionary has a key without a value"))
        }
    }

    fn set(&mut self, items: &[Id]) -> Result<(), PickleError> {
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

    fn remember(&mut self, code: u8) -> Result<(), PickleError> {
        let place = match code {
            b'q' => self.input.byte()?.into(),
            b'r' => u32::from_le_bytes(self.input.array()?),
            b'p' => self.place()?,
            _ => u32::try_from(self.memo.len()).map_err(|_| PickleError::TooLarge)?,
        };
        let top = self.top()?;
        self.heap.charge(MEMO_ENTRY)?;
        self.memo.insert(place, top);
        Ok(())
    }

    fn recall(&mut self, code: u8) -> Result<(), PickleError> {
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

    fn global(&mut self, code: u8) -> Result<(), PickleError> {
        let global = if code == b'c' {
            let (module, name) = (self.input.line()?, self.input.line()?);
            Global::find(module, name, self.allowed)?
        } else {
            let (name, module) = (self.pop()?, self.pop()?);
            match (self.heap.text(module), self.heap.text(name)) {
                (Some(module), Some(name)) => Global::find(module, name, self.allowed)?,
                _ => return Err(self.input.malformed("a name is not a text")),
            }
        };
        self.push(Value::Global(global))
    }

    fn call(&mut self) -> Result<(), PickleError> {
        let (arguments, callee) = (self.pop()?, self.pop()?);
        let global = match self.heap.get(callee) {
            Value::Global(global) => *global,
            other => {
                let what = format!("call {}", other.kind());
                return Err(PickleError::ForbiddenAct(what));
            }
        };
        // tensors have seven arguments; more are of no use to anything on the list
        let arguments: Vec<Id> = match self.heap.get(arguments) {
            Value::Tuple(items) => items.iter().copied().take(16).collect(),
            _ => return Err(self.input.malformed("arguments are not a tuple")),
        };
        let made = global.call(&mut self.heap, &arguments)?;
        self.push_id(made)
    }

    /// Gives a state to a value. An OrderedDict's (PyTorch's `_metadata`) and a tensor's are of no
    /// consequence and are left out; nothing else has any.
    fn build(&mut self) -> Result<(), PickleError> {
        self.pop()?;
        let target = self.top()?;
        match self.heap.get(target) {
            Value::Dict(_) | Value::Tensor(_) => Ok(()),
            other => Err(PickleError::ForbiddenAct(format!(
                "give a state to {}",
                other.kind()
            ))),
        }
    }

    fn storage(&mut self) -> Result<(), PickleError> {
        let description = self.pop()?;
        if self.allowed != Allowed::Tensors {
            return Err(PickleError::ForbiddenAct(
                "refer to another file".to_owned(),
            ));
        }
        let record = storage(&self.heap, description).ok_or_else(|| {
            PickleError::Unexpected("a storage's description is not valid".to_owned())
        })?;
        self.push(Value::Storage(Box::new(record)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(pickle: &[u8]) -> Result<String, PickleError> {
        let (heap, id) = read(pickle, Allowed::PlainData)?;
        Ok(format!("{:?}", heap.get(id)))
    }

    #[test]
    fn numbers_of_every_protocol_are_read() {
        for (pickle, expected) in [
            (&b"I42\n."[..], "Int(42)"),
            (b"L-7L\n.", "Int(-7)"),
            (b"I01\n.", "Bool"),
            (b"F1.5\n.", "Float(1.5)"),
            (b"\x80\x02K\x05.", "Int(5)"),
            (b"\x80\x02M\x01\x02.", "Int(513)"),
            (b"\x80\x02J\xff\xff\xff\xff.", "Int(-1)"),
            (b"\x80\x02\x8a\x02\x00\xff.", "Int(-256)"),
            (b"\x80\x02\x8a\x00.", "Int(0)"),
            (b"\x80\x02G\x3f\xf8\x00\x00\x00\x00\x00\x00.", "Float(1.5)"),
        ] {
            assert_eq!(result(pickle).unwrap(), expected);
        }
    }

    #[test]
    fn texts_of_every_protocol_are_read() {
        for (pickle, expected) in [
            (&b"S'it\\'s \\x41'\n."[..], "Text(\"it's A\")"),
            (b"Va\\u00e9\\u000a\\\n.", "Text(\"a\u{e9}\\n\\\\\")"),
            (b"Va\\b\n.", "Text(\"a\\\\b\")"),
            (b"X\x02\0\0\0\xc3\xa9.", "Text(\"\u{e9}\")"),
            (b"\x8c\x02hi.", "Text(\"hi\")"),
            (b"\x8d\x02\0\0\0\0\0\0\0hi.", "Text(\"hi\")"),
            (b"U\x02hi.", "Text(\"hi\")"),
        ] {
            assert_eq!(result(pickle).unwrap(), expected);
        }
    }

    #[test]
    fn what_could_run_something_is_refused_by_name() {
        // os.system('x'), in the two ways of naming a function
        for pickle in [
            &b"cos\nsystem\n(S'x'\ntR."[..],
            b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R.",
        ] {
            let refusal = PickleError::ForbiddenName("os.system".to_owned());
            assert_eq!(result(pickle).unwrap_err(), refusal);
        }
        // the older instructions that make objects
        for pickle in [&b"(ios\nsystem\n."[..], b"(o.", b"Nb.", b"N)R.", b"))\x81."] {
            assert!(result(pickle).is_err(), "{pickle:?}");
        }
        // tensors have no place in a vocabulary
        assert!(result(b"ctorch\nFloatStorage\n.").is_err());
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
