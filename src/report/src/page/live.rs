//! The live model: the page runs it itself.

use maud::{Markup, html};

use super::{Page, section};
use crate::pack::Tier;

pub fn live(page: &Page<'_>) -> Markup {
    section(
        "live",
        "Live model",
        html! {
            @if page.pack.tier == Tier::Model {
                p { "The model is in this file: type, switch parts off, set a number, and see both distributions. It runs here, in double precision, and only if it first gives this report's own numbers." }
                div id="live-panel" data-script="" {}
            } @else {
                p.note { "The model is not in this file" @if page.request.weights == crate::request::Weights::No { ", as was asked for." } @else { ": it would be larger than --max-size allows." } }
            }
        },
    )
}
