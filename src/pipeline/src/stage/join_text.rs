//! The drawn token flies home into the text.

use super::labels::visible_token;
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
    set,
    ..StageDescription::COMMON
};

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
    staging.caption(Caption {
        window: Window::new(0.0, duration),
        words: format!(
            "The drawn token is “{}”, with probability {:.1} %. It joins the text, and everything begins anew with one token more.",
            visible_token(&drawn),
            pass.draw.probabilities.get(id).copied().unwrap_or_default() * 100.0
        ),
        formula: format!("text = {:?} + {drawn:?}", pass.text),
        operation: None,
    });
}
