//! A piece of the page's data: compressed bytes as text.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde::Serialize;
use serde_json::{Number, Value};

/// Bytes, deflated (with zlib's frame) and written in base64.
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
            text: STANDARD.encode(encoder.finish()?),
        })
    }

    /// Anything as JSON; its fractions with seven digits that count, which is more than the numbers they
    /// were computed from have.
    pub fn of_json(name: &str, value: &impl Serialize) -> Result<Self, serde_json::Error> {
        let mut value = serde_json::to_value(value)?;
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

fn shorten(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            let short = number
                .as_f64()
                .and_then(|number| format!("{number:.6e}").parse().ok());
            if let Some(short) = short.and_then(Number::from_f64) {
                *number = short;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(shorten),
        Value::Object(map) => map.values_mut().for_each(shorten),
        _ => {}
    }
}
