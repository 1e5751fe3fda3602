//! What is being shown: the model, the prompt and the show made of them.

use std::{collections::BTreeSet, ops::ControlFlow, path::Path, sync::Arc};

use bevy::prelude::*;
use orrery_model::{Gpt, Interventions, LoadedModel, Tokenizer, TokenizerError};
use orrery_pipeline::{Pacing, Palette, Show, ShowError, ShowOptions};
use thiserror::Error;

use super::machines::Machines;
use crate::{background::Died, looks::Chosen, model_file::fitting_prompt};

/// No show has more tokens: every pass is kept with all its numbers.
pub const MOST_GENERATED_TOKENS: usize = 256;

/// A model that can be shown, and what it is called.
#[derive(Clone, Debug)]
pub struct NamedModel {
    /// The network.
    pub gpt: Arc<Gpt>,
    /// Its tokenizer.
    pub tokenizer: Arc<Tokenizer>,
    /// What it is called on screen.
    pub name: String,
    /// What was said about its file when it was opened, as options of a command (`--heads=4`): who opens it again must
    /// say the same.
    pub options: Vec<String>,
}

impl NamedModel {
    /// Gives a loaded model its name.
    pub fn new(model: LoadedModel, name: String) -> Self {
        Self {
            gpt: Arc::new(model.gpt),
            tokenizer: Arc::new(model.tokenizer),
            name,
            options: Vec::new(),
        }
    }

    /// The same, of whose file this was said.
    #[must_use]
    pub fn with_options(self, options: Vec<String>) -> Self {
        Self { options, ..self }
    }

    /// Its name where there is little room: a file's without folder and ending.
    pub fn short_name(&self) -> String {
        const MOST_CHARACTERS: usize = 14;
        let file = Path::new(&self.name).file_stem();
        let name = file.map_or(self.name.as_str().into(), |name| name.to_string_lossy());
        let name = name.trim_end_matches(" (shipped)");
        name.chars().take(MOST_CHARACTERS).collect()
    }
}

/// How a show is made of a prompt.
#[derive(Clone, Debug)]
pub struct ShowSettings {
    /// The model.
    pub model: NamedModel,
    /// The prompt as typed.
    pub prompt: String,
    /// Whether unknown characters are dropped.
    pub lossy: bool,
    /// Sampling, number of tokens, what is opened.
    pub options: ShowOptions,
    /// How long everything takes.
    pub pacing: Pacing,
}

impl ShowSettings {
    /// Takes another model. What of the prompt that model does not know is left out.
    pub fn set_model(&mut self, model: NamedModel) {
        self.prompt = fitting_prompt(&model.tokenizer, &self.prompt);
        self.lossy = false;
        self.model = model;
        self.forget_other_blocks();
    }

    /// The prompt's token ids.
    fn token_ids(&self) -> Result<Vec<usize>, TokenizerError> {
        let tokenizer = &self.model.tokenizer;
        match self.lossy {
            true => Ok(tokenizer.encode_lossy(&self.prompt).0),
            false => tokenizer.encode(&self.prompt),
        }
    }

    /// Opens the same blocks as another show, with the same timing: what a user may change while this one
    /// is being made.
    pub fn lay_out_like(&mut self, other: &Self) {
        self.options.opened.clone_from(&other.options.opened);
        self.options.later_tokens = other.options.later_tokens;
        self.options.lens = other.options.lens;
        self.pacing.clone_from(&other.pacing);
        self.forget_other_blocks();
    }

    /// Whether the same passes are laid out in the same way with other settings.
    pub fn is_laid_out_like(&self, other: &Self) -> bool {
        let layout = |of: &Self| {
            let options = &of.options;
            (options.later_tokens, options.pages, options.lens)
        };
        layout(self) == layout(other)
            && self.options.opened == other.options.opened
            && self.pacing == other.pacing
    }

    /// What is opened of another model may not be there in this one.
    fn forget_other_blocks(&mut self) {
        let n_blocks = self.model.gpt.config().n_blocks;
        self.options.opened.retain(|&block| block < n_blocks);
    }
}

