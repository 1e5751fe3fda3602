//! Which model: a file, or the one that comes with the program.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::ensure;
use orrery_model::LoadedModel;
use orrery_model::checkpoint::{Assumptions, load_from, load_with};

use crate::show;

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
    pub fn load_all() -> Result<Vec<show::LoadedModel>> {
        let load = |shipped: &ShippedModel| {
            let model = shipped.load(&Assumptions::default())?;
            Ok(show::LoadedModel {
                gpt: Arc::new(model.gpt),
                tokenizer: Arc::new(model.tokenizer),
                name: shipped.shown_name.to_owned(),
            })
        };
        SHIPPED.iter().map(load).collect()
    }
}

/// Names a model on the command line.
#[derive(Clone, Debug, Args)]
pub struct ModelArguments {
    /// The model: a .npz file of weights, or `charlm` or `bard`, which come with the program
    /// [default: charlm]
    #[arg(short, long, value_name = "FILE")]
    pub model: Option<PathBuf>,

    /// Attention heads, for a file that does not say [default: 4]
    #[arg(long, value_name = "N", requires = "model")]
    pub heads: Option<usize>,
}

impl ModelArguments {
    /// What the model is called in messages and on screen.
    pub fn name(&self) -> String {
        match (self.shipped(), &self.model) {
            (None, Some(file)) => file.display().to_string(),
            (shipped, _) => shipped.unwrap_or(&SHIPPED[0]).shown_name.to_owned(),
        }
    }

    /// The shipped model that is meant; a file of that name goes before it.
    fn shipped(&self) -> Option<&'static ShippedModel> {
        let Some(file) = &self.model else {
            return Some(&SHIPPED[0]);
        };
        let mut all = SHIPPED.iter();
        all.find(|shipped| file.as_os_str() == shipped.name && !file.exists())
    }

    /// Reads the model.
    ///
    /// # Errors
    /// Whatever is wrong with the file, by name.
    pub fn load(&self) -> Result<LoadedModel> {
        let assumptions = Assumptions {
            n_heads: self.heads,
            tokenizer: None,
        };
        let model = match (self.shipped(), &self.model) {
            (None, Some(file)) => {
                ensure!(
                    !file.is_dir(),
                    "{} is a folder; name a .npz file with --model",
                    self.name()
                );
                load_with(file, &assumptions)?
            }
            (shipped, _) => shipped.unwrap_or(&SHIPPED[0]).load(&assumptions)?,
        };
        let found = model.gpt.config().n_heads;
        ensure!(
            self.heads.is_none_or(|heads| heads == found),
            "{}: the file says that its model has {found} heads; leave out --heads",
            self.name()
        );
        Ok(model)
    }
}
