//! Vocabularies in Python's pickles: nanoGPT's `meta.pkl` and its like.

use std::collections::HashMap;

use super::pickle::{Heap, Id, Value};
use super::vocabulary_tokens::{BY_ID, BY_TOKEN, EITHER, Token, by_ids};

/// The tokens in the order of their ids; a place without one is a hole.
///
/// # Errors
/// In words, why it is no vocabulary.
pub(super) fn tokens(heap: &Heap, root: Id) -> Result<Vec<Option<Token>>, String> {
    if let Some(found) = named_tables(heap, root) {
        return found.tokens;
    }
    // both tables, or one, without names
    if let Some(&[first, ref others @ ..]) = heap.items(root)
        && others.len() < 2
        && [first]
            .iter()
            .chain(others)
            .all(|&item| heap.pairs(item).is_some())
    {
        let table = |&id: &Id| table_of(heap, id, is_by_token(heap, id));
        let tokens = table(&first)?;
        return match others.first().map(table).transpose()? {
            Some(other) => agreeing(tokens, &other),
            None => Ok(tokens),
        };
    }
    if heap
        .text(root)
        .is_some_and(|text| text.chars().nth(1).is_some())
    {
        return table_of(heap, root, false);
    }
    // a table without anything around it
    let named = [&BY_ID[..], &BY_TOKEN, &EITHER]
        .into_iter()
        .flatten()
        .any(|name| heap.member(root, name).is_some());
    let plain = match heap.pairs(root) {
        _ if named => false,
        Some(pairs) => {
            let id = |id: Id| heap.int(id).is_some();
            !pairs.is_empty()
                && pairs.iter().all(|&(key, value)| id(key) || id(value))
                && !pairs
                    .iter()
                    .any(|&(key, _)| heap.text(key) == Some("vocab_size"))
        }
        None => heap.items(root).is_some_and(|items| items.len() > 1),
    };
    if plain {
        return table_of(heap, root, is_by_token(heap, root));
    }
    Err(
        "it has neither 'itos' nor 'stoi', nor is it itself a table of tokens: no vocabulary; write one with \
         python -c \"import pickle; pickle.dump({'itos': dict(enumerate(TOKENS))}, open('meta.pkl', 'wb'))\""
            .to_owned(),
    )
}

/// A vocabulary under a name that says so.
pub(super) struct Named {
    /// The name, as in the file
    pub name: &'static str,
    /// Whether the name can mean nothing else
    pub certain: bool,
    pub tokens: Result<Vec<Option<Token>>, String>,
}

/// The vocabulary that a dictionary or an object keeps under one of the usual names.
pub(super) fn named_tables(heap: &Heap, root: Id) -> Option<Named> {
    let is_table =
        |&id: &Id| heap.pairs(id).is_some() || heap.items(id).is_some() || heap.text(id).is_some();
    let named = |names: &[&'static str]| {
        let mut found = names.iter().filter_map(|&name| {
            let table = heap.member(root, name).filter(is_table)?;
            Some((name, table))
        });
        found.next()
    };
    let by_token = named(&BY_TOKEN);
    if let Some((name, table)) = named(&BY_ID) {
        let tokens = table_of(heap, table, false).and_then(|tokens| match by_token {
            Some((_, other)) => agreeing(tokens, &table_of(heap, other, true).unwrap_or_default()),
            None => Ok(tokens),
        });
        return Some(Named {
            name,
            certain: true,
            tokens,
        });
    }
    let (certain, (name, table)) = match by_token {
        Some(found) => (true, found),
        None => (false, named(&EITHER)?),
    };
    let tokens = table_of(heap, table, certain || is_by_token(heap, table));
    Some(Named {
        name,
        certain,
        tokens,
    })
}

/// The tokens of one table, if the other does not give one of them another id.
fn agreeing(
    tokens: Vec<Option<Token>>,
    other: &[Option<Token>],
) -> Result<Vec<Option<Token>>, String> {
    let known: HashMap<&Token, usize> = tokens
        .iter()
        .enumerate()
        .filter_map(|(id, token)| Some((token.as_ref()?, id)))
        .collect();
    for (id, token) in other.iter().enumerate() {
        let Some(token) = token else { continue };
        if let Some(&known) = known.get(token)
            && known != id
            && tokens.get(id) != Some(&Some(token.clone()))
        {
            return Err(format!(
                "its two tables contradict each other: by one {token} has the id {known}, by the other {id}; \
                 name another with --meta"
            ));
        }
    }
    Ok(tokens)
}

/// Whether the keys of a table are the tokens.
fn is_by_token(heap: &Heap, table: Id) -> bool {
    let pairs = heap.pairs(table).unwrap_or_default();
    pairs.iter().any(|&(key, _)| heap.int(key).is_none())
}

fn table_of(heap: &Heap, table: Id, by_token: bool) -> Result<Vec<Option<Token>>, String> {
    if let Some(items) = heap.items(table) {
        return items
            .iter()
            .map(|&item| Ok(Some(token(heap, item)?)))
            .collect();
    }
    if let Some(text) = heap.text(table) {
        let letters = text
            .chars()
            .map(|letter| Some(Token::Text(letter.to_string())));
        return Ok(letters.collect());
    }
    let mut pairs = Vec::new();
    for &(key, value) in heap.pairs(table).unwrap_or_default() {
        let (id, of) = if by_token { (value, key) } else { (key, value) };
        // an id written as a text is one all the same
        let number = heap.int(id).or_else(|| heap.text(id)?.parse().ok());
        let number = number.ok_or_else(|| {
            format!(
                "an id of its vocabulary is {}, not a number",
                heap.get(id).kind()
            )
        })?;
        pairs.push((number, token(heap, of)?));
    }
    by_ids(pairs)
}

fn token(heap: &Heap, id: Id) -> Result<Token, String> {
    match heap.get(id) {
        Value::Text(text) => Ok(Token::Text(text.to_string())),
        Value::Bytes(bytes) => Ok(Token::Bytes(bytes.to_vec())),
        Value::Int(number) => Ok(Token::Number(*number)),
        // several bytes or letters, as one token
        Value::Tuple(items) if !items.is_empty() => {
            let mut bytes = Vec::new();
            let mut text = String::new();
            for &item in items {
                match heap.get(item) {
                    Value::Text(part) => text.push_str(part),
                    Value::Int(number) => bytes.push(u8::try_from(*number).map_err(|_| {
                        "a token of its vocabulary is a tuple of numbers that are no bytes"
                            .to_owned()
                    })?),
                    other => {
                        return Err(format!(
                            "a token of its vocabulary is a tuple of {}",
                            other.kind()
                        ));
                    }
                }
            }
            Ok(if bytes.is_empty() {
                Token::Text(text)
            } else {
                Token::Bytes(bytes)
            })
        }
        other => Err(format!(
            "a token of its vocabulary is {}, not a text",
            other.kind()
        )),
    }
}