/// Why a prompt cannot be shown.
#[derive(Debug, Error)]
pub enum PromptError {
    /// A character or word the model does not know.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The model refuses.
    #[error(transparent)]
    Show(#[from] ShowError),
    /// The thread that made the show ended without one.
    #[error(transparent)]
    Died(#[from] Died),
}

/// The show that is on.
#[derive(Resource, Clone, Debug)]
pub struct CurrentShow {
    /// Everything that can be asked of it.
    pub show: Arc<Show>,
    /// Of what it was made.
    pub settings: ShowSettings,
    /// The whole model in its passes, as pictures.
    pub machines: Machines,
    /// Counts the shows of this session.
    pub revision: u64,
    /// Which visualizations show it when it begins the session.
    pub visualizations: Chosen,
}

impl CurrentShow {
    /// Makes a show.
    ///
    /// # Errors
    /// An empty prompt, an unknown character, logits that are no numbers.
    pub fn new(settings: ShowSettings) -> Result<Self, PromptError> {
        Self::watched(settings, &mut |_| ControlFlow::Continue(()))
    }

    /// Makes a show of a changed run.
    ///
    /// # Errors
    /// As [`CurrentShow::new`], and changes that this model or this text does not have.
    pub fn changed(
        settings: ShowSettings,
        interventions: &Interventions,
    ) -> Result<Self, PromptError> {
        let ids = settings.token_ids()?;
        let NamedModel { gpt, tokenizer, .. } = &settings.model;
        let (pacing, options) = (&settings.pacing, &settings.options);
        let show = Show::changed(gpt, tokenizer, &ids, pacing, options, interventions)?;
        Ok(Self {
            show: Arc::new(show),
            settings,
            machines: Machines::default(),
            revision: 0,
            visualizations: Chosen::default(),
        })
    }

    /// Makes a show. `watch` hears before each token how many there are, and may stop the making.
    ///
    /// # Errors
    /// As [`CurrentShow::new`], and [`ShowError::Stopped`].
    pub fn watched(
        settings: ShowSettings,
        watch: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Self, PromptError> {
        let ids = settings.token_ids()?;
        let NamedModel { gpt, tokenizer, .. } = &settings.model;
        let (pacing, options) = (&settings.pacing, &settings.options);
        Ok(Self {
            show: Arc::new(Show::watched(gpt, tokenizer, &ids, pacing, options, watch)?),
            settings,
            machines: Machines::default(),
            revision: 0,
            visualizations: Chosen::default(),
        })
    }

    /// The same passes laid out for these settings; the model does not run again. Model, prompt, sampling
    /// and number of tokens must be those of this show.
    pub fn laid_out_anew(&self, settings: ShowSettings) -> Self {
        let show = self.show.laid_out_anew(&settings.pacing, &settings.options);
        Self {
            show: Arc::new(show),
            settings,
            machines: self.machines.clone(),
            revision: self.revision,
            visualizations: self.visualizations.clone(),
        }
    }

    /// The letters of the text and, where it is of a usual size, of the vocabulary: with those of names and
    /// words all that the show writes.
    pub fn letters(&self) -> BTreeSet<char> {
        /// A vocabulary of word pieces has the letters of every script.
        const USUAL: usize = 2_048;
        let passes = self.show.passes().first();
        let vocabulary = passes.filter(|pass| pass.vocabulary.len() <= USUAL);
        let words = vocabulary.iter().flat_map(|pass| pass.vocabulary.iter());
        let text = self.show.final_text();
        words
            .flat_map(|word| word.chars())
            .chain(text.chars())
            .collect()
    }

    /// Seconds of the whole show.
    pub fn duration(&self) -> f64 {
        self.show.timeline().duration()
    }

    /// The time at which the same happens here as at `time` in the show before.
    pub fn same_moment(&self, before: &Self, time: f64) -> f64 {
        let Some((index, seconds)) = before.show.timeline().at(time) else {
            return 0.0;
        };
        let segment = |show: &Self| show.show.timeline().segments().get(index).copied();
        let (Some(was), Some(is)) = (segment(before), segment(self)) else {
            return time;
        };
        let share = f64::from(seconds) / f64::from(was.duration()).max(1e-6);
        is.start + share * f64::from(is.duration())
    }

    /// The time at which a block of a pass begins.
    pub fn begin_of_block(&self, pass: usize, block: usize) -> f64 {
        let mut segments = self.show.timeline().segments().iter();
        segments
            .find(|segment| (segment.pass, segment.block) == (pass, Some(block)))
            .map_or(0.0, |segment| segment.start)
    }
}

/// The palette in use.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PaletteInUse(pub Palette);
