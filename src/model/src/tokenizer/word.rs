//! One token for each word and each sign, case kept: text is cut as the regular expression
//! `\w+|[^\w\s]` cuts it, which is the field's usual one. Decoded words stand a space apart.

use serde::{Deserialize, Serialize};

use super::{TokenizerError, Vocabulary};

/// Words and signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WordRecord", into = "WordRecord")]
pub struct WordTokenizer {
    pub(super) vocabulary: Vocabulary,
    /// Tokens that the cutting would take apart (`<|endoftext|>`), the longest first
    whole: Vec<String>,
}

/// How a word tokenizer is written to a file.
#[derive(Clone, Serialize, Deserialize)]
struct WordRecord {
    vocabulary: Vocabulary,
}

impl From<WordRecord> for WordTokenizer {
    fn from(record: WordRecord) -> Self {
        Self::new(record.vocabulary)
    }
}

impl From<WordTokenizer> for WordRecord {
    fn from(tokenizer: WordTokenizer) -> Self {
        Self {
            vocabulary: tokenizer.vocabulary,
        }
    }
}

/// What the regular expression calls `\w`.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The bytes of the word or sign that this text, which is not empty, begins with.
fn regular_len(text: &str) -> usize {
    let word = text.find(|c| !is_word(c)).unwrap_or(text.len());
    if word > 0 {
        word
    } else {
        text.chars().next().map_or(0, char::len_utf8)
    }
}

impl WordTokenizer {
    /// A tokenizer of these words and signs.
    pub fn new(vocabulary: Vocabulary) -> Self {
        let special = vocabulary.special();
        let texts = vocabulary.tokens().iter().enumerate();
        let mut whole: Vec<String> = texts
            .filter(|(id, token)| {
                let irregular = regular_len(token) < token.len() || token.trim().is_empty();
                irregular && special.binary_search(id).is_err()
            })
            .map(|(_, token)| token.clone())
            .collect();
        whole.sort_by_key(|token| std::cmp::Reverse(token.len()));
        Self { vocabulary, whole }
    }

    /// Tokens that the cutting would take apart, the longest first.
    pub(super) fn whole(&self) -> &[String] {
        &self.whole
    }

    /// The words and signs of a text, in order, with white space left out.
    pub fn cut<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let mut rest = text;
        std::iter::from_fn(move || {
            loop {
                let c = rest.chars().next()?;
                let len = match self.whole_len(rest) {
                    Some(len) => len,
                    None if c.is_whitespace() => {
                        rest = &rest[c.len_utf8()..];
                        continue;
                    }
                    None => regular_len(rest),
                };
                let (piece, behind) = rest.split_at(len);
                rest = behind;
                return Some(piece);
            }
        })
    }

    /// The length of the token that this text begins with, if cutting would take it apart; a token
    /// that ends in a word ends where the word ends.
    fn whole_len(&self, text: &str) -> Option<usize> {
        let begins = |token: &&String| {
            text.strip_prefix(token.as_str())
                .is_some_and(|behind| !(token.ends_with(is_word) && behind.starts_with(is_word)))
        };
        Some(self.whole.iter().find(begins)?.len())
    }

    /// The ids of a text.
    ///
    /// # Errors
    /// [`TokenizerError::UnknownWord`] for the first word or sign that is not in the vocabulary.
    pub(super) fn encode(&self, text: &str) -> Result<Vec<usize>, TokenizerError> {
        let id = |(at, piece): (usize, &str)| {
            self.vocabulary
                .id(piece)
                .ok_or_else(|| TokenizerError::UnknownWord {
                    word: piece.to_owned(),
                    position: at + 1,
                })
        };
        self.cut(text).enumerate().map(id).collect()
    }

    /// The ids of the known words and signs of a text, and how many others there are.
    pub(super) fn encode_lossy(&self, text: &str) -> (Vec<usize>, usize) {
        let mut dropped = 0;
        let ids = self
            .cut(text)
            .filter_map(|piece| {
                let id = self.vocabulary.id(piece);
                dropped += usize::from(id.is_none());
                id
            })
            .collect();
        (ids, dropped)
    }
}
