//! Changes to a run on the command line, and the second text that they may take numbers from.

use std::sync::Arc;

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::WrapErr;
use orrery_model::{InterventionError, Interventions, LoadedModel};

use super::notes::Notes;
use super::prompt_arguments::PromptArguments;

/// What is changed in a run.
#[derive(Clone, Debug, Default, Args)]
pub struct InterventionArguments {
    /// Change the run: h2.head3=off, h1.mlp=off, h0.att.2[5,3]=cut, h2.gelu[*,117]=0,
    /// h3.resid_post[4,*]<B[5]; several with commas. Everything is counted from 0
    #[arg(long, value_name = "LIST", value_parser = list)]
    intervene: Option<Interventions>,

    /// A second text, called B, from whose run --intervene can take numbers
    #[arg(long, value_name = "TEXT")]
    compare: Option<String>,
}

fn list(text: &str) -> Result<Interventions, InterventionError> {
    text.parse()
}

impl InterventionArguments {
    /// The second text's token ids, if there is one.
    ///
    /// # Errors
    /// What the model does not know.
    pub fn compare(&self, model: &LoadedModel, notes: Notes) -> Result<Option<Vec<usize>>> {
        let Some(text) = &self.compare else {
            return Ok(None);
        };
        let prompt = PromptArguments {
            text: Some(text.clone()),
            lossy: false,
        };
        let ids = prompt
            .token_ids(&model.tokenizer, notes)
            .wrap_err("the text of --compare cannot be used")?;
        Ok(Some(ids))
    }

    /// What was typed, without the second run.
    pub fn typed(&self) -> Interventions {
        self.intervene.clone().unwrap_or_default()
    }

    /// The changes, with the second run if there is one.
    ///
    /// # Errors
    /// A second text that the model does not know, or that is too long for one pass.
    pub fn interventions(&self, model: &LoadedModel, notes: Notes) -> Result<Interventions> {
        let changes = self.typed();
        Ok(match self.compare(model, notes)? {
            None => changes,
            Some(ids) => changes.with_other(Arc::new(model.gpt.trace(&ids)?)),
        })
    }
}
