//! `orrery words`: what tables and vectors of a model say in words, as text, JSON, SVG or PNG.

mod directions;
mod positions;
mod projections;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use color_eyre::Result;
use color_eyre::eyre::ensure;
use orrery_model::checkpoint::write_atomically;
use orrery_report::drawing::Drawing;
use serde::Serialize;

use super::output::{check_file_name, print, print_json};
use super::{Notes, drawing_picture, picture_file};

/// What `orrery words` takes.
#[derive(Clone, Debug, Args)]
pub struct WordsArguments {
    #[command(subcommand)]
    what: What,
}

/// What is put in words.
#[derive(Clone, Debug, Subcommand)]
enum What {
    /// Tokens along the dimensions of the embedding, or along any direction
    Tokens(directions::TokensArguments),
    /// The positions: how alike they are and where they lie
    Positions(positions::PositionsArguments),
    /// What a head's queries, keys and values of a prompt are made of
    Qkv(projections::ProjectionsArguments),
}

/// Where the words go.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
struct OutputArguments {
    /// Print JSON, with all numbers
    #[arg(long)]
    json: bool,

    /// Draw them too, as an .svg file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    /// Draw them too, as a .png file
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
}

impl OutputArguments {
    /// Checks the files' names before the work begins.
    fn check(&self) -> Result<()> {
        if let Some(file) = &self.svg {
            let svg = file
                .extension()
                .is_some_and(|ending| ending.eq_ignore_ascii_case("svg"));
            ensure!(
                svg,
                "cannot write {}: let its name end in .svg",
                file.display()
            );
            check_file_name(file)?;
        }
        match &self.png {
            Some(file) => picture_file::check(file),
            None => Ok(()),
        }
    }

    /// Writes the drawings, then prints.
    fn write(
        &self,
        report: &impl Serialize,
        text: impl FnOnce() -> String,
        drawing: impl FnOnce() -> Drawing,
        notes: Notes,
    ) -> Result<()> {
        if self.svg.is_some() || self.png.is_some() {
            let drawing = drawing();
            if let Some(file) = &self.svg {
                write_atomically(file, |writer| writer.write_all(drawing.svg().as_bytes()))?;
                notes.say(format_args!("wrote {}", file.display()));
            }
            if let Some(file) = &self.png {
                picture_file::write(&drawing_picture::paint(&drawing), file)?;
                notes.say(format_args!("wrote {}", file.display()));
            }
        }
        match self.json {
            true => Ok(print_json(report)?),
            false => Ok(print(&text())?),
        }
    }
}

/// Puts it in words.
///
/// # Errors
/// A model or prompt that cannot be used, a token or part that is not there, a file that cannot be written.
pub fn run(arguments: &WordsArguments, notes: Notes) -> Result<()> {
    match &arguments.what {
        What::Tokens(arguments) => directions::run(arguments, notes),
        What::Positions(arguments) => positions::run(arguments, notes),
        What::Qkv(arguments) => projections::run(arguments, notes),
    }
}
