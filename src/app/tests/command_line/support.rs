//! Runs the program, in a folder of its own with a small model of random weights.

use std::path::PathBuf;

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;
use orrery_model::{Gpt, GptConfig, LoadedModel, Tokenizer, checkpoint};
use tempfile::TempDir;

#[path = "../../../model/tests/support/fixtures.rs"]
pub mod fixtures;
#[path = "../../../model/tests/support/npz.rs"]
pub mod npz;

/// The program with these arguments, and an environment that does not change what it prints.
pub fn orrery(arguments: &[&str]) -> Command {
    let mut command = cargo_bin_cmd!("orrery");
    for name in [
        "RUST_LIB_BACKTRACE",
        "MODEL",
        "NANOGPT_META_PATH",
        "PROBE_SENTENCE",
    ] {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

/// A folder of files that goes when the test ends.
pub struct Workplace {
    folder: TempDir,
}

/// The name of the model's file.
pub const MODEL: &str = "model.npz";

impl Workplace {
    /// A folder with a model of the default sizes.
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let gpt = Gpt::random(GptConfig::default(), 7).unwrap();
        let file = folder.path().join(MODEL);
        checkpoint::save(&file, &gpt, &Tokenizer::charlm(), None).unwrap();
        Self { folder }
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The names of all files in it, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The model.
    pub fn model(&self) -> LoadedModel {
        checkpoint::load(&self.path(MODEL)).unwrap()
    }

    /// The program, run in the folder.
    pub fn run(&self, arguments: &[&str]) -> Command {
        let mut command = orrery(arguments);
        command.current_dir(self.folder.path());
        command
    }

    /// What it prints where it succeeds.
    pub fn output(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).assert().success().get_output().clone();
        String::from_utf8(output.stdout).unwrap()
    }

    /// The one line that it says where it fails, with that exit code; it prints nothing then.
    pub fn refusal(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments).assert().code(code).get_output().clone();
        assert!(output.stdout.is_empty());
        let said = String::from_utf8(output.stderr).unwrap();
        if code == 1 {
            assert!(said.starts_with("error: "), "{said}");
            assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        }
        said
    }
}
