//! What a report is made of, and why there may be none.

use std::sync::Arc;

use orrery_analysis::{AnalysisError, Run};
use orrery_model::{
    Draw, GenerationError, Gpt, GptError, InterventionError, Interventions, SamplingError,
    SamplingSettings, Tokenizer, draw,
};

/// Whether the model's weights go into the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weights {
    /// If the file then still fits.
    #[default]
    Auto,
    /// Yes; a file that then is too large is an error.
    Yes,
    /// No.
    No,
}

/// What is reported on, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// The model.
    pub gpt: Arc<Gpt>,
    /// Its tokens.
    pub tokenizer: Arc<Tokenizer>,
    /// What the model is called.
    pub model_name: String,
    /// What the file says of its training, in words, if it does.
    pub training: Option<String>,
    /// The prompt's token ids.
    pub ids: Vec<usize>,
    /// How the next token is drawn.
    pub sampling: SamplingSettings,
    /// How many tokens are drawn: with 2 or more the page has those after the first too.
    pub tokens: usize,
    /// A second prompt's token ids.
    pub compare: Option<Vec<usize>>,
    /// What is changed in the run.
    pub interventions: Interventions,
    /// Token ids of a text, for what is estimated (the fitted lens).
    pub corpus: Option<Vec<usize>>,
    /// Whether the weights go in.
    pub weights: Weights,
    /// How many bytes the file may have.
    pub max_size: usize,
    /// The page's title; the prompt, if there is none.
    pub title: Option<String>,
    /// The command that makes this report again.
    pub command: String,
    /// A picture's file name for the previews of links to the page, relative to it.
    pub card: Option<String>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The model refuses the tokens.
    #[error(transparent)]
    Gpt(#[from] GptError),
    /// The text does not go on.
    #[error(transparent)]
    Generation(#[from] GenerationError),
    /// The model cannot be changed so.
    #[error(transparent)]
    Intervention(#[from] InterventionError),
    /// There is nothing to analyse.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    /// No token can be drawn.
    #[error(transparent)]
    Sampling(#[from] SamplingError),
    /// The file would be too large whatever is left out.
    #[error("the report has {size} bytes and may have {most}: give it more with --max-size")]
    TooLarge {
        /// Its size.
        size: usize,
        /// What it may have.
        most: usize,
    },
    /// The weights do not fit.
    #[error(
        "with the weights the report has {size} bytes and may have {most}: leave out --weights yes, or give it more with --max-size"
    )]
    WeightsTooLarge {
        /// Its size.
        size: usize,
        /// What it may have.
        most: usize,
    },
    /// A file that cannot be written.
    #[error("{path}: {error}")]
    Write {
        /// The file or folder.
        path: std::path::PathBuf,
        /// What the system says.
        #[source]
        error: std::io::Error,
    },
    /// Data that cannot be written as JSON.
    #[error("the analysis cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl Request {
    /// A token as text, as the vocabulary has it.
    pub(crate) fn token(&self, id: usize) -> &str {
        self.tokenizer.token(id)
    }

    /// Draws the token that follows the run.
    pub(crate) fn draw(&self, run: &Run<'_>) -> Result<Draw, ReportError> {
        let logits = run.logits(run.tokens() - 1).to_vec();
        Ok(draw(&logits, &self.sampling, 0, self.tokenizer.special())?)
    }
}
