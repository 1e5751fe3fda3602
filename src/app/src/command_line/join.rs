//! `orrery join`: the parts of a film, recorded on many machines, become the film.

use std::path::PathBuf;

use clap::Args;
use color_eyre::Result;
use indicatif::ProgressStyle;
use orrery_film::OutputFile;
use orrery_film::join::Parts;

use super::Notes;
use super::output::check_file_name;
use super::record::{facts_file, write_facts};
use crate::film::FilmFacts;

/// Options of `orrery join`.
#[derive(Clone, Debug, Args)]
pub struct JoinArguments {
    /// All parts, in any order, as `orrery record --part` wrote them
    #[arg(required = true, value_name = "PART")]
    parts: Vec<PathBuf>,

    /// The film, a .mp4 file
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

/// Joins parts. Nothing is encoded again: the film is byte for byte what one machine would have written.
///
/// # Errors
/// A part that is missing, unfinished or of another film; a place where no file can be.
pub fn run(arguments: &JoinArguments, notes: Notes) -> Result<()> {
    check_file_name(&arguments.output)?;
    let parts = Parts::open(&arguments.parts)?;
    let facts: Option<FilmFacts> = parts
        .about()
        .and_then(|about| serde_json::from_value(about.clone()).ok());
    let output = OutputFile::create(&arguments.output, arguments.force)?;
    let bar = notes.bar(parts.frames()).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} frames, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let summary = parts.join(output, |done| bar.set_position(done))?;
    bar.finish_and_clear();
    if let Some(facts) = &facts {
        write_facts(facts, &facts_file(&arguments.output))?;
    }
    notes.say(format_args!(
        "wrote {} ({} frames, {:.1} MB)",
        arguments.output.display(),
        summary.frames,
        summary.bytes as f64 / 1e6
    ));
    Ok(())
}
