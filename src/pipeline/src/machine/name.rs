//! What the parts of the machine are called.

use glam::Vec3;

use crate::timeline::Window;

/// What a name names, which decides its letters and which of two that touch stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// A block by its number.
    Block,
    /// A part of the machine: embedding, logits, a block's attention or feed-forward.
    Part,
}

/// A name in the far view.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// What it names.
    pub kind: NameKind,
    /// The name.
    pub text: String,
    /// What is left out of the matrix it names, if anything is.
    pub detail: String,
    /// The middle of its foot (for a name above what it names) or of its head (below).
    pub anchor: Vec3,
    /// Whether it is above its anchor.
    pub above: bool,
    /// When what it names acts, on the machine's clock.
    pub window: Window,
    /// What is written instead once it has acted.
    pub then: Option<String>,
}
