//! The words that a film was asked for with, in one form: every option with its value, also those that were
//! left out and those that came from the environment. Typed again, they make the same film by any later
//! version that still has these options.

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory};
use color_eyre::Result;
use color_eyre::eyre::eyre;

use crate::command_line::CommandLine;

/// Options that do not change what is seen and heard.
const OF_ONE_RUN: [&str; 8] = [
    "output", "again", "force", "part", "poster", "threads", "steered", "quiet",
];

/// The options of this process, which is `orrery record …`.
///
/// # Errors
/// It is another command.
pub(super) fn of_this_process() -> Result<Vec<String>> {
    of(&CommandLine::command().get_matches())
}

/// The options in these matches of the whole command line.
///
/// # Errors
/// It is another command.
pub(super) fn of(matches: &ArgMatches) -> Result<Vec<String>> {
    let mut command = CommandLine::command();
    command.build();
    let found = matches
        .subcommand_matches("record")
        .zip(command.find_subcommand("record"));
    let (matches, command) = found.ok_or_else(|| eyre!("this is not `orrery record`"))?;
    let mut words = Vec::new();
    for option in command.get_arguments() {
        let (id, Some(name)) = (option.get_id().as_str(), option.get_long()) else {
            continue;
        };
        let given = matches.try_contains_id(id).is_ok_and(|given| given);
        if !given || OF_ONE_RUN.contains(&id) {
            continue;
        }
        if option.get_action().takes_values() {
            let values = matches.get_raw(id).into_iter().flatten();
            words.extend(values.map(|value| format!("--{name}={}", value.to_string_lossy())));
        } else if matches.value_source(id) == Some(ValueSource::CommandLine) {
            words.push(format!("--{name}"));
        }
    }
    Ok(words)
}

/// The words with this option, where they do not have it.
pub(super) fn with(words: &[String], name: &str, value: &str) -> Vec<String> {
    let option = format!("--{name}=");
    let mut words = words.to_vec();
    if !words.iter().any(|word| word.starts_with(&option)) {
        words.push(option + value);
    }
    words
}
