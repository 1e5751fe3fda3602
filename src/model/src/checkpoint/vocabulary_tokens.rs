//! From the tables that programs keep of their tokens (id to token, token to id, a bare list) to a
//! tokenizer. Which file format they come from does not matter here.

use std::fmt;

use crate::tokenizer::{Tokenizer, TokenizerError};

/// A token as a file has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Token {
    Text(String),
    Bytes(Vec<u8>),
    /// A byte, or the number of a character
    Number(i64),
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Bytes(bytes) => write!(f, "{bytes:?}"),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// Names of tables from id to token, or of lists of tokens.
pub(super) const BY_ID: [&str; 20] = [
    "itos",
    "id_to_token",
    "id2token",
    "idx2char",
    "idx_to_char",
    "int_to_char",
    "i2s",
    "idx2word",
    "id_to_char",
    "ix_to_char",
    "idx_to_token",
    "idx2token",
    "itoc",
    "int2char",
    "id2char",
    "itos_list",
    "index_to_token",
    "idx_to_word",
    "index_to_char",
    "ids_to_tokens",
];

/// Names of tables from token to id.
pub(super) const BY_TOKEN: [&str; 20] = [
    "stoi",
    "token_to_id",
    "token2id",
    "char2idx",
    "char_to_idx",
    "char_to_int",
    "s2i",
    "word2idx",
    "char_to_id",
    "char_to_ix",
    "token_to_idx",
    "token2idx",
    "ctoi",
    "char2int",
    "char2id",
    "vocab_to_id",
    "token_to_index",
    "word_to_idx",
    "char_to_index",
    "tokens_to_ids",
];

/// Names of what may be either.
pub(super) const EITHER: [&str; 6] = [
    "chars",
    "vocab",
    "vocabulary",
    "tokens",
    "characters",
    "alphabet",
];

/// No model has more tokens than so many; ids beyond leave too many holes.
const MOST: usize = 1 << 22;

/// The tokens by their ids, from pairs in any order. A table may have holes.
///
/// # Errors
/// In words: an id that is none, or one that comes twice.
pub(super) fn by_ids(pairs: Vec<(i64, Token)>) -> Result<Vec<Option<Token>>, String> {
    // so that no id can ask for much memory
    let most = (64 * pairs.len() + 4096).min(MOST);
    let mut tokens: Vec<Option<Token>> = Vec::new();
    for (id, token) in pairs {
        let place = usize::try_from(id).ok().filter(|&id| id < most);
        let place = place.ok_or_else(|| {
            format!("the id {id} of its vocabulary is not one of 0, 1, 2 and so on, or far from the others")
        })?;
        if tokens.len() <= place {
            tokens.resize(place + 1, None);
        }
        if tokens[place].replace(token).is_some() {
            return Err(format!("the id {id} of its vocabulary comes twice"));
        }
    }
    Ok(tokens)
}

/// The tokenizer of these tokens.
///
/// # Errors
/// No token, an empty one, or one that comes twice; a number that is neither a byte nor a character.
pub(super) fn tokenizer(tokens: Vec<Option<Token>>) -> Result<Tokenizer, String> {
    let words = |error: TokenizerError| error.to_string();
    let any = |of: fn(&Token) -> bool| tokens.iter().flatten().any(of);
    let bytes = any(|token| matches!(token, Token::Bytes(_)));
    let texts = any(|token| matches!(token, Token::Text(_)));
    // numbers that are all below 256 are bytes
    let wide = any(|token| matches!(token, Token::Number(number) if !(0..256).contains(number)));
    if !texts && (bytes || !wide) {
        let bytes = |token| -> Result<Option<Vec<u8>>, String> {
            Ok(match token {
                None => None,
                Some(Token::Bytes(bytes)) => Some(bytes),
                Some(Token::Number(number)) => {
                    Some(vec![u8::try_from(number).map_err(|_| {
                        format!("the token {number} of its vocabulary is no byte")
                    })?])
                }
                Some(Token::Text(text)) => Some(text.into_bytes()),
            })
        };
        let tokens = tokens
            .into_iter()
            .map(bytes)
            .collect::<Result<Vec<_>, String>>()?;
        return match tokens.iter().flatten().next() {
            Some(_) => Tokenizer::of_bytes(tokens).map_err(words),
            None => Err("its vocabulary is empty".to_owned()),
        };
    }
    let mut holes = Vec::new();
    let mut names = Vec::with_capacity(tokens.len());
    for (id, token) in tokens.into_iter().enumerate() {
        names.push(match token {
            None => {
                holes.push(id);
                format!("<unused {id}>")
            }
            Some(Token::Text(text)) => text,
            // beside texts, what is no text stands for itself
            Some(Token::Bytes(bytes)) => String::from_utf8(bytes).map_err(|_| {
                format!("the token {id} of its vocabulary is bytes that are no text")
            })?,
            Some(Token::Number(number)) if !texts => u32::try_from(number)
                .ok()
                .and_then(char::from_u32)
                .map(String::from)
                .ok_or_else(|| format!("the token {number} of its vocabulary is no character"))?,
            Some(Token::Number(number)) => number.to_string(),
        });
    }
    Tokenizer::of_tokens_with_holes(names, &holes).map_err(words)
}
