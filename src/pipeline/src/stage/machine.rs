//! The whole model, before the first stage and after the last. What is seen of it is the
//! [`Machine`](crate::machine::Machine); here is what is said, and what the stages beside it begin and end with.

use super::labels::visible_token;
use super::summary::model_line;
use super::{StageDescription, WholeModel, characters};
use crate::colour::Quantity;
use crate::machine::shows_parts;
use crate::part::ShownTokens;
use crate::pass::Pass;
use crate::scene::Caption;
use crate::staging::Staging;
use crate::timeline::Window;

pub(super) static OPENING: StageDescription = StageDescription {
    title: |_| "The whole model",
    slug: "machine",
    mark: "whole",
    quantities: &[
        Quantity::Weight,
        Quantity::Activation,
        Quantity::HeadVector,
        Quantity::Hidden,
        Quantity::Logit,
        Quantity::Probability,
    ],
    remark: sizes,
    paged_axes: &[],
    shown_tokens: ShownTokens::OfTheText,
    whole_model: WholeModel::Opens,
    work: |clock| clock.whole_pass(),
    set: set_opening,
    ..StageDescription::COMMON
};

pub(super) static CLOSING: StageDescription = StageDescription {
    slug: "machine-again",
    // the drawn token has joined the text
    slot: |pass| visible_token(pass.drawn()),
    whole_model: WholeModel::Closes,
    work: |clock| clock.after_blocks(2.0, 2.0),
    set: set_closing,
    ..OPENING
};

/// How large the model is.
fn sizes(pass: &Pass) -> String {
    let config = pass.config();
    let of = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    };
    format!(
        "{}, {}, {}, {}",
        of(config.n_blocks, "block"),
        match config.n_blocks {
            1 => of(config.n_heads, "head"),
            _ => format!("{} each", of(config.n_heads, "head")),
        },
        format_args!("d_model {}", config.d_model),
        format_args!(
            "{} parameters",
            with_commas(pass.gpt.parameters().values().len())
        ),
    )
}

/// `124,439,808`
fn with_commas(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

fn set_opening(staging: &mut Staging<'_>) {
    // what the first stage begins with: the view flies to it
    characters::stand_table(staging);
    let blocks = blocks(staging);
    let config = staging.pass().config();
    let folded = if config.d_ff > config.d_model {
        " The wide matrices of the feed-forward are folded into stacks."
    } else {
        ""
    };
    say(
        staging,
        format!(
            "Text goes in at the left, runs along a beam through {blocks}, attention above and feed-forward below, and leaves as a score for every token that could come next. One pass in a glance; then the same, number by number.{folded}",
        ),
    );
}

fn set_closing(staging: &mut Staging<'_>) {
    // what the last stage showed flies back into its place
    staging.keep_all();
    let blocks = blocks(staging);
    say(
        staging,
        format!(
            "What you have seen stands in its place: {blocks} on one beam. With the new token the text goes in at the left again.",
        ),
    );
}

fn blocks(staging: &Staging<'_>) -> String {
    match staging.pass().config().n_blocks {
        1 => "one block".to_owned(),
        n => format!("{n} blocks"),
    }
}

fn say(staging: &mut Staging<'_>, mut words: String) {
    if shows_parts(staging.pass()) {
        words +=
            " Of matrices larger than there is room for, the first rows and columns stand here.";
    }
    staging.plain_caption(Caption::new(
        Window::new(0.0, staging.duration()),
        words,
        model_line(staging.pass().config()),
    ));
}
