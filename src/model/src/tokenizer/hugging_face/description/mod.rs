//! Reading a `tokenizer.json`: every part by its type; a type or an option that is not known is an error
//! that names it.

mod ends;
mod pieces;

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::Added;
use super::cut::Cut;
use super::decode::Decoder;
use super::model::{BytePairs, Model};
use super::normal::Normalizer;
use ends::{around, decoder};
use pieces::{cut, normalizer};

/// The contents of a `tokenizer.json`.
pub struct Description<'a>(pub &'a Value);

/// A part of it, with its type.
struct Part<'a> {
    kind: &'a str,
    members: &'a Map<String, Value>,
}

impl<'a> Part<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        let members = value.as_object()?;
        let kind = members.get("type").and_then(Value::as_str).unwrap_or("BPE");
        Some(Self { kind, members })
    }

    fn flag(&self, name: &str, usual: bool) -> bool {
        self.members
            .get(name)
            .and_then(Value::as_bool)
            .unwrap_or(usual)
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.members.get(name)?.as_str()
    }

    fn parts(&self, name: &str) -> Vec<&'a Value> {
        let items = self.members.get(name).and_then(Value::as_array);
        items
            .map(|items| items.iter().collect())
            .unwrap_or_default()
    }

    fn sign(&self) -> char {
        let sign = self.text("replacement").or_else(|| self.text("str_rep"));
        sign.and_then(|sign| sign.chars().next())
            .unwrap_or('\u{2581}')
    }
}

/// What can be done where a tokenizer is not known here.
const WAY_OUT: &str = "train the model with a tokenizer of byte pairs, or, to look at its numbers, name a plain \
    table of the same ids with --meta, whose tokens are matched longest first: in Python, \
    pickle.dump({'itos': dict(enumerate(tokenizer.convert_ids_to_tokens(range(len(tokenizer)))))}, \
    open('meta.pkl', 'wb'))";

/// What is said of something that is not known.
fn not_known(what: &str, kind: &str) -> String {
    format!(
        "its {what} '{kind}' is not known here (byte pairs, words and word pieces are); {WAY_OUT}"
    )
}

fn ids(value: Option<&Value>) -> Result<HashMap<String, usize>, String> {
    let wrong = || "its model has no table of tokens ('vocab')".to_owned();
    let table = value.and_then(Value::as_object).ok_or_else(wrong)?;
    let id = |(token, id): (&String, &Value)| {
        let number = id.as_u64().and_then(|id| usize::try_from(id).ok());
        let number =
            number.ok_or_else(|| format!("its token {token:?} has no id that is a number"))?;
        Ok((token.clone(), number))
    };
    table.iter().map(id).collect()
}

