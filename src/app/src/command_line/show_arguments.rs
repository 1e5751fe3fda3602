//! What is shown and how it is drawn: shared by the window, stills, contact sheets and the bench.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use color_eyre::Result;
use color_eyre::eyre::{WrapErr, ensure, eyre};
use orrery_pipeline::{Detail, Pacing, PagedAxis, Pages, Palette, ShowOptions};

use super::intervention_arguments::InterventionArguments;
use super::visualization_arguments::{VisualizationArguments, check_blocks};
use super::{ModelArguments, Notes, PromptArguments, SamplingArguments};
use crate::render::{PictureSize, QualityChoice, SamplesPerPixel};
use crate::show::current::MOST_GENERATED_TOKENS;
use crate::show::{CurrentShow, NamedModel, PictureSettings, ShowSettings};

/// How the tokens after the first are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DetailChoice {
    /// Every stage of every token
    Full,
    /// Later tokens faster, their blocks in summary
    Abbreviated,
}

/// What is shown.
#[derive(Clone, Debug, Args)]
pub struct ShowArguments {
    #[command(flatten)]
    prompt: PromptArguments,

    /// How many tokens are generated
    #[arg(short = 'n', long, value_name = "N", default_value_t = 8)]
    tokens: usize,

    #[command(flatten)]
    model: ModelArguments,

    /// How the tokens after the first are played
    #[arg(long, value_name = "HOW", value_enum, default_value = "abbreviated")]
    detail: DetailChoice,

    /// Blocks that are played in full, counted from 1 (`1,3`), or `all` or `none`; others are summarised
    #[arg(long, value_name = "LIST", default_value = "1")]
    blocks: String,

    /// How long everything takes: a table like `assets/pacing.ron` [default: the one that ships]
    #[arg(long, value_name = "FILE")]
    pacing: Option<PathBuf>,

    /// What is shown of an axis too long for a stage, pages counted from 1 (`logits=2`); may be repeated. Axes:
    /// table, logits, features, heads, hidden, tokens
    #[arg(long = "page", value_name = "AXIS=N", value_parser = page)]
    pages: Vec<(PagedAxis, usize)>,

    /// After every block that is played in full: the logit lens, what the model would say if it ended there
    #[arg(long)]
    lens: bool,

    #[command(flatten)]
    sampling: SamplingArguments,

    #[command(flatten)]
    visualizations: VisualizationArguments,
}

impl ShowArguments {
    /// Loads the model and lays out the show.
    ///
    /// # Errors
    /// Whatever is wrong with the model, the prompt or the settings.
    pub fn show(&self, notes: Notes) -> Result<CurrentShow> {
        self.changed_show(&InterventionArguments::default(), notes)
    }

    /// The same of a changed run.
    ///
    /// # Errors
    /// As [`ShowArguments::show`], and changes that the model or the text does not have.
    pub fn changed_show(
        &self,
        changes: &InterventionArguments,
        notes: Notes,
    ) -> Result<CurrentShow> {
        ensure!(
            (1..=MOST_GENERATED_TOKENS).contains(&self.tokens),
            "--tokens is {}; a show has 1 to {MOST_GENERATED_TOKENS}",
            self.tokens
        );
        let sampling = self.sampling.settings()?;
        let visualizations = self.visualizations.chosen()?;
        let model = self.model.load()?;
        // says what is wrong with the prompt, or what is dropped
        self.prompt.token_ids(&model.tokenizer, notes)?;
        notes.say_how(&model);
        let interventions = changes.interventions(&model, notes)?;
        let model = NamedModel::new(model, self.model.name()).with_options(self.model.options());
        let n_blocks = model.gpt.config().n_blocks;
        check_blocks(&visualizations, n_blocks)?;
        let options = ShowOptions {
            tokens: self.tokens,
            sampling,
            opened: blocks(&self.blocks, n_blocks)?,
            later_tokens: match self.detail {
                DetailChoice::Full => Detail::Full,
                DetailChoice::Abbreviated => Detail::Abbreviated,
            },
            lens: self.lens,
            pages: self
                .pages
                .iter()
                .fold(Pages::default(), |pages, &(axis, page)| {
                    pages.with(axis, page)
                }),
        };
        let settings = ShowSettings {
            prompt: self.prompt.text(&model.tokenizer),
            model,
            lossy: self.prompt.lossy,
            options,
            pacing: self.pacing()?,
        };
        let show = CurrentShow::changed(settings, &interventions)?;
        Ok(CurrentShow {
            visualizations,
            ..show
        })
    }
}

impl ShowArguments {
    /// What names the model, on the command line or in the environment; none where it is the default.
    pub fn named_model(&self) -> Option<PathBuf> {
        self.model.named()
    }

