//! Tokens that are any pieces of text, or of bytes, matched longest first and joined without blanks
//! between: k-mers, syllables, a byte each.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::{TokenizerError, Vocabulary};

/// Pieces of text or bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PieceRecord", into = "PieceRecord")]
pub struct PieceTokenizer {
    pub(super) vocabulary: Vocabulary,
    /// The bytes of tokens that are no text by themselves
    bytes: BTreeMap<usize, Vec<u8>>,
    /// Every token that stands for something, by its bytes
    ids: HashMap<Vec<u8>, usize>,
    /// By a token's first byte, the lengths that such tokens have, the longest first
    lengths: BTreeMap<u8, Vec<usize>>,
}

/// How it is written to a file.
#[derive(Clone, Serialize, Deserialize)]
struct PieceRecord {
    vocabulary: Vocabulary,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    bytes: BTreeMap<usize, Vec<u8>>,
}

impl TryFrom<PieceRecord> for PieceTokenizer {
    type Error = TokenizerError;

    fn try_from(record: PieceRecord) -> Result<Self, TokenizerError> {
        Self::of_parts(record.vocabulary, record.bytes)
    }
}

impl From<PieceTokenizer> for PieceRecord {
    fn from(tokenizer: PieceTokenizer) -> Self {
        Self {
            vocabulary: tokenizer.vocabulary,
            bytes: tokenizer.bytes,
        }
    }
}

/// Bytes as they are shown: what is no text by itself as `<0xE2>`.
pub(super) fn shown(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().fold(String::new(), |mut shown, byte| {
            // writing to a string cannot fail
            let _ = write!(shown, "<0x{byte:02X}>");
            shown
        }),
    }
}

impl PieceTokenizer {
    /// Of texts, of which those in `special` stand for none.
    ///
    /// # Errors
    /// No token, an empty one, or one that comes twice.
    pub fn of_texts(tokens: Vec<String>, special: Vec<usize>) -> Result<Self, TokenizerError> {
        Self::of_parts(Vocabulary::new(tokens, special)?, BTreeMap::new())
    }

    /// Of runs of bytes; `None` is a row that stands for nothing.
    ///
    /// # Errors
    /// As [`PieceTokenizer::of_texts`].
    pub fn of_bytes(tokens: Vec<Option<Vec<u8>>>) -> Result<Self, TokenizerError> {
        let name = |(id, token): (usize, &Option<Vec<u8>>)| match token {
            Some(bytes) => shown(bytes),
            None => format!("<unused {id}>"),
        };
        let names = tokens.iter().enumerate().map(name).collect();
        let special = (0..tokens.len())
            .filter(|&id| tokens[id].is_none())
            .collect();
        let bytes = tokens.into_iter().enumerate().filter_map(|(id, token)| {
            let token = token?;
            std::str::from_utf8(&token).is_err().then_some((id, token))
        });
        let bytes = bytes.collect();
        Self::of_parts(Vocabulary::new(names, special)?, bytes)
    }

    fn of_parts(
        vocabulary: Vocabulary,
        bytes: BTreeMap<usize, Vec<u8>>,
    ) -> Result<Self, TokenizerError> {
        let mut ids = HashMap::with_capacity(vocabulary.len());
        for (id, token) in vocabulary.tokens().iter().enumerate() {
            if vocabulary.special().binary_search(&id).is_err() {
                let token = bytes.get(&id).map_or(token.as_bytes(), Vec::as_slice);
                if token.is_empty() {
                    return Err(TokenizerError::EmptyToken(id));
                }
                ids.insert(token.to_vec(), id);
            }
        }
        let mut lengths: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
        for token in ids.keys() {
            lengths.entry(token[0]).or_default().push(token.len());
        }
        for lengths in lengths.values_mut() {
            lengths.sort_unstable_by_key(|&length| std::cmp::Reverse(length));
            lengths.dedup();
        }
        Ok(Self {
            vocabulary,
            bytes,
            ids,
            lengths,
        })
    }

    /// The same for a model of more rows.
    ///
    /// # Errors
    /// More tokens than rows.
    pub(super) fn padded(self, rows: usize) -> Result<Self, TokenizerError> {
        Ok(Self {
            vocabulary: self.vocabulary.padded(rows)?,
            ..self
        })
    }

    /// Whether some token is no text by itself.
    pub(super) fn is_of_bytes(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// A token's bytes; of a row without a token, its name's.
    pub(super) fn bytes(&self, id: usize) -> Vec<u8> {
        let name = || self.vocabulary.tokens().get(id);
        match self.bytes.get(&id) {
            Some(bytes) => bytes.clone(),
            None => name().map_or("\u{fffd}", String::as_str).into(),
        }
    }

    /// The longest token that these bytes begin with, and its length.
    fn longest_match(&self, text: &[u8]) -> Option<(usize, usize)> {
        let lengths = self.lengths.get(text.first()?)?;
        let found = |&len: &usize| Some((*self.ids.get(text.get(..len)?)?, len));
        lengths.iter().find_map(found)
    }

    /// The ids of a text; what no token stands for is given to `unknown` and left out.
    fn cut<E>(
        &self,
        text: &str,
        mut unknown: impl FnMut(char, usize) -> Result<(), E>,
    ) -> Result<Vec<usize>, E> {
        let mut ids = Vec::new();
        let mut at = 0;
        while at < text.len() {
            if let Some((id, len)) = self.longest_match(&text.as_bytes()[at..]) {
                ids.push(id);
                at += len;
                continue;
            }
            // the character that this byte is in
            let begin = (0..=at)
                .rev()
                .find(|&at| text.is_char_boundary(at))
                .unwrap_or(0);
            let character = text[begin..].chars().next().unwrap_or('\u{fffd}');
            unknown(character, text[..begin].chars().count() + 1)?;
            at = begin + character.len_utf8();
        }
        Ok(ids)
    }

    /// The ids of a text.
    ///
    /// # Errors
    /// [`TokenizerError::UnknownCharacter`] for the first character at which no token begins.
    pub(super) fn encode(&self, text: &str) -> Result<Vec<usize>, TokenizerError> {
        self.cut(text, |character, position| {
            Err(TokenizerError::UnknownCharacter {
                character,
                position,
            })
        })
    }

    /// The ids of what is known of a text, and how many characters are not.
    pub(super) fn encode_lossy(&self, text: &str) -> (Vec<usize>, usize) {
        let mut dropped = 0;
        let ids = self.cut(text, |_, _| {
            dropped += 1;
            Ok::<(), std::convert::Infallible>(())
        });
        match ids {
            Ok(ids) => (ids, dropped),
        }
    }
}
