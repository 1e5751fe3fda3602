//! How surprised the model is by each token of the text, and how unsure it was before.

use maud::{Markup, html};

use super::{Page, number, percent, section};
use crate::findings::Position;

/// The strip of a text.
pub fn strip(page: &Page<'_>, positions: &[Position], last_is_drawn: bool) -> Markup {
    let most = positions
        .iter()
        .flat_map(|position| [position.surprisal.unwrap_or(0.0), position.entropy])
        .fold(1.0, f64::max);
    html! {
        div.strip {
            @for (at, position) in positions.iter().enumerate() {
                @let drawn = last_is_drawn && at + 1 == positions.len();
                span.step data-position=(at) {
                    span.column aria-hidden="true" {
                        @if let Some(surprisal) = position.surprisal { i style={ "height:" (format!("{:.1}", 100.0 * surprisal / most)) "%" } {} }
                        b style={ "bottom:" (format!("{:.1}", 100.0 * position.entropy / most)) "%" } {}
                    }
                    span.sr { "position " (at) ": " }
                    span.surprised style=[super::nearness(super::fullness(at.checked_sub(1).and_then(|before| positions[before].surprisal).unwrap_or(0.0)))] { (page.glyph(position.id)) }
                    span.arrow aria-hidden="true" { "→" }
                    @if let Some(next) = position.next { span class=(if drawn { "next drawn" } else { "next" }) { (page.glyph(next)) } }
                    small {
                        @if let Some(surprisal) = position.surprisal { (number(surprisal)) " bit" @if drawn { ", drawn" } }
                    }
                    @if let Some(rank) = position.rank { small { "rank " (rank) } }
                    small { "top " (page.glyph(position.top.id)) }
                }
            }
        }
    }
}

pub fn surprise(page: &Page<'_>) -> Markup {
    let findings = page.findings;
    section(
        "surprise",
        "Surprise",
        html! {
            p {
                "A bar is the surprisal of the token that came next, in bits: 0 is no surprise, each bit halves its probability. The tick is the entropy: how unsure the model was before it saw the token. Rank 1 is the token that it held likeliest; tokens are tinted by their surprisal, fully from 10 bits on, here and in the bar above. "
                @if let Some((bits, perplexity)) = findings.mean_surprisal {
                    "Over this text: " strong { (number(bits)) " bits" } " a token, perplexity " (number(perplexity)) "."
                }
            }
            (strip(page, &findings.positions, true))
            details data-fill="positions" data-script="" { summary { "As a table" } }
            (continuation(page))
        },
    )
}

/// The tokens that were drawn one after the other, if more than one was asked for.
fn continuation(page: &Page<'_>) -> Markup {
    let steps = &page.findings.continuation;
    let most = steps
        .iter()
        .flat_map(|step| [step.surprisal, step.entropy])
        .fold(1.0, f64::max);
    html! {
        @if !steps.is_empty() {
            h3 { "How it goes on" }
            p {
                "The next " (steps.len()) " tokens, each drawn from the model's answer to all before it, as " code { "orrery generate" } " draws them with the same seed. Bar and tick as above; the share is the token's in its draw, after temperature, top-k and top-p."
            }
            div.strip.continuation {
                @for (at, step) in steps.iter().enumerate() {
                    span.step {
                        span.column aria-hidden="true" {
                            i style={ "height:" (format!("{:.1}", 100.0 * step.surprisal / most)) "%" } {}
                            b style={ "bottom:" (format!("{:.1}", 100.0 * step.entropy / most)) "%" } {}
                        }
                        span.sr { "token " (at + 1) ": " }
                        span.drawn { (page.glyph(step.id)) }
                        small { (number(step.surprisal)) " bit" }
                        small { "share " (percent(step.share)) }
                        @if let Some(u) = step.u { small { "u " (format!("{u:.4}")) } }
                        small { "rank " (step.rank) }
                        small { "top " (page.glyph(step.top.id)) }
                    }
                }
            }
        }
    }
}
