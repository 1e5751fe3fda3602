//! The whole model, before the first stage and after the last. What is seen stands in
//! [`Machine`](crate::machine::Machine); here is only what is said.

use crate::program::Stage;
use crate::scene::Caption;
use crate::staging::Staging;
use crate::timeline::Window;

pub(super) fn set(stage: &Stage, staging: &mut Staging<'_>) {
    if stage.closes {
        // what the last stage showed flies back into its place
        staging.keep_all();
    } else {
        // what the first stage begins with: the view flies to it
        super::characters::stand_table(staging);
    }
    let config = staging.pass().config();
    let blocks = match config.n_blocks {
        1 => "one block".to_owned(),
        n => format!("{n} blocks"),
    };
    let words = if stage.closes {
        format!(
            "Every number that you have seen stands in its place: {blocks} on one beam. With the new token the text goes in at the left again.",
        )
    } else {
        format!(
            "Text goes in at the left, runs along a beam through {blocks}, attention above and feed-forward below, and leaves as a score for every next token. One pass in a glance; then the same, number by number.",
        )
    };
    let words = if crate::machine::shows_parts(staging.pass()) {
        words + " Of matrices larger than there is room for, the first rows and columns stand here."
    } else {
        words
    };
    staging.plain_caption(Caption {
        window: Window::new(0.0, staging.duration()),
        words,
        formula: "x → x + attention(x) → x + feed-forward(x) → … → logits".to_owned(),
        operation: None,
    });
}
