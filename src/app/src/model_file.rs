//! Opening a file of weights for a person: what was said about it, what lies beside it, and a prompt
//! that its vocabulary knows. Used by the command line and by the window.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use orrery_model::checkpoint::{
    Assumptions, CheckpointError, FileProblem, OpenedModel, load_vocabulary, open, vocabularies_in,
    weights_file,
};
use orrery_model::tokenizer::GPT2_TOKENS;
use orrery_model::{Activation, FileFormat, Gelu, LoadedModel, NormPlacement, Tokenizer};

/// nanoGPT's name for the file of a vocabulary.
const VOCABULARY: &str = "meta.pkl";

/// A file of weights and what is said about it.
#[derive(Clone, Debug, Default)]
pub struct ModelFile {
    /// The weights.
    pub path: PathBuf,
    /// The vocabulary, where the file does not have it.
    pub vocabulary: Option<PathBuf>,
    /// The vocabulary, where neither the file nor what lies beside it tells it.
    pub fallback_vocabulary: Option<PathBuf>,
    /// What the file does not say of its model.
    pub assumptions: Assumptions,
}

impl ModelFile {
    /// This file, of which nothing is said.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            ..Self::default()
        }
    }

    /// What is said about it, as the options of a command: `--heads=4`.
    pub fn options(&self) -> Vec<String> {
        let Assumptions {
            n_heads,
            // read from the file that is named
            tokenizer: _,
            gelu,
            activation,
            norm_placement,
            norm_epsilon,
            weights_key,
            ignored,
        } = &self.assumptions;
        let said = |name: &str, value: Option<String>| Some(format!("--{name}={}", value?));
        let vocabulary = self
            .vocabulary
            .as_ref()
            .map(|file| file.display().to_string());
        let gelu = gelu.map(|gelu| match gelu {
            Gelu::Erf => "erf",
            Gelu::Tanh => "tanh",
        });
        let norm = norm_placement.map(|norm| match norm {
            NormPlacement::Pre => "pre",
            NormPlacement::Post => "post",
        });
        let activation = activation.map(|activation| match activation {
            Activation::Relu => "relu",
            Activation::GeluErf => "gelu_erf",
            Activation::GeluTanh => "gelu_tanh",
        });
        let all = [
            said("tokenizer", vocabulary),
            said("heads", n_heads.map(|heads| heads.to_string())),
            said("gelu", gelu.map(str::to_owned)),
            said("activation", activation.map(str::to_owned)),
            said("norm", norm.map(str::to_owned)),
            said("epsilon", norm_epsilon.map(|epsilon| epsilon.to_string())),
            said("weights-key", weights_key.clone()),
        ];
        let ignored = ignored
            .iter()
            .map(|name| said("ignore", Some(name.clone())));
        all.into_iter().chain(ignored).flatten().collect()
    }

    /// Opens it. A vocabulary that is neither in the file nor named is looked for beside it, then where
    /// `fallback_vocabulary` says, then by the number of rows among those that are built in. What was
    /// chosen stands in [`OpenedModel::read_as`].
    ///
    /// # Errors
    /// Whatever is wrong with the file, by name; not the want of a vocabulary.
    pub fn open(&self) -> Result<OpenedModel, CheckpointError> {
        let mut assumptions = self.assumptions.clone();
        if let Some(named) = self.vocabulary.as_deref() {
            assumptions.tokenizer = Some(vocabulary(named)?);
        }
        let weights = weights_file(&self.path)?;
        let mut model = open(&weights, &assumptions)?;
        if model.tokenizer.is_some() {
            return Ok(model);
        }
        let rows = model.gpt.config().vocab_size;
        if let Some((file, why)) = self.vocabulary_file(&weights, &model) {
            let vocabulary = load_vocabulary(&file)?;
            let tokens = vocabulary.vocab_size();
            let padded = vocabulary.padded(rows);
            model.tokenizer = Some(padded.map_err(|error| {
                let reason = format!("{error}; name the right vocabulary with --meta");
                FileProblem::Vocabulary(reason).of(&file)
            })?);
            let more = match rows - tokens.min(rows) {
                0 => String::new(),
                more => format!(", {more} rows beyond it are never drawn"),
            };
            model.read_as.push(format!(
                "vocabulary: {} {why}, {tokens} tokens{more}",
                file.display()
            ));
        }
        Ok(model.with_built_in_vocabulary())
    }

    /// The file of the vocabulary, and why it is taken for it. Of several beside the model the first that
    /// has no more tokens than the model has rows is taken.
    fn vocabulary_file(
        &self,
        weights: &Path,
        model: &OpenedModel,
    ) -> Option<(PathBuf, &'static str)> {
        let folder = weights.parent().unwrap_or(Path::new(""));
        let mut beside = vocabularies_in(folder);
        if model.format == FileFormat::PyTorch {
            // nanoGPT's goes before those that a Hugging Face model has
            beside.sort_by_key(|file| file.file_name() != Some(OsStr::new(VOCABULARY)));
        }
        let rows = model.gpt.config().vocab_size;
        let fits = |file: &&PathBuf| {
            load_vocabulary(file).is_ok_and(|vocabulary| vocabulary.vocab_size() <= rows)
        };
        let fitting = match beside.len() {
            0 | 1 => None,
            _ => beside.iter().find(fits),
        };
        if let Some(file) = fitting.or(beside.first()) {
            let with_merges = file.file_name() == Some(OsStr::new("vocab.json"))
                && file.with_file_name("merges.txt").is_file();
            let why = match with_merges {
                true => "with merges.txt beside the model",
                false => "beside the model",
            };
            return Some((file.clone(), why));
        }
        let of_data = model.dataset.as_deref();
        if let Some(file) = of_data.and_then(|name| of_nanogpt_s_data(folder, name)) {
            return Some((file, "of the data that it was trained on"));
        }
        let fallback = self.fallback_vocabulary.clone();
        fallback.map(|file| (file, "of the environment (NANOGPT_META_PATH)"))
    }

    /// Opens it with its vocabulary.
    ///
    /// # Errors
    /// As [`ModelFile::open`], and [`FileProblem::NeedsVocabulary`].
    pub fn load(&self) -> Result<LoadedModel, CheckpointError> {
        self.open()?.with_vocabulary(&self.path)
    }
}

/// The vocabulary of this file, or the built-in one of this name.
fn vocabulary(named: &Path) -> Result<Tokenizer, CheckpointError> {
    let wrong =
        |error: orrery_model::TokenizerError| FileProblem::Vocabulary(error.to_string()).of(named);
    match named.to_str() {
        Some("gpt2") if !named.exists() => Tokenizer::gpt2(GPT2_TOKENS).map_err(wrong),
        Some("bytes") if !named.exists() => Tokenizer::bytes().map_err(wrong),
        _ => load_vocabulary(named),
    }
}

/// `data/NAME/meta.pkl` of nanoGPT's root, which is the model's folder, the one above it, or this one.
fn of_nanogpt_s_data(folder: &Path, name: &str) -> Option<PathBuf> {
    let roots = [folder.to_owned(), folder.join(".."), PathBuf::new()];
    let inside = Path::new("data").join(name).join(VOCABULARY);
    let mut files = roots.into_iter().map(|root| root.join(&inside));
    files.find(|file| file.is_file())
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
