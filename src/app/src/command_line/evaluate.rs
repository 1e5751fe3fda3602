//! `orrery eval`: how well a model predicts a text.

use std::num::NonZero;
use std::thread;

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::ensure;
use indicatif::HumanCount;
use orrery_training::{Corpus, evaluate};
use serde::Serialize;

use super::model_arguments::ModelArguments;
use super::notes::Notes;
use super::output::{print, print_json};
use super::text_file::TextArguments;

/// What `orrery eval` takes.
#[derive(Clone, Debug, Args)]
pub struct EvaluateArguments {
    #[command(flatten)]
    model: ModelArguments,

    #[command(flatten)]
    data: TextArguments,

    /// The share of the text, at its end, that is scored; 1 scores all of it
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    val_fraction: f64,

    /// Threads to compute with [default: all]
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<usize>>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// As many threads as the machine runs at the same time.
pub fn all_threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Everything that is printed.
#[derive(Serialize)]
struct Report {
    model: String,
    data: String,
    val_fraction: f64,
    /// Tokens that were predicted: all of the part but its first
    tokens: usize,
    /// Characters of the whole text that the vocabulary lacks
    dropped_characters: usize,
    /// Nats per token
    loss: f64,
    perplexity: f64,
    accuracy: f64,
}

impl Report {
    fn text(&self) -> String {
        format!(
            "{} on the last {} % of {}: {} tokens, {} characters dropped\n\
             loss        {:.4} nats per token\n\
             perplexity  {:.3}\n\
             accuracy    {:.1} %\n",
            self.model,
            self.val_fraction * 100.0,
            self.data,
            HumanCount(self.tokens as u64),
            HumanCount(self.dropped_characters as u64),
            self.loss,
            self.perplexity,
            self.accuracy * 100.0
        )
    }
}

/// Scores the model on the last part of the text and prints the figures.
///
/// # Errors
/// A model or text that cannot be used, or a text that is too short.
pub fn run(arguments: &EvaluateArguments, notes: Notes) -> Result<()> {
    let text = arguments.data.read()?;
    let model = arguments.model.load()?;
    let whole = arguments.val_fraction == 1.0;
    let held_out = if whole { 0.0 } else { arguments.val_fraction };
    let corpus = Corpus::new(&text, model.tokenizer.clone(), held_out)?;
    let ids = if whole {
        corpus.training()
    } else {
        corpus.validation()
    };
    let data = arguments.data.name();
    ensure!(
        ids.len() >= 2,
        "{data}: {} tokens are too few to score, the least is 2; use more text or a larger --val-fraction",
        ids.len()
    );
    notes.say_how(&model);
    let threads = arguments.threads.map_or_else(all_threads, NonZero::get);
    let gpt = &model.gpt;
    let score = evaluate(gpt.config(), gpt.parameters().values(), ids, threads)?;
    let report = Report {
        model: arguments.model.name(),
        data,
        val_fraction: arguments.val_fraction,
        tokens: score.tokens,
        dropped_characters: corpus.dropped(),
        loss: score.mean_loss(),
        perplexity: score.mean_loss().exp(),
        accuracy: score.accuracy(),
    };
    if arguments.json {
        print_json(&report)?;
    } else {
        print(&report.text())?;
    }
    Ok(())
}
