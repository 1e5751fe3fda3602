//! Opening a file of weights in whatever format it is, told by its content, not by its name.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use super::error::{CheckpointError, FileProblem};
use super::facts::{self, Fact, Facts};
use super::gpt2::{Assembled, assemble};
use super::metadata::{Metadata, TrainingFacts};
use super::naming::Family;
use super::pytorch::{PyTorchFile, is_old_format};
use super::safetensors::{SafetensorsFile, is_safetensors};
use super::shards::{self, Shards};
use super::source::TensorSource;
use super::{config_file, folder, foreign, nanogpt, npz, vocabulary_inside};
use crate::config::{Activation, Gelu, GptConfig, NormPlacement};
use crate::gpt::Gpt;
use crate::tokenizer::{GPT2_TOKENS, Tokenizer};

/// The most rows that are taken for GPT-2's vocabulary with some added: nanoGPT rounds it up to 50304
/// for speed, others to 50432 or 50688, and some add tokens of their own.
const MOST_GPT2_ROWS: usize = 51_200;

/// A format of files of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// This program's own
    Npz,
    /// PyTorch's zip, as nanoGPT writes it
    PyTorch,
    /// As Hugging Face writes it, with a `config.json`
    Safetensors,
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Npz => "npz",
            Self::PyTorch => "PyTorch checkpoint",
            Self::Safetensors => "safetensors",
        })
    }
}

/// A model as a file gives it.
#[derive(Clone, Debug)]
pub struct LoadedModel {
    /// The model.
    pub gpt: Gpt,
    /// How text becomes its ids.
    pub tokenizer: Tokenizer,
    /// What this program wrote into the file, if it did.
    pub metadata: Option<Metadata>,
    /// How the weights came to be, if the file says so.
    pub training: Option<TrainingFacts>,
    /// The file's format.
    pub format: FileFormat,
    /// How the file was read where that is not plain, a line each: whose names its tensors have, what
    /// was left out, which vocabulary was chosen.
    pub read_as: Vec<String>,
    /// The name of the data that it was trained on, if nanoGPT wrote it there.
    pub dataset: Option<String>,
}

/// A model whose vocabulary may not be known.
#[derive(Clone, Debug)]
pub struct OpenedModel {
    /// The model.
    pub gpt: Gpt,
    /// How text becomes its ids, if that can be known.
    pub tokenizer: Option<Tokenizer>,
    /// What this program wrote into the file, if it did.
    pub metadata: Option<Metadata>,
    /// How the weights came to be, if the file says so.
    pub training: Option<TrainingFacts>,
    /// The file's format.
    pub format: FileFormat,
    /// How the file was read where that is not plain, a line each: whose names its tensors have, what
    /// was left out, which vocabulary was chosen.
    pub read_as: Vec<String>,
    /// The name of the data that it was trained on, if nanoGPT wrote it there.
    pub dataset: Option<String>,
}

/// What a file does not say and the caller knows. Metadata in the file goes first.
#[derive(Clone, Debug, Default)]
pub struct Assumptions {
    /// Number of attention heads.
    pub n_heads: Option<usize>,
    /// The vocabulary; the model may have more rows than it has tokens.
    pub tokenizer: Option<Tokenizer>,
    /// The form of GELU, whatever the file says.
    pub gelu: Option<Gelu>,
    /// The activation, whatever the file says.
    pub activation: Option<Activation>,
    /// Where the norms stand, whatever the file says.
    pub norm_placement: Option<NormPlacement>,
    /// The layer norms' ε, whatever the file says.
    pub norm_epsilon: Option<f32>,
    /// The name under which a checkpoint of PyTorch keeps the weights.
    pub weights_key: Option<String>,
    /// Names of facts and of tensors that change nothing and are not to be looked at.
    pub ignored: Vec<String>,
}

impl Assumptions {
    /// Gives a configuration what was said whatever the file says.
    pub(super) fn overrule(&self, config: &mut GptConfig) {
        config.activation = self.activation.unwrap_or(config.activation);
        config.norm_placement = self.norm_placement.unwrap_or(config.norm_placement);
        config.norm_epsilon = self.norm_epsilon.unwrap_or(config.norm_epsilon);
    }

    /// Gives a configuration the assumed form of GELU.
    pub(super) fn apply_gelu(&self, config: &mut GptConfig) -> Result<(), FileProblem> {
        if let Some(gelu) = self.gelu {
            let activation = gelu.over(config.activation);
            config.activation = activation.ok_or_else(|| FileProblem::Model("its activation is ReLU, so there is no form of GELU to choose; leave out --gelu"
                    .to_owned()))?;
        }
        Ok(())
    }
}

/// Loads a model from a `.npz` of this program, a PyTorch checkpoint of nanoGPT, or a `.safetensors`
/// file with its `config.json`.
///
/// # Errors
/// Whatever is wrong with the file, by name: see [`CheckpointError`].
pub fn load(path: &Path) -> Result<LoadedModel, CheckpointError> {
    load_with(path, &Assumptions::default())
}

