//! Which model: a file, or the one that comes with the program.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use color_eyre::Result;
use color_eyre::eyre::ensure;
use orrery_model::checkpoint::{Assumptions, OpenedModel, load_from, named_activation};
use orrery_model::{Activation, Gelu, LoadedModel, NormPlacement};

use super::environment::{MODEL, VOCABULARY, setting};
use super::random_model;
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

/// Where the layer norms stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum NormChoice {
    /// Before what they feed: x + f(norm(x)), as in GPT-2
    Pre,
    /// Behind the sum: norm(x + f(x)), as in the first transformer
    Post,
}

/// Reads an activation by any of its names.
fn activation(name: &str) -> Result<Activation, String> {
    named_activation(name).ok_or_else(|| {
        "this program computes relu, gelu_erf (with the error function; gelu is the same) and gelu_tanh (the \
         approximation; gelu_new is the same)"
            .to_owned()
    })
}

fn epsilon(text: &str) -> Result<f32, String> {
    let number: f32 = text.parse().map_err(|_| "it is no number".to_owned())?;
    match number > 0.0 && number.is_finite() {
        true => Ok(number),
        false => Err("it must be a positive number, such as 1e-5".to_owned()),
    }
}

/// What is said about a file of weights.
#[derive(Clone, Debug, Default, Args)]
pub struct FileArguments {
    /// The vocabulary, for a file that does not say: nanoGPT's meta.pkl, a tokenizer.json, a vocab.json
    /// with its merges.txt [default: what lies beside the model, else the environment's
    /// NANOGPT_META_PATH, else by the number of rows]
    #[arg(long, value_name = "FILE")]
    pub meta: Option<PathBuf>,

    /// The same as --meta; `gpt2` is GPT-2's byte pairs and `bytes` a token for each byte
    #[arg(long, value_name = "FILE", conflicts_with = "meta")]
    pub tokenizer: Option<PathBuf>,

    /// Attention heads, for a file that does not say
    #[arg(long, value_name = "N")]
    pub heads: Option<usize>,

    /// The form of GELU, whatever the file says
    #[arg(long, value_name = "FORM", value_enum)]
    pub gelu: Option<GeluChoice>,

    /// The activation, whatever the file says: relu, gelu_erf or gelu_tanh
    #[arg(long, value_name = "NAME", value_parser = activation)]
    pub activation: Option<Activation>,

    /// Where the layer norms stand, whatever the file says
    #[arg(long, value_name = "PLACE", value_enum)]
    pub norm: Option<NormChoice>,

    /// The layer norms' ε, whatever the file says
    #[arg(long, value_name = "E", value_parser = epsilon)]
    pub epsilon: Option<f32>,

    /// The name under which a PyTorch file keeps the weights, where there are several: model, ema, or
    /// deeper, such as checkpoint.model
    #[arg(long, value_name = "KEY")]
    pub weights_key: Option<String>,

    /// A fact or a tensor of the file, by name, that changes nothing and is not to be looked at; can be
    /// repeated
    #[arg(long, value_name = "NAME")]
    pub ignore: Vec<String>,
}

impl FileArguments {
    /// What a file does not say of its model, as far as it is said here.
    fn assumptions(&self) -> Assumptions {
        Assumptions {
            n_heads: self.heads,
            tokenizer: None,
            gelu: self.gelu.map(Gelu::from),
            activation: self.activation,
            norm_placement: self.norm.map(|norm| match norm {
                NormChoice::Pre => NormPlacement::Pre,
                NormChoice::Post => NormPlacement::Post,
            }),
            norm_epsilon: self.epsilon,
            weights_key: self.weights_key.clone(),
            ignored: self.ignore.clone(),
        }
    }

    /// A file of weights with what is said about it.
    fn about(&self, path: PathBuf) -> ModelFile {
        ModelFile {
            path,
            vocabulary: self.meta.as_ref().or(self.tokenizer.as_ref()).cloned(),
            fallback_vocabulary: setting(VOCABULARY).map(PathBuf::from),
            assumptions: self.assumptions(),
        }
    }

