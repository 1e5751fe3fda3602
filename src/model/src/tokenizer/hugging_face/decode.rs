//! From tokens back to text.

use std::collections::HashMap;

use super::bytes::{bytes_of, bytes_of_letters};

/// How tokens are put together.
#[derive(Clone, Debug)]
pub enum Decoder {
    /// A blank between two
    Words,
    /// Without anything between
    Joined,
    /// Letters stand for bytes
    ByteLevel(HashMap<char, u8>),
    /// A sign stands for a blank; at the beginning it is left out where `strip` says so
    Metaspace { sign: char, strip: bool },
    /// Tokens with this before them go on with the word
    WordPieces { prefix: String },
    /// This at a token's end is the end of a word
    Suffix(String),
    /// Tokens `<0xE2>` are bytes, a sign stands for a blank
    Bytes { sign: char, strip: bool },
}

impl Decoder {
    pub fn byte_level() -> Self {
        Self::ByteLevel(bytes_of_letters())
    }

    /// Whether tokens are bytes, each written as a letter.
    pub fn is_of_bytes(&self) -> bool {
        matches!(self, Self::ByteLevel(_))
    }

    /// The text of these tokens; of each it is said whether it stands for itself.
    pub fn text<'a>(&self, tokens: impl Iterator<Item = (&'a str, bool)>) -> String {
        let mut bytes: Vec<u8> = Vec::new();
        for (at, (token, itself)) in tokens.enumerate() {
            if itself {
                if at > 0 && matches!(self, Self::Words | Self::WordPieces { .. }) {
                    bytes.push(b' ');
                }
                bytes.extend(token.as_bytes());
                continue;
            }
            match self {
                Self::Words => {
                    if at > 0 {
                        bytes.push(b' ');
                    }
                    bytes.extend(token.as_bytes());
                }
                Self::Joined => bytes.extend(token.as_bytes()),
                Self::ByteLevel(table) => match bytes_of(token, table) {
                    Some(found) => bytes.extend(found),
                    None => bytes.extend(token.as_bytes()),
                },
                Self::Metaspace { sign, strip } | Self::Bytes { sign, strip } => {
                    let byte = token
                        .strip_prefix("<0x")
                        .and_then(|rest| rest.strip_suffix('>'));
                    let byte = byte.and_then(|hex| u8::from_str_radix(hex, 16).ok());
                    if let (Some(byte), Self::Bytes { .. }) = (byte, self) {
                        bytes.push(byte);
                        continue;
                    }
                    let text = token.replace(*sign, " ");
                    let text = match at == 0 && *strip {
                        true => text.strip_prefix(' ').unwrap_or(&text),
                        false => &text,
                    };
                    bytes.extend(text.as_bytes());
                }
                Self::WordPieces { prefix } => match token.strip_prefix(prefix.as_str()) {
                    Some(rest) if at > 0 => bytes.extend(rest.as_bytes()),
                    _ => {
                        if at > 0 {
                            bytes.push(b' ');
                        }
                        bytes.extend(token.as_bytes());
                    }
                },
                Self::Suffix(suffix) => {
                    bytes.extend(token.replace(suffix.as_str(), " ").as_bytes())
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
