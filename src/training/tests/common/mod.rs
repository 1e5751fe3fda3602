//! Texts to train on.

use std::path::Path;

/// So many lines of a small poem, no two alike.
pub fn verse(lines: usize) -> String {
    const WHO: [&str; 5] = ["the fox", "a king", "my love", "the night", "one bell"];
    const WHAT: [&str; 4] = ["sings to", "runs from", "dreams of", "waits for"];
    const WHOM: [&str; 3] = ["the sea.", "no crown!", "what the owl said?"];
    (0..lines)
        .map(|i| format!("{} {} {}\n", WHO[i % 5], WHAT[i % 4], WHOM[i % 3]))
        .collect()
}

/// The reference text beside the repository; without it nothing is tested, except in CI, where it
/// must be there.
pub fn fixture_text() -> Option<String> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/fixtures/tinyshakespeare.txt"
    );
    match std::fs::read_to_string(Path::new(path)) {
        Ok(text) => Some(text),
        Err(error) if std::env::var_os("CI").is_some() => panic!("{path}: {error}"),
        Err(_) => {
            eprintln!("skipped: the reference text is not there");
            None
        }
    }
}