    /// The first option that is given.
    fn given(&self) -> Option<&'static str> {
        let all = [
            ("--meta", self.meta.is_some()),
            ("--tokenizer", self.tokenizer.is_some()),
            ("--heads", self.heads.is_some()),
            ("--gelu", self.gelu.is_some()),
            ("--activation", self.activation.is_some()),
            ("--norm", self.norm.is_some()),
            ("--epsilon", self.epsilon.is_some()),
            ("--weights-key", self.weights_key.is_some()),
            ("--ignore", !self.ignore.is_empty()),
        ];
        all.into_iter()
            .find(|(_, given)| *given)
            .map(|(option, _)| option)
    }
}

/// Names a model on the command line.
#[derive(Clone, Debug, Default, Args)]
pub struct ModelArguments {
    /// The model: a file of weights (.npz, a nanoGPT checkpoint .pt, .safetensors with its
    /// config.json), a folder that holds one, `charlm` or `bard`, which come with the program, or
    /// `random`, which has learned nothing and can be of any shape (random:d_model=64,n_blocks=4,seed=1)
    /// [default: the environment's MODEL, or charlm]
    #[arg(short, long, value_name = "FILE")]
    pub model: Option<PathBuf>,

    /// What is said about it.
    #[command(flatten)]
    pub file: FileArguments,
}

impl ModelArguments {
    /// What is named, on the command line or in the environment.
    pub fn named(&self) -> Option<PathBuf> {
        self.model
            .clone()
            .or_else(|| setting(MODEL).map(PathBuf::from))
    }

    /// The model's file, if it is not a shipped one and not an untrained one.
    pub fn path(&self) -> Option<PathBuf> {
        self.named()
            .filter(|_| self.shipped().is_none() && self.untrained().is_none())
    }

    /// What is said of the untrained model, if that is meant; a file of that name goes before it.
    fn untrained(&self) -> Option<String> {
        let named = self.named()?;
        let description = random_model::description(named.to_str()?)?.to_owned();
        (!named.exists()).then_some(description)
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

    /// What is said about the file, for who opens it again; nothing of a model that comes with the program.
    pub fn options(&self) -> Vec<String> {
        let file = self.path().map(|path| self.file.about(path));
        file.map_or_else(Vec::new, |file| file.options())
    }

    /// Reads the model.
    ///
    /// # Errors
    /// Whatever is wrong with the file, by name; a vocabulary that nobody names.
    pub fn load(&self) -> Result<LoadedModel> {
        let Some(file) = self.path() else {
            self.check_shipped()?;
            if let Some(description) = self.untrained() {
                return random_model::load(&description);
            }
            let shipped = self.shipped().unwrap_or(&SHIPPED[0]);
            return shipped.load(&Assumptions::default());
        };
        Ok(self.open()?.with_vocabulary(&file)?)
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
                read_as: model.read_as,
                dataset: model.dataset,
            });
        };
        let heads = &self.file.heads;
        let file = self.file.about(file);
        let model = file.open()?;
        ensure!(
            file.vocabulary.is_none() || model.metadata.is_none(),
            "{}: the file has its own vocabulary; leave out --meta and --tokenizer",
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
        if let Some(option) = self.file.given() {
            color_eyre::eyre::bail!(
                "{option} says something about a file; name the file with --model"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        model: ModelArguments,
    }

    #[test]
    fn what_is_said_about_a_file_can_be_said_again() {
        let said = [
            "--tokenizer=t.json",
            "--heads=4",
            "--gelu=tanh",
            "--activation=gelu_tanh",
            "--norm=pre",
            "--epsilon=0.000001",
            "--weights-key=model",
            "--ignore=a",
            "--ignore=b",
        ];
        let words = ["orrery", "--model=x.pt"].into_iter().chain(said);
        let only = Only::try_parse_from(words).unwrap();
        let again = only.model.options();
        assert_eq!(again, said);
        let shipped = Only::try_parse_from(["orrery", "--model=bard"]).unwrap();
        assert!(shipped.model.options().is_empty());
    }
}