/// Like [`load`], for a file of which something is known.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, assumptions: &Assumptions) -> Result<LoadedModel, CheckpointError> {
    open(path, assumptions)?.with_vocabulary(path)
}

/// Like [`load_with`], from anything that can be read; `name` stands in messages.
///
/// # Errors
/// As [`load`].
pub fn load_from(
    reader: impl Read + Seek,
    name: &Path,
    assumptions: &Assumptions,
) -> Result<LoadedModel, CheckpointError> {
    let opened = open_from(reader, name, assumptions).map_err(|problem| problem.of(name))?;
    opened.with_vocabulary(name)
}

/// The file of weights that a path means: itself, or, of a folder, the one of a usual name or the only
/// one in it.
///
/// # Errors
/// A folder without a file of weights, or with several.
pub fn weights_file(path: &Path) -> Result<PathBuf, CheckpointError> {
    match path.is_dir() {
        true => folder::weights_in(path),
        false => Ok(path.to_owned()),
    }
}

/// Like [`load_with`], for a purpose that needs no vocabulary. A folder stands for the file of weights in
/// it, one of several files of a model for all of them.
///
/// # Errors
/// As [`load`], but not for want of a vocabulary.
pub fn open(path: &Path, assumptions: &Assumptions) -> Result<OpenedModel, CheckpointError> {
    let path = &weights_file(path)?;
    if let Some(index) = shards::index_of(path)
        && (index == *path || index.is_file() || !path.is_file() || is_one_of_many(path))
    {
        let opened = Shards::open(&index)
            .and_then(|shards| open_safetensors(shards, None, assumptions))
            .and_then(|opened| opened.knowing(assumptions));
        return opened.map_err(|problem| problem.of(&index));
    }
    let opened = File::open(path).map_err(FileProblem::Read);
    opened
        .and_then(|file| open_from(BufReader::new(file), path, assumptions))
        .map_err(|problem| problem.of(path))
}

/// Whether a file's name says that it has fellows.
fn is_one_of_many(path: &Path) -> bool {
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    stem.is_some_and(|stem| !stem.ends_with("-of-00001") && !stem.ends_with("-of-1"))
}

fn open_from(
    mut reader: impl Read + Seek,
    name: &Path,
    assumptions: &Assumptions,
) -> Result<OpenedModel, FileProblem> {
    let opened = match sniff(&mut reader)? {
        Kind::Safetensors => {
            let file = SafetensorsFile::open(reader, name)?;
            let metadata = file.metadata.clone();
            open_safetensors(file, metadata, assumptions)?
        }
        Kind::Zip => match PyTorchFile::open(reader, name, assumptions.weights_key.as_deref())? {
            Ok(file) => open_pytorch(file, assumptions)?,
            Err(reader) => npz::open(reader, name, assumptions)?,
        },
    };
    opened.knowing(assumptions)
}

/// Reads a model from tensors with a `config.json` beside them.
pub(super) fn open_safetensors(
    mut file: impl TensorSource,
    metadata: Option<Metadata>,
    assumptions: &Assumptions,
) -> Result<OpenedModel, FileProblem> {
    foreign::check(&file)?;
    let config = config_file::beside(file.path());
    // this program's own files describe themselves
    let facts = match (&metadata, config) {
        (_, Ok(Some(facts))) => understood(&file, &facts, assumptions)?,
        (Some(metadata), Ok(None)) => config_file::facts_of(&metadata.config),
        // what the file does not say the caller may
        (None, Ok(None)) if is_settled(&file, assumptions) => Facts::default(),
        (None, Ok(None)) => {
            return Err(file.contradiction(
                "the config.json that must stand beside it is not there; say --heads and --activation, or copy it from where the model comes \
                 from (it says how many heads there are, and which activation)"
                    .to_owned(),
            ));
        }
        (_, Err(error)) => return Err(error.into()),
    };
    let Assembled { gpt, read_as } = assemble(&mut file, &facts, assumptions)?;
    Ok(OpenedModel {
        gpt,
        tokenizer: metadata.as_ref().map(|m| m.tokenizer.clone()),
        training: metadata.as_ref().and_then(|m| m.training.clone()),
        metadata,
        format: FileFormat::Safetensors,
        read_as,
        dataset: None,
    })
}

/// Whether a `config.json` can be done without: everything that a GPT-2's would say is said, or the names
/// are of another program, which has none.
fn is_settled(file: &dyn TensorSource, assumptions: &Assumptions) -> bool {
    let names = file.tensors().iter().map(|tensor| tensor.name.as_str());
    let said = assumptions.n_heads.is_some()
        && (assumptions.activation.is_some() || assumptions.gelu.is_some());
    said || Family::of(names) != Family::Gpt2
}

