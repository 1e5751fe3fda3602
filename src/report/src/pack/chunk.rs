//! A piece of the page's data: compressed bytes as text. Four bytes are five characters of 85, as in Ascii85, which is a
//! sixteenth shorter than base64; none of the characters means anything to a parser of HTML.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde::Serialize;
use serde_json::{Number, Value};

/// Bytes, deflated (with zlib's frame) and written as text.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Its name in the manifest.
    pub name: String,
    /// CRC-32 of the bytes before compression.
    pub crc: u32,
    /// As the page has it.
    pub text: String,
}

impl Chunk {
    /// Plain bytes.
    pub fn of_bytes(name: impl Into<String>, bytes: &[u8]) -> io::Result<Self> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes)?;
        Ok(Self {
            name: name.into(),
            crc: crc32fast::hash(bytes),
            text: written(&encoder.finish()?),
        })
    }

    /// Anything as JSON; its fractions with six digits that count, as many as the page ever shows.
    pub fn of_json(name: &str, value: &impl Serialize) -> Result<Self, serde_json::Error> {
        Self::of_value(name, serde_json::to_value(value)?)
    }

    /// The same of JSON.
    pub fn of_value(name: &str, mut value: Value) -> Result<Self, serde_json::Error> {
        shorten(&mut value);
        let json = serde_json::to_vec(&value)?;
        Self::of_bytes(name, &json).map_err(serde_json::Error::io)
    }

    /// Numbers of 32 bits, their four bytes apart, which compresses better.
    pub fn of_numbers(name: &str, values: &[f32]) -> io::Result<Self> {
        let mut bytes = vec![0; 4 * values.len()];
        for (at, value) in values.iter().enumerate() {
            for (plane, byte) in value.to_le_bytes().into_iter().enumerate() {
                bytes[plane * values.len() + at] = byte;
            }
        }
        Self::of_bytes(name, &bytes)
    }
}

/// Bytes as characters from `(` to `}` without `<`: four bytes, the largest first, are a number of five digits to the
/// base 85; at the end n bytes are n + 1 digits, and whoever reads takes the largest digit for each that is missing.
fn written(bytes: &[u8]) -> String {
    let digit = |digit: u32| char::from(digit as u8 + if digit < 20 { b'(' } else { b'(' + 1 });
    let mut text = String::with_capacity(bytes.len().div_ceil(4) * 5);
    for group in bytes.chunks(4) {
        let mut four = [0; 4];
        four[..group.len()].copy_from_slice(group);
        let number = u32::from_be_bytes(four);
        let places = [85 * 85 * 85 * 85, 85 * 85 * 85, 85 * 85, 85, 1];
        let digits = places.map(|place: u32| digit(number / place % 85));
        text.extend(&digits[..=group.len()]);
    }
    text
}

fn shorten(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            let short = number
                .as_f64()
                .and_then(|number| format!("{number:.5e}").parse().ok());
            if let Some(short) = short.and_then(Number::from_f64) {
                *number = short;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(shorten),
        Value::Object(map) => map.values_mut().for_each(shorten),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_digits_to_the_base_85() {
        assert_eq!(written(&[]), "");
        assert_eq!(written(&[0, 0, 0, 0]), "(((((");
        // 2³² − 1 is 82·85⁴ + 23·85³ + 54·85² + 12·85 + 0
        assert_eq!(written(&[255; 4]), "{@_4(");
        assert_eq!(written(&[255]), "zz");
        assert!(!written(&(0..=255).collect::<Vec<u8>>()).contains(['<', '&', '"', '\'']));
    }
}
