//! A tokenizer as Hugging Face's `tokenizer.json` describes it: text is normalized, cut, and each piece
//! becomes tokens of the model (byte pairs, words, word pieces). What of a description is not known here
//! is refused by its name, never left out.

mod bytes;
mod cut;
mod decode;
mod description;
mod model;
mod normal;

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) use bytes::letters_of_bytes;
use bytes::{bytes_of, bytes_of_letters};
use cut::Cut;
use decode::Decoder;
use description::Description;
use model::Model;
use normal::Normalizer;

use super::piece::shown;
use super::{TokenizerError, Vocabulary};

/// A `tokenizer.json`, ready to be used.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "HuggingFaceRecord", into = "HuggingFaceRecord")]
pub struct HuggingFaceTokenizer {
    /// Each token as it is shown; rows without a token are special
    pub(super) vocabulary: Vocabulary,
    parts: Arc<Parts>,
}

#[derive(Debug)]
struct Parts {
    /// What it was read from
    json: Value,
    /// Tokens that are found in a text before anything else, the longest first
    added: Vec<Added>,
    normalizer: Normalizer,
    cut: Cut,
    model: Model,
    decoder: Decoder,
    /// Ids that are put before and behind a text
    around: [Vec<usize>; 2],
    /// The token of each id
    tokens: Vec<Option<String>>,
    is_added: Vec<bool>,
}

/// A token that is found as it stands.
#[derive(Clone, Debug)]
struct Added {
    id: usize,
    content: String,
    single_word: bool,
    /// Whether blanks beside it belong to it
    strips: [bool; 2],
}

impl PartialEq for HuggingFaceTokenizer {
    fn eq(&self, other: &Self) -> bool {
        self.parts.json == other.parts.json && self.vocabulary.len() == other.vocabulary.len()
    }
}

impl Eq for HuggingFaceTokenizer {}

/// How it is written to a file.
#[derive(Clone, Serialize, Deserialize)]
struct HuggingFaceRecord {
    json: Value,
    rows: usize,
}

impl TryFrom<HuggingFaceRecord> for HuggingFaceTokenizer {
    type Error = TokenizerError;

    fn try_from(record: HuggingFaceRecord) -> Result<Self, TokenizerError> {
        Self::new(record.json)?.padded(record.rows)
    }
}

impl From<HuggingFaceTokenizer> for HuggingFaceRecord {
    fn from(tokenizer: HuggingFaceTokenizer) -> Self {
        Self {
            json: tokenizer.parts.json.clone(),
            rows: tokenizer.vocabulary.len(),
        }
    }
}

/// The most tokens that are read.
const MOST: usize = 1 << 22;

