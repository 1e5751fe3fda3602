//! `--again`: the film that a description beside it tells of.

use std::path::{Path, PathBuf};

use clap::{CommandFactory, FromArgMatches};
use color_eyre::Result;
use color_eyre::eyre::{WrapErr, eyre};

use super::{RecordArguments, typed};
use crate::command_line::{Command, CommandLine, Notes};
use crate::film::FilmFacts;

/// Reads a description.
///
/// # Errors
/// It cannot be read, or is no description of a film.
pub(super) fn read(file: &Path) -> Result<FilmFacts> {
    let text = std::fs::read_to_string(file)
        .wrap_err_with(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).wrap_err_with(|| {
        format!(
            "{} does not describe a film: `orrery record` writes such a file beside each",
            file.display()
        )
    })
}

/// The options of that film, with the names, the part and the threads that were asked for now, and their
/// words.
///
/// # Errors
/// Options that this version does not have.
pub(super) fn arguments(
    now: &RecordArguments,
    file: &Path,
    before: &FilmFacts,
) -> Result<(RecordArguments, Vec<String>)> {
    let output = match &now.output {
        Some(output) => output.clone(),
        None => beside(file, before),
    };
    let mut words = vec![
        "orrery".into(),
        "record".into(),
        "--output".into(),
        output.into_os_string(),
    ];
    words.extend(before.arguments.iter().map(Into::into));
    let unknown = |error: clap::Error| {
        let words = error.to_string();
        let first = words
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        eyre!("{}: {first}", file.display())
    };
    let matches = CommandLine::command()
        .try_get_matches_from(words)
        .map_err(unknown)?;
    let command_line = CommandLine::from_arg_matches(&matches).map_err(unknown)?;
    let Some(Command::Record(mut arguments)) = command_line.command else {
        return Err(eyre!("{} does not describe a film", file.display()));
    };
    arguments.force = now.force;
    arguments.film.part = now.film.part;
    arguments.film.threads = now.film.threads;
    arguments.film.steered = now.film.steered;
    arguments.film.poster.clone_from(&now.film.poster);
    Ok((*arguments, typed::of(&matches)?))
}

/// The film that a description lies beside: `hello.json` beside `hello.mp4`, `hello.gif.json` beside `hello.gif`.
fn beside(file: &Path, before: &FilmFacts) -> PathBuf {
    let film = file.with_extension("");
    let folder = |word: &String| ["--format=png", "--format=jpg"].contains(&word.as_str());
    if film.extension().is_some() || before.arguments.iter().any(folder) {
        film
    } else {
        film.with_extension("mp4")
    }
}

/// Says why the frames may not be the same bit for bit.
pub(super) fn say_what_differs(before: &FilmFacts, now: &FilmFacts, notes: Notes) {
    if before.version != now.version {
        notes.say(format_args!(
            "that film was made by version {}, this is {}: it may look different",
            before.version, now.version
        ));
    }
    if before.drawn_by != now.drawn_by {
        notes.say(format_args!(
            "that film was drawn by {}, this one is by {}: pixels may differ by a trace",
            before.drawn_by, now.drawn_by
        ));
    }
}
