//! A text to learn from or to be tested on.

use std::fs;
use std::path::{Path, PathBuf};

/// Why a text cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TextFileError {
    /// None was named.
    #[error("name a text file with --data; no text comes with the program")]
    NotNamed,
    /// The file cannot be read.
    #[error("cannot read the text {}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is something else than text.
    #[error(
        "{} is not UTF-8 text: the byte at {position} (counted from 1) belongs to no character",
        file.display()
    )]
    NotText {
        /// The file.
        file: PathBuf,
        /// The first byte that is not text, counted from 1.
        position: usize,
    },
}

/// The text of the file.
///
/// # Errors
/// No file named, a file that cannot be read, or that is not UTF-8.
pub fn read_text(file: Option<&Path>) -> Result<String, TextFileError> {
    let file = file.ok_or(TextFileError::NotNamed)?;
    let bytes = fs::read(file).map_err(|source| TextFileError::Read {
        file: file.to_owned(),
        source,
    })?;
    String::from_utf8(bytes).map_err(|error| TextFileError::NotText {
        file: file.to_owned(),
        position: error.utf8_error().valid_up_to() + 1,
    })
}
