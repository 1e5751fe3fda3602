//! Settings from the environment, or from a file `.env` in this folder or one above it. Only the names
//! that are asked for are looked at.

use std::env;

/// The model's file, where `--model` is not given.
pub const MODEL: &str = "MODEL";
/// The vocabulary's file, where `--meta` is not given and the model's file does not say.
pub const VOCABULARY: &str = "NANOGPT_META_PATH";
/// The text to begin with, where `--text` is not given.
pub const PROMPT: &str = "PROBE_SENTENCE";

/// What a name is set to, unless to nothing. The environment goes before the file. Lines of the file
/// that are no settings are none of our business.
pub fn setting(name: &str) -> Option<String> {
    let from_file = || {
        let mut lines = dotenvy::dotenv_iter().ok()?.flatten();
        Some(lines.find(|(key, _)| key == name)?.1)
    };
    env::var(name)
        .ok()
        .or_else(from_file)
        .filter(|value| !value.is_empty())
}
