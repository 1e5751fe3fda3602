//! GPT-2's byte-pair encoding: 50257 tokens, each a run of bytes. The tables are those of the
//! `tiktoken` crate, built into the program.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use tiktoken::CoreBpe;

use super::piece::shown;
use super::{TokenizerError, Vocabulary};

/// GPT-2's number of tokens.
pub const GPT2_TOKENS: usize = 50257;

/// GPT-2's tokens, and rows without one that a model has beyond them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BytePairRecord", into = "BytePairRecord")]
pub struct BytePairTokenizer {
    /// Each token as it is shown: bytes that are no text by themselves as `<0xE2>`
    pub(super) vocabulary: Vocabulary,
}

/// How it is written to a file: the tokens are always the same.
#[derive(Clone, Serialize, Deserialize)]
struct BytePairRecord {
    rows: usize,
}

impl TryFrom<BytePairRecord> for BytePairTokenizer {
    type Error = TokenizerError;

    fn try_from(record: BytePairRecord) -> Result<Self, TokenizerError> {
        Self::new(record.rows)
    }
}

impl From<BytePairTokenizer> for BytePairRecord {
    fn from(tokenizer: BytePairTokenizer) -> Self {
        Self {
            rows: tokenizer.vocabulary.len(),
        }
    }
}

/// The tables, made when first asked for.
fn tables() -> &'static CoreBpe {
    static TABLES: OnceLock<CoreBpe> = OnceLock::new();
    TABLES.get_or_init(tiktoken::encoding::r50k_base)
}

impl BytePairTokenizer {
    /// For a model of so many rows.
    ///
    /// # Errors
    /// Fewer rows than tokens, or more than a table can have.
    pub fn new(rows: usize) -> Result<Self, TokenizerError> {
        const MOST: usize = 1 << 24;
        if !(GPT2_TOKENS..=MOST).contains(&rows) {
            return Err(TokenizerError::TooManyTokens {
                tokens: GPT2_TOKENS,
                rows,
            });
        }
        let shown = |id| shown(&bytes(id));
        let tokens = (0..GPT2_TOKENS).map(shown).collect();
        Ok(Self {
            vocabulary: Vocabulary::new(tokens, Vec::new())?.padded(rows)?,
        })
    }

    /// The ids of a text, in which `<|endoftext|>` is one token.
    pub(super) fn encode(&self, text: &str) -> Vec<usize> {
        let ids = tables().encode_with_special_tokens(text);
        ids.into_iter().map(|id| id as usize).collect()
    }

    /// A token's bytes; of a row without a token, its name's.
    pub(super) fn bytes(&self, id: usize) -> Vec<u8> {
        if id < GPT2_TOKENS {
            bytes(id)
        } else {
            let name = self.vocabulary.tokens().get(id);
            name.map_or("\u{fffd}", String::as_str).into()
        }
    }
}

fn bytes(id: usize) -> Vec<u8> {
    tables().decode(&[id as u32])
}