fn open_pytorch<R: Read + Seek>(
    mut file: PyTorchFile<R>,
    assumptions: &Assumptions,
) -> Result<OpenedModel, FileProblem> {
    foreign::check(&file)?;
    let mut said = nanogpt::facts(&file);
    // a state dict alone may have its configuration in a file beside it
    if said.is_empty()
        && let Some(beside) = config_file::beside(file.path())?
    {
        said = beside;
    }
    let mut facts = understood(&file, &said, assumptions)?;
    if facts.activation.is_none() && nanogpt::is_early(&file) {
        facts.activation = Some(Activation::GeluTanh);
    }
    let Assembled { gpt, mut read_as } = assemble(&mut file, &facts, assumptions)?;
    let tokenizer = match &assumptions.tokenizer {
        Some(_) => None,
        None => vocabulary_inside::vocabulary(&file, gpt.config().vocab_size)?.map(
            |(tokenizer, told)| {
                read_as.push(told);
                tokenizer
            },
        ),
    };
    if let Some(found) = file.weights() {
        let shown = |key: &str| match key.is_empty() {
            true => "the outermost level".to_owned(),
            false => format!("'{key}'"),
        };
        if !found.others.is_empty() {
            let others: Vec<String> = found.others.iter().map(|key| shown(key)).collect();
            read_as.push(format!(
                "weights of {}; there are others too, of {} (--weights-key)",
                shown(&found.key),
                others.join(", ")
            ));
        }
    }
    Ok(OpenedModel {
        gpt,
        tokenizer,
        metadata: None,
        training: nanogpt::training(&mut file),
        format: FileFormat::PyTorch,
        read_as,
        dataset: nanogpt::dataset(&file),
    })
}

fn understood(
    file: &dyn TensorSource,
    said: &[Fact],
    assumptions: &Assumptions,
) -> Result<Facts, FileProblem> {
    facts::read(said, assumptions).map_err(|reason| file.contradiction(reason))
}

/// What a file's first bytes say of it.
pub(super) enum Kind {
    Safetensors,
    /// A `.npz` or a checkpoint of PyTorch
    Zip,
}

/// Looks at a file's first bytes and leaves the reader before them.
pub(super) fn sniff(reader: &mut (impl Read + Seek)) -> Result<Kind, FileProblem> {
    let mut beginning = Vec::new();
    let read = reader.take(64).read_to_end(&mut beginning);
    read.and_then(|_| reader.rewind())
        .map_err(FileProblem::Read)?;
    if is_old_format(&beginning) {
        Err(FileProblem::OldPyTorch)
    } else if is_safetensors(&beginning) {
        Ok(Kind::Safetensors)
    } else if beginning.starts_with(b"PK") {
        Ok(Kind::Zip)
    } else {
        Err(FileProblem::UnknownFormat)
    }
}

impl OpenedModel {
    /// Takes the file's own vocabulary, else the caller's.
    fn knowing(mut self, assumptions: &Assumptions) -> Result<Self, FileProblem> {
        let rows = self.gpt.config().vocab_size;
        self.tokenizer = match (self.tokenizer, &assumptions.tokenizer) {
            (Some(own), _) => Some(own),
            (None, Some(assumed)) => {
                let padded = assumed.clone().padded(rows);
                Some(padded.map_err(|error| FileProblem::Vocabulary(error.to_string()))?)
            }
            (None, None) => None,
        };
        let tokens = self.tokenizer.as_ref().map(Tokenizer::vocab_size);
        match tokens {
            Some(tokens) if tokens != rows => Err(FileProblem::Vocabulary(format!(
                "its vocabulary has {tokens} tokens, its model {rows}"
            ))),
            _ => Ok(self),
        }
    }

    /// Where no vocabulary is known, the one that is built in for so many rows: GPT-2's byte pairs.
    #[must_use]
    pub fn with_built_in_vocabulary(mut self) -> Self {
        let rows = self.gpt.config().vocab_size;
        if self.tokenizer.is_some() {
            return self;
        }
        let Some((tokenizer, name)) = built_in(rows) else {
            return self;
        };
        let more = match rows.saturating_sub(GPT2_TOKENS) {
            more if more == 0 || rows < GPT2_TOKENS => String::new(),
            more => format!("; {more} rows beyond the table are never drawn"),
        };
        self.read_as
            .push(format!("vocabulary: {name}, by the number of rows{more}"));
        self.tokenizer = Some(tokenizer);
        self
    }

    /// The model with its vocabulary.
    ///
    /// # Errors
    /// [`FileProblem::NeedsVocabulary`] if none is known.
    pub fn with_vocabulary(self, path: &Path) -> Result<LoadedModel, CheckpointError> {
        let vocab_size = self.gpt.config().vocab_size;
        let known = self.with_built_in_vocabulary();
        Ok(LoadedModel {
            gpt: known.gpt,
            tokenizer: known
                .tokenizer
                .ok_or_else(|| FileProblem::NeedsVocabulary(vocab_size).of(path))?,
            metadata: known.metadata,
            training: known.training,
            format: known.format,
            read_as: known.read_as,
            dataset: known.dataset,
        })
    }
}

/// The vocabulary that a model of so many rows is taken to have if nothing else is known, and its name.
fn built_in(rows: usize) -> Option<(Tokenizer, &'static str)> {
    match rows {
        256 => Some((Tokenizer::bytes().ok()?, "the 256 bytes")),
        GPT2_TOKENS..=MOST_GPT2_ROWS => Some((Tokenizer::gpt2(rows).ok()?, "GPT-2's byte pairs")),
        _ => None,
    }
}
