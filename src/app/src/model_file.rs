//! Opening a file of weights for a person: what was said about it, what lies beside it, and a prompt
//! that its vocabulary knows. Used by the command line and by the window.

use std::path::{Path, PathBuf};

use orrery_model::checkpoint::{Assumptions, CheckpointError, OpenedModel, load_vocabulary, open};
use orrery_model::{Gelu, LoadedModel, Tokenizer};

/// nanoGPT's name for the file of a vocabulary.
const VOCABULARY: &str = "meta.pkl";

/// A file of weights and what is said about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelFile {
    /// The weights.
    pub path: PathBuf,
    /// The vocabulary, where the file does not have it.
    pub vocabulary: Option<PathBuf>,
    /// The vocabulary, where nothing else tells it: instead of a `meta.pkl` in the model's folder.
    pub fallback_vocabulary: Option<PathBuf>,
    /// Attention heads, where the file does not say.
    pub heads: Option<usize>,
    /// The form of GELU, whatever the file says.
    pub gelu: Option<Gelu>,
}

impl ModelFile {
    /// This file, of which nothing is said.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            ..Self::default()
        }
    }

    /// Opens it. A vocabulary that is neither in the file nor named is looked for in a `meta.pkl` in
    /// the same folder.
    ///
    /// # Errors
    /// Whatever is wrong with the file, by name; not the want of a vocabulary.
    pub fn open(&self) -> Result<OpenedModel, CheckpointError> {
        let tokenizer = self
            .vocabulary
            .as_deref()
            .map(load_vocabulary)
            .transpose()?;
        let assumptions = Assumptions {
            n_heads: self.heads,
            tokenizer,
            gelu: self.gelu,
        };
        let mut model = open(&self.path, &assumptions)?;
        if model.tokenizer.is_none() {
            let beside =
                || Some(self.path.with_file_name(VOCABULARY)).filter(|file| file.is_file());
            if let Some(beside) = self.fallback_vocabulary.clone().or_else(beside) {
                let vocabulary = load_vocabulary(&beside)?;
                let rows = model.gpt.config().vocab_size;
                let padded = vocabulary.padded(rows);
                model.tokenizer = Some(padded.map_err(|error| CheckpointError::Vocabulary {
                    path: beside,
                    reason: error.to_string(),
                })?);
            }
        }
        Ok(model)
    }

    /// Opens it with its vocabulary.
    ///
    /// # Errors
    /// As [`ModelFile::open`], and [`CheckpointError::NeedsVocabulary`].
    pub fn load(&self) -> Result<LoadedModel, CheckpointError> {
        self.open()?.with_vocabulary(&self.path)
    }
}

/// A text that this vocabulary can spell: the wanted one, else what it knows of it, else a token of
/// its own.
pub fn fitting_prompt(tokenizer: &Tokenizer, wanted: &str) -> String {
    if tokenizer.encode(wanted).is_ok_and(|ids| !ids.is_empty()) {
        return wanted.to_owned();
    }
    let (known, _) = tokenizer.encode_lossy(wanted);
    if !known.is_empty() {
        return tokenizer.decode(&known);
    }
    let tokens = tokenizer.vocabulary().tokens();
    let usable = |token: &&String| tokenizer.encode(token).is_ok_and(|ids| ids.len() == 1);
    let letters = |token: &&String| token.chars().all(char::is_alphanumeric);
    let found = tokens.iter().filter(usable).find(letters);
    let found = found.or_else(|| tokens.iter().find(usable));
    found.cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_made_of_what_the_vocabulary_knows() {
        let words = ["!", "who", "is"].map(str::to_owned).to_vec();
        let words = Tokenizer::of_tokens(words).unwrap();
        assert_eq!(fitting_prompt(&words, "is who"), "is who");
        assert_eq!(fitting_prompt(&words, "who are you"), "who");
        assert_eq!(fitting_prompt(&words, "what light"), "who");
        let signs = Tokenizer::characters(".!".chars()).unwrap();
        assert_eq!(fitting_prompt(&signs, ""), ".");
    }
}
