//! A text to learn from or to be tested on.

use std::borrow::Cow;
use std::fs;
use std::path::PathBuf;

use clap::Args;

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

/// The corpus that comes with the program, within it so that it works from any folder.
const SHIPPED_TEXT: &str = include_str!("../../../../assets/corpus/shakespeare.txt");

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

    /// The text.
    ///
    /// # Errors
    /// A file that cannot be read, or that is not UTF-8.
    pub fn read(&self) -> Result<Cow<'static, str>, TextFileError> {
        let Some(file) = &self.file else {
            return Ok(SHIPPED_TEXT.into());
        };
        let bytes = fs::read(file).map_err(|source| TextFileError::Read {
            file: file.clone(),
            source,
        })?;
        let text = String::from_utf8(bytes).map_err(|error| TextFileError::NotText {
            file: file.clone(),
            position: error.utf8_error().valid_up_to() + 1,
        })?;
        Ok(text.into())
    }
}
