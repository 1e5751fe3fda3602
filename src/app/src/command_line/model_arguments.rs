//! Which model: a file, or the one that comes with the program.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::ensure;
use orrery_model::LoadedModel;
use orrery_model::checkpoint::{Assumptions, load_from, load_with};

/// The character model, within the program so that it works from any folder.
const SHIPPED_MODEL: &[u8] = include_bytes!("../../../../weights/charlm.npz");

/// What the shipped model is called in messages.
const SHIPPED_NAME: &str = "charlm (shipped)";

/// Names a model on the command line.
#[derive(Clone, Debug, Args)]
pub struct ModelArguments {
    /// The model's weights, a .npz file [default: the character model that comes with the program]
    #[arg(short, long, value_name = "FILE")]
    pub model: Option<PathBuf>,

    /// Attention heads, for a file that does not say [default: 4]
    #[arg(long, value_name = "N", requires = "model")]
    pub heads: Option<usize>,
}

impl ModelArguments {
    /// What the model is called in messages and on screen.
    pub fn name(&self) -> String {
        match &self.model {
            Some(file) => file.display().to_string(),
            None => SHIPPED_NAME.to_owned(),
        }
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
        let Some(file) = &self.model else {
            let shipped = Cursor::new(SHIPPED_MODEL);
            return Ok(load_from(shipped, Path::new(SHIPPED_NAME), &assumptions)?);
        };
        ensure!(
            !file.is_dir(),
            "{} is a folder; name a .npz file with --model",
            self.name()
        );
        let model = load_with(file, &assumptions)?;
        let found = model.gpt.config().n_heads;
        ensure!(
            self.heads.is_none_or(|heads| heads == found),
            "{}: the file says that its model has {found} heads; leave out --heads",
            self.name()
        );
        Ok(model)
    }
}