impl Description<'_> {
    fn part(&self, name: &str) -> Option<Part<'_>> {
        Part::of(self.0.get(name)?)
    }

    /// The model of tokens.
    pub fn model(&self) -> Result<Model, String> {
        let part = self.part("model").ok_or("it has no 'model'")?;
        let table = ids(part.members.get("vocab"));
        let named = |ids: &HashMap<String, usize>| {
            let token = part.text("unk_token").filter(|token| !token.is_empty())?;
            ids.get(token).copied()
        };
        match part.kind {
            "BPE" => {
                let ids = table?;
                if part
                    .text("continuing_subword_prefix")
                    .is_some_and(|prefix| !prefix.is_empty())
                {
                    return Err(not_known("model's option", "continuing_subword_prefix"));
                }
                Ok(Model::BytePairs(BytePairs {
                    merges: merges(&part, &ids)?,
                    unknown: named(&ids),
                    fuse_unknown: part.flag("fuse_unk", false),
                    suffix: part
                        .text("end_of_word_suffix")
                        .unwrap_or_default()
                        .to_owned(),
                    byte_fallback: part.flag("byte_fallback", false),
                    ignore_merges: part.flag("ignore_merges", false),
                    ids,
                }))
            }
            "WordLevel" => {
                let ids = table?;
                Ok(Model::Words {
                    unknown: named(&ids),
                    ids,
                })
            }
            "WordPiece" => {
                let ids = table?;
                let most = part
                    .members
                    .get("max_input_chars_per_word")
                    .and_then(Value::as_u64);
                Ok(Model::WordPieces {
                    unknown: named(&ids),
                    ids,
                    prefix: part
                        .text("continuing_subword_prefix")
                        .unwrap_or("##")
                        .to_owned(),
                    most: most
                        .and_then(|most| usize::try_from(most).ok())
                        .unwrap_or(100),
                })
            }
            kind => Err(not_known("model", kind)),
        }
    }

    /// The tokens that are found as they stand, the longest first.
    pub fn added(&self) -> Result<Vec<Added>, String> {
        let items = self.0.get("added_tokens").and_then(Value::as_array);
        let mut added = Vec::new();
        for item in items.into_iter().flatten() {
            let content = item
                .get("content")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let id = item.get("id").and_then(Value::as_u64);
            let id = id
                .and_then(|id| usize::try_from(id).ok())
                .filter(|&id| id < super::MOST);
            let id = id.ok_or_else(|| format!("its added token {content:?} has no usable id"))?;
            if content.is_empty() {
                return Err(format!("its added token of the id {id} is empty"));
            }
            let flag = |name: &str| item.get(name).and_then(Value::as_bool).unwrap_or(false);
            added.push(Added {
                id,
                content: content.to_owned(),
                single_word: flag("single_word"),
                strips: [flag("lstrip"), flag("rstrip")],
            });
        }
        added.sort_by_key(|token| std::cmp::Reverse(token.content.len()));
        Ok(added)
    }

    /// What is done to a text first.
    pub fn normalizer(&self) -> Result<Normalizer, String> {
        match self.0.get("normalizer") {
            None | Some(Value::Null) => Ok(Normalizer::Nothing),
            Some(value) => normalizer(value),
        }
    }

    /// How a text is cut.
    pub fn cut(&self) -> Result<Cut, String> {
        match self.0.get("pre_tokenizer") {
            None | Some(Value::Null) => Ok(Cut::Nothing),
            Some(value) => cut(value),
        }
    }

    /// How tokens become text.
    pub fn decoder(&self) -> Result<Decoder, String> {
        match self.0.get("decoder") {
            None | Some(Value::Null) => Ok(Decoder::Words),
            Some(value) => decoder(value),
        }
    }

    /// The ids that are put before and behind a text.
    pub fn around(&self) -> Result<[Vec<usize>; 2], String> {
        match self.0.get("post_processor") {
            None | Some(Value::Null) => Ok([Vec::new(), Vec::new()]),
            Some(value) => around(value),
        }
    }
}

fn merges(
    part: &Part<'_>,
    ids: &HashMap<String, usize>,
) -> Result<HashMap<(usize, usize), (usize, usize)>, String> {
    let mut merges = HashMap::new();
    for (rank, merge) in part.parts("merges").into_iter().enumerate() {
        let pair = match merge {
            Value::String(text) => text.split_once(' '),
            Value::Array(pair) => match pair.as_slice() {
                [Value::String(a), Value::String(b)] => Some((a.as_str(), b.as_str())),
                _ => None,
            },
            _ => None,
        };
        let (a, b) = pair.ok_or_else(|| format!("its merge {} is no pair of tokens", rank + 1))?;
        let id = |token: &str| {
            ids.get(token).copied().ok_or_else(|| {
                format!(
                    "its merge {} makes or takes {token:?}, which is no token",
                    rank + 1
                )
            })
        };
        let made = id(&format!("{a}{b}"))?;
        // of equal pairs the last counts, as in the library
        merges.insert((id(a)?, id(b)?), (rank, made));
    }
    Ok(merges)
}

fn sequence<T>(
    part: &Part<'_>,
    name: &str,
    read: fn(&Value) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    part.parts(name).into_iter().map(read).collect()
}
