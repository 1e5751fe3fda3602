//! A tensor's name in its parts.

/// The parts of a name, without what wrappers put between them.
pub struct Path {
    pub parts: Vec<String>,
}

/// What compiled, distributed and checkpointed modules put into names, at any place.
const BETWEEN: [&str; 5] = [
    "_checkpoint_wrapped_module",
    "_forward_module",
    "_fsdp_wrapped_module",
    "_orig_mod",
    "module",
];

impl Path {
    pub fn new(name: &str) -> Self {
        let mut parts = Vec::new();
        for part in name.split('.').filter(|part| !BETWEEN.contains(part)) {
            match numbered(part) {
                // `block_0` is `block` and `0`
                Some((list, number)) => parts.extend([list.to_owned(), number.to_owned()]),
                None => parts.push(part.to_owned()),
            }
        }
        Self { parts }
    }

    /// Whether there is a number at this place.
    pub fn is_number(&self, at: usize) -> bool {
        let part = self.parts.get(at);
        part.is_some_and(|part| part.chars().all(|c| c.is_ascii_digit()))
    }
}

/// A block's name with its number in it.
fn numbered(part: &str) -> Option<(&str, &str)> {
    let digits = part.trim_start_matches(|c: char| !c.is_ascii_digit());
    let list = part.strip_suffix(digits)?.trim_end_matches('_');
    let all_digits = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    (all_digits && matches!(list, "h" | "block" | "layer" | "blocks" | "layers"))
        .then_some((list, digits))
}
