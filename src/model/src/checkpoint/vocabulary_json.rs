//! Vocabularies in JSON: Hugging Face's `tokenizer.json` and `vocab.json`, and tables of a script's own.

use serde_json::{Map, Value, json};

use super::vocabulary_tokens::{BY_ID, BY_TOKEN, EITHER, Token, by_ids, tokenizer};
use crate::tokenizer::Tokenizer;

/// Whether a file is JSON and no pickle.
pub(super) fn is_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let begins = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    // a pickle may begin with a bracket, but not go on as JSON does
    match begins {
        Some(b'{') => true,
        Some(b'[') => serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok(),
        _ => false,
    }
}

/// The vocabulary in this JSON. `beside` reads a file of this name in the same folder.
///
/// # Errors
/// In words, why it is none.
pub(super) fn vocabulary(
    bytes: &[u8],
    beside: &dyn Fn(&str) -> Option<String>,
) -> Result<Tokenizer, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if let Some(object) = value.as_object() {
        if object.get("model").is_some_and(Value::is_object) {
            return Tokenizer::hugging_face(value).map_err(|error| error.to_string());
        }
        if let Some(merges) = beside("merges.txt") {
            let merged = byte_pairs(object, &merges, beside)?;
            return Tokenizer::hugging_face(merged).map_err(|error| error.to_string());
        }
    }
    tokenizer(tokens(&value)?)
}

/// A `vocab.json` and its `merges.txt` as one `tokenizer.json`: GPT-2's byte pairs.
fn byte_pairs(
    vocab: &Map<String, Value>,
    merges: &str,
    beside: &dyn Fn(&str) -> Option<String>,
) -> Result<Value, String> {
    let merges: Vec<&str> = merges
        .lines()
        .filter(|line| !line.starts_with("#version") && !line.trim().is_empty())
        .collect();
    let mut added: Map<String, Value> = Map::new();
    // the token that ends a text, which GPT-2's tokenizers all know
    if let Some(id) = vocab.get("<|endoftext|>") {
        added.insert("<|endoftext|>".to_owned(), id.clone());
    }
    let more = beside("added_tokens.json").and_then(|text| serde_json::from_str(&text).ok());
    if let Some(Value::Object(more)) = more {
        added.extend(more);
    }
    let special =
        beside("special_tokens_map.json").and_then(|text| serde_json::from_str(&text).ok());
    if let Some(Value::Object(special)) = special {
        for token in special.values() {
            let content = token.as_str().or_else(|| token.get("content")?.as_str());
            if let Some((content, id)) = content.and_then(|name| Some((name, vocab.get(name)?))) {
                added.insert(content.to_owned(), id.clone());
            }
        }
    }
    let mut added: Vec<(u64, String)> = added
        .into_iter()
        .filter_map(|(content, id)| Some((id.as_u64()?, content)))
        .collect();
    added.sort();
    let added: Vec<Value> = added
        .into_iter()
        .map(|(id, content)| {
            json!({
                "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true,
            })
        })
        .collect();
    Ok(json!({
        "version": "1.0",
        "added_tokens": added,
        "normalizer": null,
        "pre_tokenizer": {
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
        },
        "post_processor": null,
        "decoder": {
            "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true,
        },
        "model": {"type": "BPE", "vocab": vocab, "merges": merges},
    }))
}

/// The tokens of a table of a script's own.
fn tokens(value: &Value) -> Result<Vec<Option<Token>>, String> {
    let none = || "it is no tokenizer.json and no table of tokens".to_owned();
    match value {
        Value::Array(items) => items.iter().map(|item| Ok(Some(token(item)?))).collect(),
        Value::Object(object) => {
            let named = |names: &[&str]| names.iter().find_map(|name| object.get(*name));
            let is_table =
                |table: &&Value| table.is_array() || table.is_object() || table.is_string();
            if let Some(table) = named(&BY_ID).filter(is_table) {
                return table_of(table, false);
            }
            if let Some(table) = named(&BY_TOKEN).filter(is_table) {
                return table_of(table, true);
            }
            if let Some(table) = named(&EITHER).filter(is_table) {
                return table_of(table, is_by_token(table));
            }
            table_of(value, is_by_token(value))
        }
        _ => Err(none()),
    }
}

/// Whether the values of a table are ids, and so its keys the tokens.
fn is_by_token(table: &Value) -> bool {
    let values = table.as_object().map(|object| object.values());
    values.is_some_and(|mut values| values.all(Value::is_number))
}

fn table_of(table: &Value, by_token: bool) -> Result<Vec<Option<Token>>, String> {
    match table {
        Value::Array(items) => items.iter().map(|item| Ok(Some(token(item)?))).collect(),
        Value::String(text) => {
            let letters = text
                .chars()
                .map(|letter| Some(Token::Text(letter.to_string())));
            Ok(letters.collect())
        }
        Value::Object(object) => {
            let pair = |(key, value): (&String, &Value)| {
                let wrong = || format!("'{key}' of its vocabulary has no id that is a number");
                if by_token {
                    Ok((value.as_i64().ok_or_else(wrong)?, Token::Text(key.clone())))
                } else {
                    Ok((key.parse().map_err(|_| wrong())?, token(value)?))
                }
            };
            by_ids(object.iter().map(pair).collect::<Result<_, String>>()?)
        }
        _ => Err("its vocabulary is no table".to_owned()),
    }
}

fn token(value: &Value) -> Result<Token, String> {
    match value {
        Value::String(text) => Ok(Token::Text(text.clone())),
        Value::Number(number) => {
            let number = number.as_i64();
            number
                .map(Token::Number)
                .ok_or_else(|| "a token of its vocabulary is no text".to_owned())
        }
        _ => Err("a token of its vocabulary is no text".to_owned()),
    }
}
