//! The drawn token flies home into the text.

use super::labels::{quoted_token, visible_token};
use super::{StageDescription, draw};
use crate::colour::Quantity;
use crate::label::{Destination, Flight, Label, LabelKind};
use crate::part::{PagedAxis, ShownTokens};
use crate::rich_text::{Level, RichText};
use crate::scene::Caption;
use crate::staging::Staging;
use crate::timeline::Window;

pub(super) static STAGE: StageDescription = StageDescription {
    title: |_| "The token joins the text",
    slug: "join-text",
    mark: "join",
    quantities: &[Quantity::Probability],
    slot: |pass| pass.drawn().to_owned(),
    paged_axes: &[PagedAxis::Logits, PagedAxis::Features, PagedAxis::Tokens],
    shown_tokens: ShownTokens::ByLogit,
    facts: |pass| {
        let context = pass.config().context_length;
        if pass.tokens.len() >= context {
            vec![format!(
                "The model reads at most {context} tokens: the first one now falls out of what it sees."
            )]
        } else {
            vec!["The next token runs all of this again. Real systems keep the K and V of earlier tokens, which do not change.".to_owned()]
        }
    },
    set,
    ..StageDescription::COMMON
};

/// So many letters of the text are written, from its end on.
const SHOWN_LETTERS: usize = 48;

fn set(staging: &mut Staging<'_>) {
    let pass = staging.pass();
    let drawn = pass.drawn().to_owned();
    let id = pass.draw.token_id;
    // where the draw has left its name
    let from = draw::under_drawn(staging);
    let duration = staging.duration();
    let fly = Window::new(staging.appear().end, staging.compute().end);
    // the table of probabilities stays until the token has left
    staging.keep_all();
    staging.label(Label {
        flight: Some(Flight {
            to: Destination::Slot,
            window: fly,
            letters: 0.6,
        }),
        ..Label::new(
            LabelKind::Glyph,
            RichText(vec![(visible_token(&drawn), Level::Base)]),
            from,
            Window::new(0.0, duration + 0.1),
        )
    });
    let share = pass.draw.probabilities.get(id).copied().unwrap_or_default() * 100.0;
    let letters = pass.text_after.chars().count();
    let last: String = pass
        .text_after
        .chars()
        .skip(letters.saturating_sub(SHOWN_LETTERS))
        .collect();
    let cut = if letters > SHOWN_LETTERS { "… " } else { "" };
    staging.caption(Caption::new(
        Window::new(0.0, duration),
        format!(
            "Drawn, with a share of {share:.1} %: {}. It joins the text, and everything begins anew with one token more.",
            quoted_token(&drawn),
        ),
        RichText::plain(format!("text: {cut}{}", visible_token(&last))),
    ));
}
