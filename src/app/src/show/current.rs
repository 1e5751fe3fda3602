//! What is being shown: the model, the prompt, the show made of them, and the stage that is on.

use std::{collections::BTreeSet, sync::Arc};

use bevy::prelude::*;
use orrery_model::{Gpt, Tokenizer, TokenizerError};
use orrery_pipeline::{
    Pacing, Pages, Palette, Pass, Segment, Show, ShowError, ShowOptions, StageKind,
};
use orrery_plugin_api::StageView;
use thiserror::Error;

use crate::sets::OrrerySystems;

use super::transport::Transport;

/// A model that can be shown.
#[derive(Clone, Debug)]
pub struct LoadedModel {
    /// The network.
    pub gpt: Arc<Gpt>,
    /// Its tokenizer.
    pub tokenizer: Arc<Tokenizer>,
    /// What it is called on screen.
    pub name: String,
}

impl LoadedModel {
    /// Its name where there is little room: a file's without folder and ending.
    pub fn short_name(&self) -> String {
        const MOST_CHARACTERS: usize = 14;
        let file = std::path::Path::new(&self.name).file_stem();
        let name = file.map_or(self.name.as_str().into(), |name| name.to_string_lossy());
        let name = name.trim_end_matches(" (shipped)");
        name.chars().take(MOST_CHARACTERS).collect()
    }
}

/// How a show is made of a prompt.
#[derive(Clone, Debug)]
pub struct ShowSettings {
    /// The model.
    pub model: LoadedModel,
    /// The prompt as typed.
    pub prompt: String,
    /// Whether unknown characters are dropped.
    pub lossy: bool,
    /// Sampling, number of tokens, what is opened.
    pub options: ShowOptions,
    /// How long everything takes.
    pub pacing: Pacing,
}

/// Why a prompt cannot be shown.
#[derive(Debug, Error)]
pub enum PromptError {
    /// A character the model does not know.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The model refuses.
    #[error(transparent)]
    Show(#[from] ShowError),
}

/// The show that is on.
#[derive(Resource, Clone, Debug)]
pub struct CurrentShow {
    /// Everything that can be asked of it.
    pub show: Arc<Show>,
    /// Of what it was made.
    pub settings: ShowSettings,
    /// Counts the shows of this session.
    pub revision: u64,
}

impl CurrentShow {
    /// Makes a show.
    ///
    /// # Errors
    /// An empty prompt, an unknown character, logits that are no numbers.
    pub fn new(settings: ShowSettings) -> Result<Self, PromptError> {
        let show = Self::make(&settings)?;
        Ok(Self {
            show: Arc::new(show),
            settings,
            revision: 0,
        })
    }

    fn make(settings: &ShowSettings) -> Result<Show, PromptError> {
        let tokenizer = &settings.model.tokenizer;
        let ids = if settings.lossy {
            tokenizer.encode_lossy(&settings.prompt).0
        } else {
            tokenizer.encode(&settings.prompt)?
        };
        Ok(Show::new(
            &settings.model.gpt,
            tokenizer,
            &ids,
            &settings.pacing,
            &settings.options,
        )?)
    }

    /// Replaces the show by one of another prompt or model, with its first pages; if it cannot be made the
    /// old one stays.
    ///
    /// # Errors
    /// As [`CurrentShow::new`].
    pub fn replace(&mut self, mut settings: ShowSettings) -> Result<(), PromptError> {
        settings.options.pages = Pages::default();
        self.replace_by(Self::new(settings)?);
        Ok(())
    }

    /// Replaces the show by one that has been made already.
    pub fn replace_by(&mut self, made: Self) {
        *self = Self {
            revision: self.revision + 1,
            ..made
        };
    }

    /// Lays the show out anew for other options or another timing; the model does not run again. Gives the
    /// time at which the same is happening as at `time` (seconds of the show) before.
    pub fn lay_out_anew(&mut self, options: ShowOptions, pacing: Pacing, time: f64) -> f64 {
        let show = self.show.laid_out_anew(&pacing, &options);
        let now = same_moment(&self.show, time, &show);
        self.show = Arc::new(show);
        self.settings.options = options;
        self.settings.pacing = pacing;
        self.revision += 1;
        now
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
}

/// The time in the new show at which the same is happening as at `time` in the old.
fn same_moment(old: &Show, time: f64, new: &Show) -> f64 {
    let Some((index, seconds)) = old.timeline().at(time) else {
        return 0.0;
    };
    let (Some(was), Some(is)) = (
        old.timeline().segments().get(index),
        new.timeline().segments().get(index),
    ) else {
        return time;
    };
    let share = f64::from(seconds) / f64::from(was.duration()).max(1e-6);
    is.start + share * f64::from(is.duration())
}

/// Where the show stands now.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct StageOn {
    /// The segment of the timeline that is on; none before the first frame.
    pub segment: Option<Segment>,
    /// Its index.
    pub index: usize,
    /// Seconds since it began.
    pub seconds: f32,
}

impl StageOn {
    /// The stage that is on.
    pub fn kind(&self) -> Option<StageKind> {
        self.segment.map(|segment| segment.kind)
    }

    /// The pass that is shown.
    pub fn pass<'a>(&self, show: &'a CurrentShow) -> Option<&'a Arc<Pass>> {
        show.show.passes().get(self.segment?.pass)
    }
}

/// A run condition: this stage is on.
pub fn stage_is(kind: StageKind) -> impl Fn(Res<StageOn>) -> bool + Clone {
    move |on: Res<StageOn>| on.kind() == Some(kind)
}

/// The palette in use.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PaletteInUse(pub Palette);

/// Finds the stage for the clock.
pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<StageOn>()
        .init_resource::<Transport>()
        .init_resource::<PaletteInUse>()
        .add_systems(Update, find_stage.in_set(OrrerySystems::Program));
}

fn find_stage(
    show: Option<Res<CurrentShow>>,
    transport: Res<Transport>,
    palette: Res<PaletteInUse>,
    mut on: ResMut<StageOn>,
    mut view: ResMut<StageView>,
    mut shown: Local<Option<(u64, usize)>>,
) {
    let Some(show) = show else {
        return;
    };
    let Some((index, seconds)) = show.show.timeline().at(transport.time) else {
        return;
    };
    let now = StageOn {
        segment: show.show.timeline().segments().get(index).copied(),
        index,
        seconds,
    };
    on.set_if_neq(now);
    let place = (show.revision, index);
    if *shown != Some(place) {
        *shown = Some(place);
        view.scene = show.show.scene(index).cloned();
        view.revision += 1;
    }
    if view.seconds != seconds || view.palette != palette.0 {
        view.seconds = seconds;
        view.palette = palette.0;
    }
}
