//! A vocabulary in a checkpoint of PyTorch, beside the weights: `itos` and `stoi`, or the letters, as
//! scripts of one file save them.

use std::io::{Read, Seek};

use super::error::FileProblem;
use super::pytorch::PyTorchFile;
use super::vocabulary_pickle::named_tables;
use super::vocabulary_tokens::tokenizer;
use crate::tokenizer::Tokenizer;

/// Places in which it may stand, beside the outermost level.
const PLACES: [&str; 10] = [
    "meta",
    "tokenizer",
    "vocab",
    "vocabulary",
    "encoding",
    "dataset",
    "data",
    "config",
    "model_args",
    "args",
];

/// The vocabulary of a model of so many rows, and where it stands, in words. A table whose name may mean
/// something else counts only if it has as many tokens as there are rows.
///
/// # Errors
/// A table of tokens that is none, or has more tokens than there are rows.
pub(super) fn vocabulary<R: Read + Seek>(
    file: &PyTorchFile<R>,
    rows: usize,
) -> Result<Option<(Tokenizer, String)>, FileProblem> {
    let (heap, root) = (file.heap(), file.root());
    let members = PLACES
        .iter()
        .filter_map(|&place| Some((place, heap.member(root, place)?)));
    for (place, id) in std::iter::once(("", root)).chain(members) {
        let Some(found) = named_tables(heap, id) else {
            continue;
        };
        let name = match place {
            "" => format!("'{}'", found.name),
            place => format!("'{place}.{}'", found.name),
        };
        let wrong = |reason: String| {
            FileProblem::Vocabulary(format!(
                "its own vocabulary, {name}: {reason}; name the right one with --meta"
            ))
        };
        let tokens = match found.tokens {
            Ok(tokens) if found.certain || tokens.len() == rows => tokens,
            Err(reason) if found.certain => return Err(wrong(reason)),
            _ => continue,
        };
        let count = tokens.len();
        let padded = tokenizer(tokens)
            .and_then(|found| found.padded(rows).map_err(|error| error.to_string()));
        let more = match rows.saturating_sub(count) {
            0 => String::new(),
            more => format!(", {more} rows beyond it are never drawn"),
        };
        let told = format!("vocabulary: the checkpoint's own {name}, {count} tokens{more}");
        return Ok(Some((padded.map_err(wrong)?, told)));
    }
    Ok(None)
}
