//! `orrery trace`: every number of one pass, in a file.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use color_eyre::Result;
use color_eyre::eyre::{WrapErr, ensure};
use orrery_model::checkpoint::{TraceNames, save_trace_json, save_trace_npz};
use orrery_model::{FileFormat, InterventionError, LoadedModel, NormPlacement};

use super::intervention_arguments::InterventionArguments;
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

    /// What the tensors are called [default: for PyTorch checkpoints and .safetensors nanogpt, for .npz
    /// orrery]
    #[arg(long, value_name = "NAMES", value_enum)]
    names: Option<NamesChoice>,

    #[command(flatten)]
    interventions: InterventionArguments,

    #[command(flatten)]
    model: ModelArguments,
}

/// What a trace's tensors are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum NamesChoice {
    /// As everywhere in this program: embedded, block0.norm1, block0.attention
    Orrery,
    /// As in nanoGPT: x0, h0.ln_1, h0.att
    Nanogpt,
}

impl TraceArguments {
    /// The names for this model.
    fn names(&self, model: &LoadedModel) -> Result<TraceNames> {
        let pre = model.gpt.config().norm_placement == NormPlacement::Pre;
        let family = match model.format {
            FileFormat::PyTorch | FileFormat::Safetensors if pre => NamesChoice::Nanogpt,
            _ => NamesChoice::Orrery,
        };
        Ok(match self.names.unwrap_or(family) {
            NamesChoice::Orrery => TraceNames::Orrery,
            NamesChoice::Nanogpt => {
                ensure!(
                    pre,
                    "nanoGPT has no names for a model whose norms stand behind; leave out --names nanogpt"
                );
                TraceNames::NanoGpt
            }
        })
    }
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
    let names = arguments.names(&model)?;
    let interventions = arguments.interventions.interventions(&model, notes)?;
    let trace = match model.gpt.trace_with(&ids, &interventions, None) {
        Err(InterventionError::Gpt(error)) => {
            return Err(error).wrap_err("the prompt is too long for one pass; shorten it");
        }
        trace => trace?,
    };
    if arguments.json || ends_in(file, "json") {
        save_trace_json(file, &trace, names)?;
    } else {
        save_trace_npz(file, &trace, names)?;
    }
    notes.say_how(&model);
    notes.say(format_args!(
        "{}: {} tensors of a pass over {} tokens",
        file.display(),
        trace.layout().entries().len(),
        trace.tokens()
    ));
    Ok(())
}