impl HuggingFaceTokenizer {
    /// Of the contents of a `tokenizer.json`.
    ///
    /// # Errors
    /// [`TokenizerError::Description`] for what is not known or does not fit together.
    pub(super) fn new(json: Value) -> Result<Self, TokenizerError> {
        let description = Description(&json);
        let wrong = TokenizerError::Description;
        let model = description.model().map_err(wrong)?;
        let added = description.added().map_err(wrong)?;
        let normalizer = description.normalizer().map_err(wrong)?;
        let cut = description.cut().map_err(wrong)?;
        let decoder = description.decoder().map_err(wrong)?;
        let around = description.around().map_err(wrong)?;
        let all = model.tokens().map(|(token, id)| (token.to_owned(), id));
        let all = all.chain(added.iter().map(|token| (token.content.clone(), token.id)));
        let mut tokens: Vec<Option<String>> = Vec::new();
        for (token, id) in all {
            if id >= MOST {
                return Err(wrong(format!("it has the id {id}, which no model has")));
            }
            if tokens.len() <= id {
                tokens.resize(id + 1, None);
            }
            tokens[id] = Some(token);
        }
        if tokens.is_empty() {
            return Err(TokenizerError::EmptyVocabulary);
        }
        let mut is_added = vec![false; tokens.len()];
        added.iter().for_each(|token| is_added[token.id] = true);
        let table = decoder.is_of_bytes().then(bytes_of_letters);
        let mut special = Vec::new();
        let mut ids = HashMap::with_capacity(tokens.len());
        let mut names = Vec::with_capacity(tokens.len());
        for (id, token) in tokens.iter().enumerate() {
            let name = match (token, &table) {
                (None, _) => {
                    special.push(id);
                    names.push(format!("<unused {id}>"));
                    continue;
                }
                (Some(token), Some(table)) if !is_added[id] => match bytes_of(token, table) {
                    Some(bytes) if !bytes.is_empty() => shown(&bytes),
                    _ => token.clone(),
                },
                (Some(token), _) => token.clone(),
            };
            ids.entry(name.clone()).or_insert(id);
            names.push(name);
        }
        Ok(Self {
            vocabulary: Vocabulary::of_parts(names, special, ids),
            parts: Arc::new(Parts {
                added,
                normalizer,
                cut,
                model,
                decoder,
                around,
                tokens,
                is_added,
                json,
            }),
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

    /// What a `tokenizer.json` of it holds.
    pub fn json(&self) -> &Value {
        &self.parts.json
    }

    /// The ids of a text.
    ///
    /// # Errors
    /// A character that no token stands for.
    pub(super) fn encode(&self, text: &str) -> Result<Vec<usize>, TokenizerError> {
        let mut unknown = None;
        let ids = self.ids(text, &mut |character| {
            unknown.get_or_insert(character);
        })?;
        let Some(character) = unknown else {
            return Ok(ids);
        };
        let position = text.chars().position(|c| c == character);
        Err(TokenizerError::UnknownCharacter {
            character,
            position: position.map_or(1, |at| at + 1),
        })
    }

    /// The ids of what is known of a text, and how many characters are not.
    pub(super) fn encode_lossy(&self, text: &str) -> (Vec<usize>, usize) {
        let mut dropped = 0;
        let ids = self.ids(text, &mut |_| dropped += 1);
        (ids.unwrap_or_default(), dropped)
    }

    fn ids(&self, text: &str, unknown: &mut dyn FnMut(char)) -> Result<Vec<usize>, TokenizerError> {
        let parts = &*self.parts;
        let mut ids = parts.around[0].clone();
        let mut rest = text;
        let mut first = true;
        while !rest.is_empty() {
            let (plain, found, behind) = self.next_added(rest, text.len() - rest.len(), text);
            if !plain.is_empty() {
                let normal = parts
                    .normalizer
                    .apply(plain)
                    .map_err(TokenizerError::Text)?;
                for piece in parts.cut.apply(&normal, first) {
                    parts.model.encode(&piece, &mut ids, unknown);
                }
                first = false;
            }
            if let Some(id) = found {
                ids.push(id);
                first = false;
            }
            rest = behind;
        }
        ids.extend(&parts.around[1]);
        Ok(ids)
    }

    /// What stands before the next added token, the token, and what stands behind it.
    fn next_added<'t>(
        &self,
        rest: &'t str,
        offset: usize,
        whole: &str,
    ) -> (&'t str, Option<usize>, &'t str) {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let mut best: Option<(usize, &Added)> = None;
        for added in &self.parts.added {
            let mut from = 0;
            while let Some(at) = rest[from..].find(&added.content).map(|at| from + at) {
                let end = at + added.content.len();
                let alone = !added.single_word
                    || !(whole[..offset + at].ends_with(is_word)
                        || rest[end..].starts_with(is_word));
                if alone {
                    // of two at one place the longer, which comes first
                    if best.is_none_or(|(before, _)| at < before) {
                        best = Some((at, added));
                    }
                    break;
                }
                from = end;
            }
        }
        let Some((at, added)) = best else {
            return (rest, None, "");
        };
        let end = at + added.content.len();
        let (mut before, mut behind) = (&rest[..at], &rest[end..]);
        if added.strips[0] {
            before = before.trim_end();
        }
        if added.strips[1] {
            behind = behind.trim_start();
        }
        (before, Some(added.id), behind)
    }

    /// The text of these ids.
    pub(super) fn decode(&self, ids: &[usize]) -> String {
        let parts = &*self.parts;
        let token = |&id: &usize| {
            let token = parts.tokens.get(id).and_then(Option::as_deref);
            let added = parts.is_added.get(id).copied().unwrap_or(false);
            let name = || {
                self.vocabulary
                    .tokens()
                    .get(id)
                    .map_or("\u{fffd}", String::as_str)
            };
            match token {
                Some(token) => (token, added),
                None => (name(), true),
            }
        };
        parts.decoder.text(ids.iter().map(token))
    }
}
