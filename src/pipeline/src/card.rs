//! Cards: short facts about the model that is shown, at the moments at which they help. Each is true of this model,
//! or is not there. A stage's own file says which it has.

use crate::timeline::Window;

/// A fact that is shown for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// When, in seconds of the stage.
    pub window: Window,
    /// One or two short sentences.
    pub text: String,
}
