//! The files in which a vocabulary stands: nanoGPT's `meta.pkl`, Hugging Face's `tokenizer.json`,
//! `vocab.json` with or without `merges.txt`.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::error::{CheckpointError, FileProblem};
use super::pickle::{self, Allowed};
use super::vocabulary_tokens::tokenizer;
use super::{vocabulary_json, vocabulary_pickle};
use crate::tokenizer::Tokenizer;

/// No pickle of a vocabulary is longer; GPT-2's would be two megabytes.
const LONGEST_PICKLE: u64 = 6 << 20;
/// No other file of a vocabulary is longer; those of models of many languages have 20 MB.
const LONGEST: u64 = 64 << 20;

/// Names of the files of a vocabulary, in the order in which they are looked for beside a model.
const NAMES: [&str; 3] = ["tokenizer.json", "vocab.json", "meta.pkl"];

/// The files of a vocabulary in a folder.
pub fn vocabularies_in(folder: &Path) -> Vec<PathBuf> {
    let files = NAMES.iter().map(|name| folder.join(name));
    files.filter(|file| file.is_file()).collect()
}

/// Reads a vocabulary: a `meta.pkl` (its `itos` or `stoi`, or a bare table or list of tokens), a
/// `tokenizer.json`, a `vocab.json` (with the `merges.txt` beside it, if there is one), or a folder that
/// has one of them.
///
/// # Errors
/// A file that cannot be read, is no pickle of plain data or no JSON, or does not give each id one token.
pub fn load_vocabulary(path: &Path) -> Result<Tokenizer, CheckpointError> {
    if path.is_dir() {
        return match vocabularies_in(path).first() {
            Some(file) => load_vocabulary(file),
            None => {
                let reason = format!("this folder has no vocabulary ({})", NAMES.join(", "));
                Err(FileProblem::Vocabulary(reason).of(path))
            }
        };
    }
    read_vocabulary(path).map_err(|problem| problem.of(path))
}

fn read_vocabulary(path: &Path) -> Result<Tokenizer, FileProblem> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    read.map_err(FileProblem::Read)?;
    if !vocabulary_json::is_json(&bytes) {
        return parse_vocabulary(&bytes);
    }
    let wrong = FileProblem::Vocabulary;
    if bytes.len() as u64 > LONGEST {
        return Err(wrong("it is too long for a vocabulary".to_owned()));
    }
    let beside = |name: &str| std::fs::read_to_string(path.with_file_name(name)).ok();
    vocabulary_json::vocabulary(&bytes, &beside).map_err(wrong)
}

/// Like [`load_vocabulary`], from the bytes of a pickle or of a JSON file without others beside it;
/// `name` stands in messages.
///
/// # Errors
/// As [`load_vocabulary`].
pub fn vocabulary_from(bytes: &[u8], name: &Path) -> Result<Tokenizer, CheckpointError> {
    parse_vocabulary(bytes).map_err(|problem| problem.of(name))
}

fn parse_vocabulary(bytes: &[u8]) -> Result<Tokenizer, FileProblem> {
    let wrong = FileProblem::Vocabulary;
    if bytes.len() as u64 > LONGEST_PICKLE {
        return Err(wrong("it is too long for a vocabulary".to_owned()));
    }
    if vocabulary_json::is_json(bytes) {
        return vocabulary_json::vocabulary(bytes, &|_| None).map_err(wrong);
    }
    let (heap, root) = pickle::read(bytes, Allowed::PlainData).map_err(FileProblem::Pickle)?;
    let tokens = vocabulary_pickle::tokens(&heap, root).map_err(wrong)?;
    tokenizer(tokens).map_err(wrong)
}
