//! nanoGPT's `meta.pkl`: the tokens of the data a model was trained on.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::error::CheckpointError;
use super::pickle::{self, Allowed, Heap, Id, PickleError};
use crate::tokenizer::Tokenizer;

/// No vocabulary's file is longer; GPT-2's would be two megabytes.
const LONGEST: u64 = 6 << 20;

/// Reads a `meta.pkl`: its `itos`, a list of tokens or a dictionary from id to token, or else its
/// `stoi`, from token to id.
///
/// # Errors
/// A file that cannot be read, is no pickle of plain data, or does not give each id one token.
pub fn load_vocabulary(path: &Path) -> Result<Tokenizer, CheckpointError> {
    let read = |source| CheckpointError::Read {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(read)?;
    file.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(read)?;
    vocabulary_from(&bytes, path)
}

/// Like [`load_vocabulary`], from the file's bytes; `name` stands in messages.
///
/// # Errors
/// As [`load_vocabulary`].
pub fn vocabulary_from(bytes: &[u8], name: &Path) -> Result<Tokenizer, CheckpointError> {
    let wrong = |reason: String| CheckpointError::Vocabulary {
        path: name.to_owned(),
        reason,
    };
    if bytes.len() as u64 > LONGEST {
        return Err(wrong("it is too long for a vocabulary".to_owned()));
    }
    let refused = |source| CheckpointError::Pickle {
        path: name.to_owned(),
        source,
    };
    let (heap, root) = pickle::read(bytes, Allowed::PlainData).map_err(refused)?;
    let tokens = tokens(&heap, root).map_err(|error| wrong(error.to_string()))?;
    Tokenizer::of_tokens(tokens).map_err(|error| wrong(error.to_string()))
}

/// The tokens in the order of their ids.
fn tokens(heap: &Heap, root: Id) -> Result<Vec<String>, PickleError> {
    let unexpected = |what: &str| PickleError::Unexpected(what.to_owned());
    let text = |id: Id| {
        let found = || {
            let kind = heap.get(id).kind();
            PickleError::Unexpected(format!("a token of its vocabulary is {kind}, not a text"))
        };
        heap.text(id).map(str::to_owned).ok_or_else(found)
    };
    let itos = heap.member(root, "itos");
    if let Some(items) = itos.and_then(|itos| heap.items(itos)) {
        return items.iter().map(|&item| text(item)).collect();
    }
    let pairs: Vec<(Id, Id)> = match itos.and_then(|itos| heap.pairs(itos)) {
        Some(pairs) => pairs.to_vec(),
        None => heap
            .member(root, "stoi")
            .and_then(|stoi| heap.pairs(stoi))
            .ok_or_else(|| unexpected("it has neither 'itos' nor 'stoi': no vocabulary"))?
            .iter()
            .map(|&(token, id)| (id, token))
            .collect(),
    };
    // at most as many as there are pairs, so that no id can ask for much memory
    let mut tokens = vec![None; pairs.len()];
    for (id, token) in pairs {
        let number = heap.int(id).and_then(|number| usize::try_from(number).ok());
        let place = number.and_then(|number| tokens.get_mut(number));
        let place = place
            .ok_or_else(|| unexpected("an id of its vocabulary is not one of 0, 1, 2 and so on"))?;
        *place = Some(text(token)?);
    }
    let missing = |(id, token): (usize, Option<String>)| {
        token.ok_or_else(|| PickleError::Unexpected(format!("it has no token for the id {id}")))
    };
    tokens.into_iter().enumerate().map(missing).collect()
}
