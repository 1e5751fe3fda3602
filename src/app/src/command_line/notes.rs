//! Words for the user that are not a command's result: they go to standard error.

use std::fmt::Display;
use std::io::{self, Write};

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

    /// Whether nothing is to be said.
    pub fn is_quiet(self) -> bool {
        self.quiet
    }

    /// Says one line.
    pub fn say(self, line: impl Display) {
        if !self.quiet {
            // nobody is left to hear that standard error is closed
            let _ = writeln!(io::stderr(), "{line}");
        }
    }
}
