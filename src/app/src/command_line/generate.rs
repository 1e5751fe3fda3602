//! `orrery generate`: text on standard output.

use clap::Args;
use color_eyre::Result;
use orrery_model::generation::window;
use orrery_model::{Generation, TextStream};

use super::intervention_arguments::InterventionArguments;
use super::model_arguments::ModelArguments;
use super::notes::Notes;
use super::output::print;
use super::prompt_arguments::PromptArguments;
use super::sampling_arguments::SamplingArguments;

/// What `orrery generate` takes.
#[derive(Clone, Debug, Args)]
pub struct GenerateArguments {
    #[command(flatten)]
    prompt: PromptArguments,

    /// How many tokens to generate
    #[arg(short = 'n', long, value_name = "N", default_value_t = 200)]
    tokens: usize,

    #[command(flatten)]
    interventions: InterventionArguments,

    #[command(flatten)]
    model: ModelArguments,

    #[command(flatten)]
    sampling: SamplingArguments,
}

/// Prints the prompt as the model reads it and each token as soon as it is drawn.
///
/// # Errors
/// A model or prompt that cannot be used, or standard output that cannot be written to.
pub fn run(arguments: &GenerateArguments, notes: Notes) -> Result<()> {
    let settings = arguments.sampling.settings()?;
    let model = arguments.model.load()?;
    let ids = arguments.prompt.token_ids(&model.tokenizer, notes)?;
    notes.say_how(&model);
    let interventions = arguments.interventions.interventions(&model, notes)?;
    if !interventions.is_empty() {
        // a change that cannot be made is told before anything is printed
        let seen = window(ids.len(), model.gpt.config().context_length);
        model.gpt.trace_with(&ids[seen], &interventions, None)?;
    }
    let mut stream = TextStream::new(&model.tokenizer);
    let prompt: String = ids.iter().map(|&id| stream.push(id)).collect();
    print(&prompt)?;
    let generation = Generation::new(&model.gpt, ids, settings, model.tokenizer.special())?
        .with_interventions(interventions);
    for step in generation.take(arguments.tokens) {
        print(&stream.push(step?.draw.token_id))?;
    }
    Ok(print(&(stream.finish() + "\n"))?)
}
