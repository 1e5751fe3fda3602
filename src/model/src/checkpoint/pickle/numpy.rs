//! NumPy's numbers, texts and arrays as they stand in a pickle.

use super::error::PickleError;
use super::heap::{Heap, Id, Value};

/// How an item is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// NumPy's letter: `i` and `u` for whole numbers, `f`, `b` for truth values, `U` for text
    kind: u8,
    /// Bytes of one item
    size: u32,
    big_endian: bool,
}

impl Format {
    /// Of a name such as `i8`, `<f4`, `U12`, `?`; what is not known is kept as such.
    pub fn named(name: &str) -> Self {
        let big_endian = name.starts_with('>');
        let plain = name.trim_start_matches(['<', '>', '|', '=']);
        if plain == "?" {
            return Self {
                kind: b'b',
                size: 1,
                big_endian,
            };
        }
        let kind = plain.bytes().next().unwrap_or(b'?');
        let size = plain.get(1..).and_then(|size| size.parse().ok());
        let size: u32 = size.unwrap_or(0);
        Self {
            kind,
            size: if kind == b'U' {
                size.saturating_mul(4)
            } else {
                size
            },
            big_endian,
        }
    }

    /// With the order of bytes and the size that its state says: `(3, '<', …, size, …)`.
    pub fn with_state(mut self, heap: &Heap, state: Id) -> Self {
        let Some(parts) = heap.items(state) else {
            return self;
        };
        if let Some(order) = parts.get(1).and_then(|&part| heap.text(part)) {
            self.big_endian = order == ">";
        }
        let size = parts.get(5).and_then(|&part| heap.int(part));
        if let Some(size) = size.and_then(|size| u32::try_from(size).ok()) {
            self.size = size;
        }
        self
    }

    /// The item in these bytes; nothing if it is of a kind that no model needs.
    fn item(self, bytes: &[u8]) -> Option<Value> {
        let mut bytes = bytes.to_vec();
        if self.big_endian && self.kind != b'U' {
            bytes.reverse();
        }
        let padded = |negative: bool| -> Option<[u8; 8]> {
            let mut wide = [if negative { 0xff } else { 0 }; 8];
            wide.get_mut(..bytes.len())?.copy_from_slice(&bytes);
            Some(wide)
        };
        Some(match (self.kind, bytes.len()) {
            (b'b', 1) => Value::Bool(bytes[0] != 0),
            (b'i', 1..=8) => {
                let negative = bytes.last().is_some_and(|&byte| byte >= 0x80);
                Value::Int(i64::from_le_bytes(padded(negative)?))
            }
            (b'u', 1..=8) => match i64::try_from(u64::from_le_bytes(padded(false)?)) {
                Ok(number) => Value::Int(number),
                Err(_) => Value::Large,
            },
            (b'f', 2) => Value::Float(half::f16::from_le_bytes([bytes[0], bytes[1]]).into()),
            (b'f', 4) => {
                let (single, _) = bytes.as_chunks::<4>();
                Value::Float(f32::from_le_bytes(*single.first()?).into())
            }
            (b'f', 8) => Value::Float(f64::from_le_bytes(padded(false)?)),
            (b'U', _) => {
                let (letters, rest) = bytes.as_chunks::<4>();
                let letter = |&letter: &[u8; 4]| match self.big_endian {
                    true => char::from_u32(u32::from_be_bytes(letter)),
                    false => char::from_u32(u32::from_le_bytes(letter)),
                };
                let text: String = letters.iter().map(letter).collect::<Option<_>>()?;
                if !rest.is_empty() {
                    return None;
                }
                // a text shorter than its place is filled up
                Value::Text(text.trim_end_matches('\0').into())
            }
            (b'S', _) => Value::Bytes(bytes.as_slice().into()),
            _ => return None,
        })
    }
}

/// A single number or text.
pub fn scalar(heap: &mut Heap, format: Id, bytes: Id) -> Result<Id, PickleError> {
    let value = match (heap.get(format), heap.get(bytes)) {
        (Value::Format(format), Value::Bytes(bytes)) => format.item(bytes),
        _ => None,
    };
    heap.add(value.unwrap_or(Value::None))
}

/// An array whose state is `(version, shape, format, column order, bytes or items)`: its items one after
/// the other; a single one where it has no axis. `None` if it is of a kind that no model needs.
pub fn array(heap: &mut Heap, state: Id) -> Result<Option<Value>, PickleError> {
    let Some(&[_, shape, format, _, data]) = heap.items(state) else {
        return Ok(None);
    };
    from_parts(heap, data, format, shape)
}

/// An array of its data, its format and its shape, as [`array`].
pub fn from_parts(
    heap: &mut Heap,
    data: Id,
    format: Id,
    shape: Id,
) -> Result<Option<Value>, PickleError> {
    let axes = heap.items(shape).map_or(1, <[Id]>::len);
    if let Some(items) = heap.items(data) {
        let items = items.to_vec();
        heap.charge(size_of_val(items.as_slice()))?;
        return Ok(Some(Value::List(items)));
    }
    let (Value::Format(format), Value::Bytes(bytes)) = (heap.get(format), heap.get(data)) else {
        return Ok(None);
    };
    let size = format.size as usize;
    if size == 0 {
        return Ok(None);
    }
    let (format, count) = (*format, bytes.len() / size);
    let bytes = bytes.clone();
    // before as much is taken; once more for the bytes, which may be named again and again
    heap.charge(bytes.len())?;
    heap.charge(count.saturating_mul(size_of::<Id>()))?;
    let mut items = Vec::with_capacity(count);
    for item in bytes.chunks_exact(size) {
        let Some(value) = format.item(item) else {
            return Ok(None);
        };
        if axes == 0 {
            return Ok(Some(value));
        }
        items.push(heap.add(value)?);
    }
    Ok(Some(Value::List(items)))
}
