//! The tokens of a model, by id and by text.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::TokenizerError;

/// The tokens in the order of their ids. Special tokens (such as padding) stand for no text: they are
/// never encoded and never drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "VocabularyRecord", into = "VocabularyRecord")]
pub struct Vocabulary {
    tokens: Vec<String>,
    special: Vec<usize>,
    /// Of the tokens that stand for text
    ids: HashMap<String, usize>,
}

/// How a vocabulary is written to a file.
#[derive(Clone, Serialize, Deserialize)]
struct VocabularyRecord {
    tokens: Vec<String>,
    special: Vec<usize>,
}

impl TryFrom<VocabularyRecord> for Vocabulary {
    type Error = TokenizerError;

    fn try_from(record: VocabularyRecord) -> Result<Self, TokenizerError> {
        Self::new(record.tokens, record.special)
    }
}

impl From<Vocabulary> for VocabularyRecord {
    fn from(vocabulary: Vocabulary) -> Self {
        Self {
            tokens: vocabulary.tokens,
            special: vocabulary.special,
        }
    }
}

impl Vocabulary {
    /// The tokens in the order of their ids, and the ids of those that are special.
    ///
    /// # Errors
    /// No token, an empty one, two that are the same, or a special id that does not exist.
    pub fn new(tokens: Vec<String>, mut special: Vec<usize>) -> Result<Self, TokenizerError> {
        if tokens.is_empty() {
            return Err(TokenizerError::EmptyVocabulary);
        }
        special.sort_unstable();
        special.dedup();
        if let Some(&id) = special.iter().find(|&&id| id >= tokens.len()) {
            return Err(TokenizerError::UnknownSpecial {
                id,
                vocab_size: tokens.len(),
            });
        }
        let mut ids = HashMap::with_capacity(tokens.len());
        for (id, token) in tokens.iter().enumerate() {
            if token.is_empty() {
                return Err(TokenizerError::EmptyToken(id));
            }
            if special.binary_search(&id).is_err() && ids.insert(token.clone(), id).is_some() {
                return Err(TokenizerError::DuplicateToken(token.clone()));
            }
        }
        Ok(Self {
            tokens,
            special,
            ids,
        })
    }

    /// Of parts that are known to fit together.
    pub(super) fn of_parts(
        tokens: Vec<String>,
        special: Vec<usize>,
        ids: HashMap<String, usize>,
    ) -> Self {
        Self {
            tokens,
            special,
            ids,
        }
    }

    /// Number of tokens, special ones included.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Never: a vocabulary has at least one token.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The tokens in the order of their ids.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// The ids of the special tokens, ascending.
    pub fn special(&self) -> &[usize] {
        &self.special
    }

    /// The id of a token that stands for text.
    pub fn id(&self, token: &str) -> Option<usize> {
        self.ids.get(token).copied()
    }

    /// The same tokens and, up to `rows` of them, special ones named `<unused 65>` by their id: what a
    /// model has rows for that its tokenizer never gives out.
    ///
    /// # Errors
    /// [`TokenizerError::TooManyTokens`] if there are more tokens than rows.
    pub fn padded(self, rows: usize) -> Result<Self, TokenizerError> {
        let Self {
            mut tokens,
            mut special,
            ids,
        } = self;
        if tokens.len() > rows {
            return Err(TokenizerError::TooManyTokens {
                tokens: tokens.len(),
                rows,
            });
        }
        special.extend(tokens.len()..rows);
        tokens.extend((tokens.len()..rows).map(|id| format!("<unused {id}>")));
        Ok(Self {
            tokens,
            special,
            ids,
        })
    }
}
