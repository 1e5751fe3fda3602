//! `orrery train`: from a text to a file of weights. Here live its options, its words and its files;
//! the training itself is the training crate's.

mod architecture;
mod gradient_check;
mod progress;
mod schedule_arguments;
mod session;

use std::num::NonZero;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use color_eyre::Result;
use color_eyre::eyre::ensure;
use indicatif::HumanCount;
use orrery_model::Tokenizer;
use orrery_training::{Corpus, Trainer, TrainingState};

use super::evaluate::all_threads;
use super::notes::Notes;
use super::output::check_file_name;
use super::text_file::read_text;
use architecture::ArchitectureArguments;
use schedule_arguments::ScheduleArguments;
use session::{Files, Session};

/// What `orrery train` takes.
#[derive(Clone, Debug, Args)]
pub struct TrainArguments {
    /// The text to learn from, a UTF-8 file
    #[arg(short, long, value_name = "FILE")]
    data: Option<PathBuf>,

    /// Where the weights go, a .npz file; what a stopped run needs to go on lies beside it (.state)
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
    fn corpus(&self, tokenizer: impl FnOnce(&str) -> Result<Tokenizer>) -> Result<Corpus> {
        let text = read_text(self.data.as_deref())?;
        let tokenizer = tokenizer(&text)?;
        Ok(Corpus::new(&text, tokenizer, self.val_fraction)?)
    }

    /// A new run, or `None` where only the gradient was to be checked.
    fn begin(&self, threads: usize) -> Result<Option<Trainer>> {
        let corpus = self.corpus(|text| match self.vocab {
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
    fn resume(&self, threads: usize, state: &Path) -> Result<Trainer> {
        let mut state = TrainingState::load(state)?;
        state.record.options.threads = threads;
        let tokenizer = state.record.tokenizer.clone();
        Ok(Trainer::resume(state, self.corpus(|_| Ok(tokenizer))?)?)
    }
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
        arguments.resume(threads, &files.state)?
    } else {
        if !arguments.check_grad {
            check_file_name(&files.model)?;
            ensure!(
                !files.state.exists(),
                "{} is what a stopped run needs to go on; add --resume to go on, or remove it to begin anew",
                files.state.display()
            );
        }
        match arguments.begin(threads)? {
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
    let data: PathBuf = arguments.data.clone().unwrap_or_default();
    Session::new(trainer, files, data, notes).run()
}
