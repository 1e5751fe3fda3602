//! A text to learn from or to be tested on.

use std::borrow::Cow;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

use clap::Args;

use crate::embedded::CORPUS;

/// Why a text cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TextFileError {
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

/// The byte-order mark, which some editors write at a file's beginning.
const MARK: &str = "\u{feff}";

/// What the shipped corpus is called in messages and in the facts of a model.
const SHIPPED_NAME: &str = "shakespeare (shipped)";

/// A text to learn from or to be tested on, on the command line.
#[derive(Clone, Debug, Args)]
pub struct TextArguments {
    /// The text, a UTF-8 file [default: the Shakespeare that comes with the program]
    #[arg(short = 'd', long = "data", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl TextArguments {
    /// What the text is called in messages.
    pub fn name(&self) -> String {
        match &self.file {
            Some(file) => file.display().to_string(),
            None => SHIPPED_NAME.to_owned(),
        }
    }

    /// What a model that learned from it says of it.
    pub fn short_name(&self) -> String {
        match &self.file {
            Some(file) => file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into(),
            None => SHIPPED_NAME.to_owned(),
        }
    }

    /// The option that names the text again.
    pub fn option(&self) -> String {
        let option = |file: &PathBuf| format!(" --data '{}'", file.display());
        self.file.as_ref().map_or_else(String::new, option)
    }

    /// The text, without a byte-order mark at its beginning.
    ///
    /// # Errors
    /// A file that cannot be read, or that is not UTF-8.
    pub fn read(&self) -> Result<Cow<'static, str>, TextFileError> {
        let Some(file) = &self.file else {
            return Ok(CORPUS.into());
        };
        let bytes = fs::read(file).map_err(|source| TextFileError::Read {
            file: file.clone(),
            source,
        })?;
        let text: String = String::from_utf8(bytes).map_err(|error| TextFileError::NotText {
            file: file.clone(),
            position: error.utf8_error().valid_up_to() + 1,
        })?;
        Ok(match text.strip_prefix(MARK) {
            Some(rest) => rest.to_owned().into(),
            None => text.into(),
        })
    }

    /// What of the file may surprise who learns from it, a line each.
    pub fn surprises(&self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        let begins_with_mark = || {
            let mut beginning = [0; 3];
            let file = self
                .file
                .as_ref()
                .and_then(|file| fs::File::open(file).ok());
            file.is_some_and(|mut file| {
                file.read_exact(&mut beginning).is_ok() && beginning == MARK.as_bytes()
            })
        };
        if begins_with_mark() {
            lines.push(format!(
                "{}: it begins with a byte-order mark, which is left out",
                self.name()
            ));
        }
        let ends = text.matches("\r\n").count();
        if ends > 0 {
            lines.push(format!(
                "{}: {ends} of its lines end as Windows has them (CRLF); each such end is two characters to \
                 learn, or to drop",
                self.name()
            ));
        }
        lines
    }
}
