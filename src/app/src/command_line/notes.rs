//! Words for the user that are not a command's result: they go to standard error.

use std::fmt::Display;
use std::io::{self, Write};

use indicatif::ProgressBar;
use orrery_model::LoadedModel;

/// Says things on standard error, or nothing with `--quiet`.
#[derive(Clone, Copy, Debug)]
pub struct Notes {
    quiet: bool,
}

impl Notes {
    /// Notes that are silent when `quiet`.
    pub fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// A bar for long work: seen on a terminal only, and not with `--quiet`.
    pub fn bar(self, steps: u64) -> ProgressBar {
        if self.quiet {
            ProgressBar::hidden()
        } else {
            // draws to standard error, and nothing where that is no terminal
            ProgressBar::new(steps)
        }
    }

    /// Says how a model's file was read, where that is not plain.
    pub fn say_how(self, model: &LoadedModel) {
        for line in &model.read_as {
            self.say(line);
        }
    }

    /// Says one line.
    pub fn say(self, line: impl Display) {
        if !self.quiet {
            // nobody is left to hear that standard error is closed
            let _ = writeln!(io::stderr(), "{line}");
        }
    }
}
