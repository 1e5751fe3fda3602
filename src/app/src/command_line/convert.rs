//! `orrery convert`: a model's weights in another format.

use std::path::{Path, PathBuf};

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::bail;
use orrery_model::checkpoint::{
    CheckpointError, FileProblem, TOKENIZER_FILES, save, save_safetensors,
};

use super::model_arguments::{FileArguments, ModelArguments};
use super::notes::Notes;
use super::output::check_file_name;

/// What `orrery convert` takes.
#[derive(Clone, Debug, Args)]
pub struct ConvertArguments {
    /// The file to read: .npz, a nanoGPT checkpoint .pt, or .safetensors with its config.json
    #[arg(value_name = "FROM")]
    from: PathBuf,

    /// The file to write: .npz, or .safetensors, which gets a config.json and a tokenizer.json beside it
    #[arg(value_name = "TO")]
    to: PathBuf,

    #[command(flatten)]
    file: FileArguments,
}

/// Reads a model and writes it in the format that the new name ends in, in single precision.
///
/// # Errors
/// A model that cannot be read, or that the other format cannot hold; a file that cannot be written.
pub fn run(arguments: &ConvertArguments, notes: Notes) -> Result<()> {
    let to = &arguments.to;
    check_file_name(to)?;
    let source = ModelArguments {
        model: Some(arguments.from.clone()),
        file: arguments.file.clone(),
    };
    let ending = to.extension().and_then(|ending| ending.to_str());
    let told = match ending {
        Some("npz") => {
            // why a vocabulary is needed at all is said only where that is what is missing
            let model = source.load().map_err(|error| match source.open() {
                Ok(_) => error.wrap_err("a .npz keeps the vocabulary"),
                Err(_) => error,
            })?;
            save(to, &model.gpt, &model.tokenizer, model.training.as_ref())?;
            model.read_as
        }
        Some("safetensors") => {
            for name in ["config.json"].iter().chain(&TOKENIZER_FILES) {
                check_free(&arguments.from, &to.with_file_name(name))?;
            }
            let model = source.open()?;
            let (tokenizer, training) = (model.tokenizer.as_ref(), model.training.as_ref());
            save_safetensors(to, &model.gpt, tokenizer, training)?;
            model.read_as
        }
        _ => bail!(
            "{}: its name must end in .npz or .safetensors, which are the formats that are written",
            to.display()
        ),
    };
    for line in told {
        notes.say(line);
    }
    notes.say(format_args!("{}: written", to.display()));
    Ok(())
}

/// A file that is there already belongs to another model and is not replaced.
fn check_free(from: &Path, file: &Path) -> Result<(), CheckpointError> {
    if file.exists() {
        let reason = format!(
            "it is there already, and a .safetensors of {} needs one of its own; choose another folder",
            from.display()
        );
        return Err(FileProblem::Model(reason).of(file));
    }
    Ok(())
}
