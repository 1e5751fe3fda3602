//! Which model: a file, or the one that comes with the program.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use color_eyre::Result;
use color_eyre::eyre::{WrapErr, ensure};
use orrery_model::checkpoint::{Assumptions, CheckpointError, OpenedModel, load_from};
use orrery_model::{Gelu, LoadedModel};

use super::environment::{MODEL, VOCABULARY, setting};
use crate::model_file::ModelFile;
use crate::show::NamedModel;

/// A model that comes with the program, within it so that it works from any folder.
#[derive(Debug)]
pub struct ShippedModel {
    /// What `--model` calls it.
    name: &'static str,
    /// What it is called in messages and on screen.
    shown_name: &'static str,
    archive: &'static [u8],
}

/// All of them; the first is the default.
const SHIPPED: [ShippedModel; 2] = [
    ShippedModel {
        name: "charlm",
        shown_name: "charlm (shipped)",
        archive: include_bytes!("../../../../weights/charlm.npz"),
    },
    ShippedModel {
        name: "bard",
        shown_name: "bard (shipped)",
        archive: include_bytes!("../../../../weights/bard.npz"),
    },
];

impl ShippedModel {
    fn load(&self, assumptions: &Assumptions) -> Result<LoadedModel> {
        let archive = Cursor::new(self.archive);
        Ok(load_from(archive, Path::new(self.shown_name), assumptions)?)
    }

    /// All that come with the program, ready to be shown.
    ///
    /// # Errors
    /// A program that was built with damaged files.
    pub fn load_all() -> Result<Vec<NamedModel>> {
        let load = |shipped: &ShippedModel| {
            let model = shipped.load(&Assumptions::default())?;
            Ok(NamedModel::new(model, shipped.shown_name.to_owned()))
        };
        SHIPPED.iter().map(load).collect()
    }
}

/// The forms of GELU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GeluChoice {
    /// With the error function, as nanoGPT has it
    Erf,
    /// The approximation with tanh, as GPT-2 and old versions of nanoGPT have it
    Tanh,
}

impl From<GeluChoice> for Gelu {
    fn from(choice: GeluChoice) -> Self {
        match choice {
            GeluChoice::Erf => Self::Erf,
            GeluChoice::Tanh => Self::Tanh,
        }
    }
}

/// What is said about a file of weights.
#[derive(Clone, Debug, Default, Args)]
pub struct FileArguments {
    /// The vocabulary: nanoGPT's meta.pkl, for a file that does not say [default: the environment's
    /// NANOGPT_META_PATH, or a meta.pkl beside the model]
    #[arg(long, value_name = "FILE")]
    pub meta: Option<PathBuf>,

    /// Attention heads, for a file that does not say [default for .npz: 4]
    #[arg(long, value_name = "N")]
    pub heads: Option<usize>,

    /// The form of GELU, whatever the file says
    #[arg(long, value_name = "FORM", value_enum)]
    pub gelu: Option<GeluChoice>,
}

/// Names a model on the command line.
#[derive(Clone, Debug, Default, Args)]
pub struct ModelArguments {
    /// The model: a file of weights (.npz, a nanoGPT checkpoint .pt, .safetensors with its
    /// config.json), or `charlm` or `bard`, which come with the program [default: the environment's
    /// MODEL, or charlm]
    #[arg(short, long, value_name = "FILE")]
    pub model: Option<PathBuf>,

    /// What is said about it.
    #[command(flatten)]
    pub file: FileArguments,
}

impl ModelArguments {
    /// What is named, on the command line or in the environment.
    fn named(&self) -> Option<PathBuf> {
        self.model
            .clone()
            .or_else(|| setting(MODEL).map(PathBuf::from))
    }

    /// The model's file, if it is not a shipped one.
    pub fn path(&self) -> Option<PathBuf> {
        self.named().filter(|_| self.shipped().is_none())
    }

    /// What the model is called in messages and on screen.
    pub fn name(&self) -> String {
        match (self.shipped(), self.named()) {
            (None, Some(file)) => file.display().to_string(),
            (shipped, _) => shipped.unwrap_or(&SHIPPED[0]).shown_name.to_owned(),
        }
    }

    /// The shipped model that is meant; a file of that name goes before it.
    fn shipped(&self) -> Option<&'static ShippedModel> {
        let Some(file) = self.named() else {
            return Some(&SHIPPED[0]);
        };
        let mut all = SHIPPED.iter();
        all.find(|shipped| file.as_os_str() == shipped.name && !file.exists())
    }

    /// Reads the model.
    ///
    /// # Errors
    /// Whatever is wrong with the file, by name; a vocabulary that nobody names.
    pub fn load(&self) -> Result<LoadedModel> {
        let Some(file) = self.path() else {
            self.check_shipped()?;
            let shipped = self.shipped().unwrap_or(&SHIPPED[0]);
            return shipped.load(&Assumptions::default());
        };
        let model = self.open()?.with_vocabulary(&file);
        let unknown = matches!(model, Err(CheckpointError::NeedsVocabulary { .. }));
        if unknown {
            return model.wrap_err("name the vocabulary's file with --meta");
        }
        Ok(model?)
    }

    /// Reads the model, whether or not its vocabulary is known.
    ///
    /// # Errors
    /// Whatever is wrong with the file, by name.
    pub fn open(&self) -> Result<OpenedModel> {
        let Some(file) = self.path() else {
            let model = self.load()?;
            return Ok(OpenedModel {
                gpt: model.gpt,
                tokenizer: Some(model.tokenizer),
                metadata: model.metadata,
                training: model.training,
                format: model.format,
            });
        };
        ensure!(
            !file.is_dir(),
            "{} is a folder; name a file of weights with --model",
            self.name()
        );
        let FileArguments { meta, heads, gelu } = &self.file;
        let model = ModelFile {
            path: file,
            vocabulary: meta.clone(),
            fallback_vocabulary: setting(VOCABULARY).map(PathBuf::from),
            heads: *heads,
            gelu: gelu.map(Gelu::from),
        };
        let model = model.open()?;
        ensure!(
            meta.is_none() || model.metadata.is_none(),
            "{}: the file has its own vocabulary; leave out --meta",
            self.name()
        );
        let found = model.gpt.config().n_heads;
        ensure!(
            heads.is_none_or(|heads| heads == found),
            "{}: the file says that its model has {found} heads; leave out --heads",
            self.name()
        );
        Ok(model)
    }

    /// The shipped model is known; nothing need be said about it.
    fn check_shipped(&self) -> Result<()> {
        let FileArguments { meta, heads, gelu } = &self.file;
        let spare = [
            ("--meta", meta.is_some()),
            ("--heads", heads.is_some()),
            ("--gelu", gelu.is_some()),
        ];
        let spare = spare.into_iter().find(|(_, given)| *given);
        if let Some((option, _)) = spare {
            color_eyre::eyre::bail!(
                "{option} says something about a file; name the file with --model"
            );
        }
        Ok(())
    }
}
