//! `orrery train`: from a text to a file of weights. Here live its options, its words and its files;
//! the training itself is the training crate's.

mod architecture;
mod gradient_check;
mod progress;
mod schedule_arguments;
mod session;
mod watched;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};
use color_eyre::Result;
use color_eyre::eyre::{WrapErr, ensure};
use indicatif::HumanCount;
use orrery_model::Tokenizer;
use orrery_training::{Corpus, Trainer, TrainingState};

use super::evaluate::all_threads;
use super::notes::Notes;
use super::output::check_file_name;
use super::text_file::TextArguments;
use architecture::ArchitectureArguments;
use schedule_arguments::ScheduleArguments;
use session::{Files, Session};

/// What `orrery train` takes.
#[derive(Clone, Debug, Args)]
pub struct TrainArguments {
    #[command(flatten)]
    data: TextArguments,

    /// Where the weights go, a .npz file; beside it lie the loss curve (.svg) and what a stopped run
    /// needs to go on (.state)
    #[arg(short, long, value_name = "FILE", default_value = "trained.npz")]
    output: PathBuf,

    /// Go on with the run that was stopped; text and share held out must be the same
    #[arg(
        long,
        conflicts_with_all = ["ArchitectureArguments", "Architecture", "ScheduleArguments", "vocab", "check_grad"]
    )]
    resume: bool,

    /// The share of the text, at its end, that is held out to test on
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    val_fraction: f64,

    /// The characters that the model knows
    #[arg(long, value_name = "WHICH", default_value = "charlm")]
    vocab: VocabularyChoice,

    /// Threads to compute with; the weights do not depend on it [default: all]
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<usize>>,

    /// Open a window on the training: the weights change as it learns, with the loss curve and what it
    /// writes
    #[arg(long, conflicts_with = "check_grad")]
    watch: bool,

    /// Compare the gradient with differences of the loss, tensor by tensor, and train nothing
    #[arg(long)]
    check_grad: bool,

    #[command(flatten)]
    architecture: ArchitectureArguments,

    #[command(flatten)]
    schedule: ScheduleArguments,
}

/// Where a vocabulary comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum VocabularyChoice {
    /// Space ! ' . ? and a to z; other characters are dropped
    Charlm,
    /// Every character of the text
    Corpus,
}

impl TrainArguments {
    fn corpus(
        &self,
        notes: Notes,
        tokenizer: impl FnOnce(&str) -> Result<Tokenizer>,
    ) -> Result<Corpus> {
        let text = self.data.read()?;
        let tokenizer = tokenizer(&text)?;
        let corpus = Corpus::new(&text, tokenizer, self.val_fraction)?;
        let characters = text.chars().count();
        // what is left of such a text is no text
        ensure!(
            2 * corpus.dropped() <= characters,
            "{}: the vocabulary lacks {} of its {} characters; learn the text's own characters with --vocab \
             corpus",
            self.data.name(),
            HumanCount(corpus.dropped() as u64),
            HumanCount(characters as u64)
        );
        for surprise in self.data.surprises(&text) {
            notes.say(surprise);
        }
        Ok(corpus)
    }

    /// A new run, or `None` where only the gradient was to be checked.
    fn begin(&self, threads: usize, notes: Notes) -> Result<Option<Trainer>> {
        let corpus = self.corpus(notes, |text| match self.vocab {
            VocabularyChoice::Charlm => Ok(Tokenizer::charlm()),
            VocabularyChoice::Corpus => Ok(Corpus::vocabulary_of(text)?),
        })?;
        let config = self.architecture.config(corpus.tokenizer().vocab_size())?;
        let options = self.schedule.options(threads);
        if self.check_grad {
            gradient_check::run(&config, &corpus, options.seed)?;
            return Ok(None);
        }
        Ok(Some(Trainer::new(&config, corpus, options)?))
    }

    /// The run that was stopped.
    fn resume(&self, threads: usize, state: &Path, notes: Notes) -> Result<Trainer> {
        let mut state = TrainingState::load(state)?;
        state.record.options.threads = threads;
        let tokenizer = state.record.tokenizer.clone();
        Ok(Trainer::resume(
            state,
            self.corpus(notes, |_| Ok(tokenizer))?,
        )?)
    }
}

/// Set when Ctrl-C is pressed.
///
/// # Errors
/// The system lets nobody listen.
fn stop_on_ctrl_c() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed))
        .wrap_err("cannot listen for Ctrl-C")?;
    Ok(stop)
}

/// Trains a model, or goes on training one, and writes its weights.
///
/// # Errors
/// A text, option or file that cannot be used; a gradient that is wrong; numbers that ran away; a
/// stop by Ctrl-C, which says how to go on.
pub fn run(arguments: &TrainArguments, notes: Notes) -> Result<()> {
    let threads = arguments.threads.map_or_else(all_threads, NonZero::get);
    let files = Files::new(&arguments.output)?;
    let trainer = if arguments.resume {
        arguments.resume(threads, &files.state, notes)?
    } else {
        if !arguments.check_grad {
            check_file_name(&files.model)?;
            ensure!(
                !files.state.exists(),
                "{} is what a stopped run needs to go on; add --resume to go on, or remove it to begin anew",
                files.state.display()
            );
        }
        match arguments.begin(threads, notes)? {
            Some(trainer) => trainer,
            None => return Ok(()),
        }
    };
    let corpus = trainer.corpus();
    notes.say(format_args!(
        "{} tokens to learn from, {} held out, {} characters dropped; {} weights, {} steps",
        HumanCount(corpus.training().len() as u64),
        HumanCount(corpus.validation().len() as u64),
        HumanCount(corpus.dropped() as u64),
        HumanCount(trainer.parameters().values().len() as u64),
        HumanCount(trainer.total_steps())
    ));
    let stop = stop_on_ctrl_c()?;
    let session = Session::new(trainer, files, arguments.data.clone(), notes, stop);
    match arguments.watch {
        true => watched::run(session, notes),
        false => session.run(),
    }
}
