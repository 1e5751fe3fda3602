//! How an error is told: one line, all causes in it.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use color_eyre::config::{HookBuilder, Theme};
use color_eyre::{Report, Result};

use super::output::OutputError;

/// Ctrl-C: what was done so far is safe. The text says how to go on.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Stopped(pub String);

/// The exit code of a command that Ctrl-C stopped, as shells have it.
const STOPPED: u8 = 130;

/// Lets errors remember where they came from, in colours where somebody sees them.
///
/// # Errors
/// If it has been done before.
pub fn install() -> Result<()> {
    let theme = if io::stderr().is_terminal() {
        Theme::dark()
    } else {
        Theme::new()
    };
    HookBuilder::default().theme(theme).install()
}

/// The error and its causes, each once, with colons between.
pub fn line(report: &Report) -> String {
    let mut line = String::new();
    for cause in report.chain() {
        // one line, whatever a library writes
        let cause = cause.to_string();
        let cause = cause.split_whitespace().collect::<Vec<_>>().join(" ");
        // many errors already end in their cause's words
        if line.ends_with(&cause) {
            continue;
        }
        if !line.is_empty() {
            line.push_str(": ");
        }
        line.push_str(&cause);
    }
    line
}

/// Tells the user what went wrong, unless it is only that nobody reads on, and gives the exit code.
pub fn exit_code(result: Result<(), Report>) -> ExitCode {
    let Err(report) = result else {
        return ExitCode::SUCCESS;
    };
    if let Some(OutputError::Closed) = report.downcast_ref() {
        return ExitCode::SUCCESS;
    }
    if let Some(stopped) = report.downcast_ref::<Stopped>() {
        let _ = writeln!(io::stderr(), "{stopped}");
        return ExitCode::from(STOPPED);
    }
    let mut text = format!("error: {}\n", line(&report));
    // RUST_BACKTRACE is for panics: many have it set for other programs, and ours has said what is wrong
    if std::env::var_os("RUST_LIB_BACKTRACE").is_some_and(|value| value != "0") {
        text.push_str(&format!("{report:?}\n"));
    }
    // where standard error is closed too, the exit code says it
    let _ = io::stderr().write_all(text.as_bytes());
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use color_eyre::eyre::{WrapErr, eyre};

    use super::*;

    #[test]
    fn causes_are_joined_and_said_once() {
        let inner = || Err::<(), _>(eyre!("no\n  such file"));
        let report = inner().wrap_err("cannot read x").unwrap_err();
        assert_eq!(line(&report), "cannot read x: no such file");
        let report = inner().wrap_err("cannot read x: no such file").unwrap_err();
        assert_eq!(line(&report), "cannot read x: no such file");
    }
}
