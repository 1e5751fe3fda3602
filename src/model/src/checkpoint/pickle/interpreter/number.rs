//! Numbers, in digits and in bytes.

use std::num::{IntErrorKind, ParseIntError};

use super::Interpreter;
use crate::checkpoint::pickle::error::PickleError;
use crate::checkpoint::pickle::heap::Value;

fn is_overflow(error: &ParseIntError) -> bool {
    matches!(
        error.kind(),
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow
    )
}

impl Interpreter<'_> {
    pub(super) fn number(&mut self, code: u8) -> Result<(), PickleError> {
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
                Self::long(bytes)
            }
            _ => match self.input.line()? {
                "00" if code == b'I' => Value::Bool(false),
                "01" if code == b'I' => Value::Bool(true),
                line => {
                    let digits = line.strip_suffix('L').unwrap_or(line);
                    match digits.parse() {
                        Ok(number) => Value::Int(number),
                        Err(error) if is_overflow(&error) => Value::Large,
                        Err(_) => return Err(self.input.malformed("an integer is not usable")),
                    }
                }
            },
        };
        self.push(value)
    }

    /// An integer in two's complement, little-endian.
    fn long(bytes: &[u8]) -> Value {
        if bytes.len() > 8 {
            return Value::Large;
        }
        let negative = bytes.last().is_some_and(|&byte| byte >= 0x80);
        let mut wide = [if negative { 0xff } else { 0 }; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        Value::Int(i64::from_le_bytes(wide))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::result;

    #[test]
    fn numbers_of_every_protocol_are_read() {
        for (pickle, expected) in [
            (&b"I42\n."[..], "Int(42)"),
            (b"L-7L\n.", "Int(-7)"),
            (b"I01\n.", "Bool(true)"),
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
}