    /// The pacing table that a window watches: the one that was named, else the one that lies where the
    /// program was started from the project's folder.
    pub fn pacing_file(&self) -> Option<PathBuf> {
        let usual = PathBuf::from("assets/pacing.ron");
        self.pacing
            .clone()
            .or_else(|| usual.is_file().then_some(usual))
    }

    fn pacing(&self) -> Result<Pacing> {
        let Some(file) = &self.pacing else {
            return Ok(Pacing::shipped()?);
        };
        let text = std::fs::read_to_string(file)
            .wrap_err_with(|| format!("cannot read the pacing table {}", file.display()))?;
        Pacing::parse(&text).wrap_err_with(|| file.display().to_string())
    }
}

/// Reads `1,3`, `all` or `none` as a set of blocks counted from 0.
fn blocks(list: &str, n_blocks: usize) -> Result<BTreeSet<usize>> {
    match list.trim() {
        "all" => Ok((0..n_blocks).collect()),
        "none" => Ok(BTreeSet::new()),
        list => list
            .split(',')
            .map(|part| {
                part.trim()
                    .parse()
                    .ok()
                    .filter(|block| (1..=n_blocks).contains(block))
                    .map(|block: usize| block - 1)
                    .ok_or_else(|| {
                        eyre!(
                            "--blocks: '{part}' is no block of this model; it has blocks 1 to {n_blocks}, \
                             and there are `all` and `none`"
                        )
                    })
            })
            .collect(),
    }
}

/// Reads `logits=2` as a page counted from 0.
fn page(text: &str) -> Result<(PagedAxis, usize), String> {
    let (name, page) = text.split_once('=').unwrap_or((text, ""));
    let axis = PagedAxis::ALL.into_iter().find(|axis| axis.name() == name);
    let page = page
        .parse()
        .ok()
        .and_then(|page: usize| page.checked_sub(1));
    axis.zip(page).ok_or_else(|| {
        let names = PagedAxis::ALL.map(PagedAxis::name).join(", ");
        format!("write AXIS=N, as in logits=2; the axes are {names}, pages count from 1")
    })
}

/// How it is drawn.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Picture")]
pub struct PictureArguments {
    /// Width in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 1280)]
    width: u32,

    /// Height in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 720)]
    height: u32,

    /// Effects: by the graphics adapter, all of them, or few for a software rasterizer
    #[arg(long, value_name = "PRESET", value_enum, default_value = "auto")]
    quality: QualityChoice,

    /// Samples per pixel instead of the preset's: 1, 2, 4 or 8
    #[arg(long, value_name = "N", value_parser = PossibleValuesParser::new(["1", "2", "4", "8"])
        .map(|n| n.parse::<u32>().unwrap_or(1)))]
    samples: Option<u32>,

    /// Colours
    #[arg(
        long,
        value_name = "NAME",
        default_value = Palette::Ember.name(),
        value_parser = PossibleValuesParser::new(Palette::ALL.map(Palette::name))
            .map(|name| Palette::ALL.into_iter().find(|p| p.name() == name).unwrap_or_default()),
    )]
    palette: Palette,

    /// Cards with short facts about the model, at the moments at which they help
    #[arg(long, value_name = "SHOWN", value_enum, default_value = "on")]
    cards: Shown,
}

/// Whether something is in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shown {
    /// It is
    On,
    /// It is not
    Off,
}

impl PictureArguments {
    /// As the renderer wants it.
    pub fn settings(&self) -> PictureSettings {
        PictureSettings {
            size: PictureSize {
                width: self.width,
                height: self.height,
            },
            scale: 1.0,
            quality: self.quality,
            samples: SamplesPerPixel(self.samples),
            palette: self.palette,
            cards: self.cards == Shown::On,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_from_one_and_checked() {
        assert_eq!(page("logits=2"), Ok((PagedAxis::Logits, 1)));
        for wrong in ["logits", "logits=0", "logits=x", "rows=2", ""] {
            assert!(page(wrong).unwrap_err().contains("tokens"), "{wrong}");
        }
    }

    #[test]
    fn blocks_are_counted_from_one_and_checked() {
        assert_eq!(blocks("1, 3", 4).unwrap(), BTreeSet::from([0, 2]));
        assert_eq!(blocks("all", 2).unwrap(), BTreeSet::from([0, 1]));
        assert!(blocks("none", 2).unwrap().is_empty());
        for wrong in ["0", "5", "x", "", "1-2"] {
            let message = blocks(wrong, 4).unwrap_err().to_string();
            assert!(message.contains("1 to 4"), "{message}");
        }
    }
}
