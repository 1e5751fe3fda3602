//! Which model: a file, or the one that comes with the program.

use std::path::PathBuf;

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::ensure;
use orrery_model::LoadedModel;
use orrery_model::checkpoint::{Assumptions, load_with};

/// Names a model on the command line.
#[derive(Clone, Debug, Args)]
pub struct ModelArguments {
    /// The model's weights, a .npz file
    #[arg(short, long, value_name = "FILE")]
    pub model: PathBuf,

    /// Attention heads, for a file that does not say [default: 4]
    #[arg(long, value_name = "N")]
    pub heads: Option<usize>,
}

impl ModelArguments {
    /// What the model is called in messages.
    pub fn name(&self) -> String {
        self.model.display().to_string()
    }

    /// Reads the model.
    ///
    /// # Errors
    /// Whatever is wrong with the file, by name.
    pub fn load(&self) -> Result<LoadedModel> {
        ensure!(
            !self.model.is_dir(),
            "{} is a folder; name a .npz file with --model",
            self.name()
        );
        let assumptions = Assumptions {
            n_heads: self.heads,
            tokenizer: None,
        };
        let model = load_with(&self.model, &assumptions)?;
        let found = model.gpt.config().n_heads;
        ensure!(
            self.heads.is_none_or(|heads| heads == found),
            "{}: the file says that its model has {found} heads; leave out --heads",
            self.name()
        );
        Ok(model)
    }
}
