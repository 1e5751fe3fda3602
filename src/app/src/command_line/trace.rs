//! `orrery trace`: every number of one pass, in a file.

use std::path::{Path, PathBuf};

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::{WrapErr, ensure};
use orrery_model::checkpoint::{save_trace_json, save_trace_npz};

use super::model_arguments::ModelArguments;
use super::notes::Notes;
use super::output::check_file_name;
use super::prompt_arguments::PromptArguments;

/// What `orrery trace` takes.
#[derive(Clone, Debug, Args)]
pub struct TraceArguments {
    #[command(flatten)]
    prompt: PromptArguments,

    /// The file to write: .npz, or .json to read it yourself
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Write JSON, whatever the file's name ends in
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    model: ModelArguments,
}

fn ends_in(file: &Path, ending: &str) -> bool {
    file.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

/// Runs the model once over the prompt and writes every tensor by its name.
///
/// # Errors
/// A model or prompt that cannot be used, a prompt longer than the context, or a file that cannot be
/// written.
pub fn run(arguments: &TraceArguments, notes: Notes) -> Result<()> {
    let file = &arguments.output;
    ensure!(
        !(arguments.json && ends_in(file, "npz")),
        "{}: --json writes JSON, but the name ends in .npz; name it .json or leave out --json",
        file.display()
    );
    check_file_name(file)?;
    let model = arguments.model.load()?;
    let ids = arguments.prompt.token_ids(&model.tokenizer, notes)?;
    let trace = model
        .gpt
        .trace(&ids)
        .wrap_err("the prompt is too long for one pass; shorten it")?;
    if arguments.json || ends_in(file, "json") {
        save_trace_json(file, &trace)?;
    } else {
        save_trace_npz(file, &trace)?;
    }
    notes.say(format_args!(
        "{}: {} tensors of a pass over {} tokens",
        file.display(),
        trace.layout().entries().len(),
        trace.tokens()
    ));
    Ok(())
}
