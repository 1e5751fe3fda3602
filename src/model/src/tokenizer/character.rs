//! One token for each character.

use serde::{Deserialize, Serialize};

use super::{TokenizerError, Vocabulary};

/// One token for each character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CharacterRecord", into = "CharacterRecord")]
pub struct CharacterTokenizer {
    pub(super) vocabulary: Vocabulary,
    pub(super) lower_case: bool,
    pub(super) newline_is_space: bool,
}

/// How a character tokenizer is written to a file.
#[derive(Clone, Serialize, Deserialize)]
struct CharacterRecord {
    vocabulary: Vocabulary,
    lower_case: bool,
    newline_is_space: bool,
}

impl TryFrom<CharacterRecord> for CharacterTokenizer {
    type Error = TokenizerError;

    fn try_from(record: CharacterRecord) -> Result<Self, TokenizerError> {
        let vocabulary = &record.vocabulary;
        for (id, token) in vocabulary.tokens().iter().enumerate() {
            let special = vocabulary.special().binary_search(&id).is_ok();
            if !special && token.chars().count() != 1 {
                return Err(TokenizerError::NotOneCharacter(token.clone()));
            }
        }
        Ok(Self {
            vocabulary: record.vocabulary,
            lower_case: record.lower_case,
            newline_is_space: record.newline_is_space,
        })
    }
}

impl From<CharacterTokenizer> for CharacterRecord {
    fn from(tokenizer: CharacterTokenizer) -> Self {
        Self {
            vocabulary: tokenizer.vocabulary,
            lower_case: tokenizer.lower_case,
            newline_is_space: tokenizer.newline_is_space,
        }
    }
}

impl CharacterTokenizer {
    /// Appends the ids of one character of the text (lower-casing can make it several); `None`, with
    /// nothing appended, if the vocabulary lacks it.
    pub(super) fn push(&self, character: char, ids: &mut Vec<usize>) -> Option<()> {
        let mut buffer = [0; 4];
        let mut id = |c: char| self.vocabulary.id(c.encode_utf8(&mut buffer));
        if self.newline_is_space && character == '\n' {
            ids.push(id(' ')?);
        } else if self.lower_case {
            let before = ids.len();
            for c in character.to_lowercase() {
                match id(c) {
                    Some(id) => ids.push(id),
                    None => {
                        ids.truncate(before);
                        return None;
                    }
                }
            }
        } else {
            ids.push(id(character)?);
        }
        Some(())
    }
}
