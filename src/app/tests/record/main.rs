//! Films as their user makes them: recorded, decoded, stopped, cut in parts and made again. Small ones, drawn by
//! whatever draws here.

#![allow(clippy::unwrap_used)]

#[path = "../../../film/tests/film/decoded.rs"]
mod decoded;
mod films;
mod players;
mod refusals;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder in which films are recorded.
struct Studio(TempDir);

/// What is filmed: two seconds of the shipped model's show, small.
const SMALL: [&str; 10] = [
    "--text",
    "hello",
    "--tokens",
    "1",
    "--width",
    "192",
    "--height",
    "108",
    "--quality",
    "software",
];

impl Studio {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    fn names(&self) -> Vec<String> {
        decoded::names(self.0.path())
    }

    fn orrery(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_orrery"));
        for name in ["RUST_LIB_BACKTRACE", "MODEL", "PROBE_SENTENCE"] {
            command.env_remove(name);
        }
        command.current_dir(self.0.path()).args(arguments);
        command
    }

    /// `orrery record` with the small film's options and more.
    fn record(&self, more: &[&str]) -> Command {
        let mut command = self.orrery(&["record"]);
        command.args(SMALL).args(more);
        command
    }

    /// Records and must succeed.
    fn recorded(&self, more: &[&str]) {
        succeed(self.record(more));
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }
}

fn succeed(mut command: Command) -> Output {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    output
}

/// The one line that a command says where it fails.
fn refusal(mut command: Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    said
}

fn film(path: &Path) -> orrery_film::mp4::Mp4Film {
    orrery_film::mp4::Mp4Film::open(path).unwrap()
}
