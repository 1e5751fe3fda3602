//! Texts to train on.

/// So many lines of a small poem, no two alike.
pub fn verse(lines: usize) -> String {
    const WHO: [&str; 5] = ["the fox", "a king", "my love", "the night", "one bell"];
    const WHAT: [&str; 4] = ["sings to", "runs from", "dreams of", "waits for"];
    const WHOM: [&str; 3] = ["the sea.", "no crown!", "what the owl said?"];
    (0..lines)
        .map(|i| format!("{} {} {}\n", WHO[i % 5], WHAT[i % 4], WHOM[i % 3]))
        .collect()
}
