//! Why this token: the direct shares as a waterfall, and beside each what happens without the part.

use maud::{Markup, html};

use super::{Page, bars, number, percent, section};
use crate::findings::Why;

pub fn why(page: &Page<'_>) -> Markup {
    let Some(why) = page.findings.why.last() else {
        return html! {};
    };
    let pre = page.run.is_pre_norm();
    section(
        "why",
        "Why this token",
        html! {
            p.lead id="why-lead" { "Logit of " (page.glyph(why.token)) " less that of the runner-up " (page.glyph(why.against)) " at the last position: " strong { (number(why.value)) } "." }
            @if pre {
                p { "This model norms what it un-embeds once more, at the end. What a part wrote is divided there. The shares below hold that divisor at the value of this run; then they add up exactly. They are a book-keeping of this run, not what would happen without the part: later parts read what it wrote, and the divisor would change. The column " em { "switched off" } " is that experiment." }
            } @else {
                p { "This model norms after every sum, and has " @if page.run.config().final_norm { "another norm" } @else { "no norm" } " at the end. What a part wrote is divided again at each later norm. The shares below hold those divisors at the values of this run; then they add up exactly. They are a book-keeping of this run, not what would happen without the part: later parts read what it wrote, and the divisors would change. The column " em { "switched off" } " is that experiment." }
            }
            div.controls data-script="" {
                label { "Position " select id="why-position" {} }
                label { "Why " input type="text" id="why-token" size="10"; }
                label { "and not " input type="text" id="why-against" size="10"; }
                label { input type="checkbox" id="why-sort"; " largest first" }
            }
            div.tabs {
                input.tab type="radio" name="why-tab" id="why-shares" checked;
                label for="why-shares" { "parts" }
                input.tab type="radio" name="why-tab" id="why-steps";
                label for="why-steps" { "steps of the lens" }
                div.of-first { div id="why-panel" { (waterfall(page, why)) } (foot(page, why)) }
                div.of-second { div id="steps-panel" { (steps(page, why)) } }
            }
            (more(page, why))
        },
    )
}

/// The parts that have a share, from 0 to the value.
fn waterfall(page: &Page<'_>, why: &Why) -> Markup {
    let shares: Vec<_> = why
        .parts
        .iter()
        .filter_map(|part| Some((part, part.share?)))
        .collect();
    let mut total = 0.0;
    let steps: Vec<(f64, f64)> = shares
        .iter()
        .map(|(_, share)| {
            let from = total;
            total += share;
            (from, total)
        })
        .collect();
    let axis = steps
        .iter()
        .fold((0.0_f64, 0.0_f64), |(low, high), &(from, to)| {
            (low.min(from).min(to), high.max(from).max(to))
        });
    let effects = why.parts.iter().filter_map(|part| part.effect);
    let off_axis = effects.fold((0.0_f64, 0.0_f64), |(low, high), x| {
        (low.min(x), high.max(x))
    });
    html! {
        div.scroll { table.bars.waterfall {
            caption.sr { "Direct shares in the order of computation, with the effect of switching each part off" }
            thead { tr { th scope="col" { "part" } th scope="col" { "direct share, running total" } th.num scope="col" { "share" } th scope="col" { "switched off" } th.num scope="col" { "effect" } th.wide scope="col" { "then" } } }
            tbody {
                @for ((part, share), &(from, to)) in shares.iter().zip(&steps) {
                    tr data-part=(part.part) {
                        th scope="row" { (part.words) }
                        td { (bars::between(from, to, axis)) }
                        td.num { (number(*share)) }
                        td { @if let Some(effect) = part.effect { (bars::between(0.0, effect, off_axis)) } }
                        td.num { @if let Some(effect) = part.effect { (number(effect)) } }
                        td.wide { @if let Some(without) = part.without { (page.glyph(without.id)) " " small { (percent(without.value)) } } }
                    }
                }
            }
            tfoot { tr { th scope="row" { "sum" } td { (bars::between(0.0, total, axis)) } td.num { strong { (number(why.sum)) } } td {} td {} td.wide {} } }
        } }
    }
}

/// What each half block changes in what the lens says: nothing is held, and the steps add up in any model.
fn steps(page: &Page<'_>, why: &Why) -> Markup {
    let lens = &page.findings.lens;
    let worse = lens.trust.iter().rev().skip(1);
    let worse = worse.filter(|&&trust| trust > lens.uniform).count();
    let axis = why
        .steps
        .iter()
        .fold((0.0_f64, 0.0_f64), |(low, high), &x| {
            (low.min(x), high.max(x))
        });
    html! {
        p { "What the raw " a href="#lens" { "lens" } " makes of the same two logits after each half block, and what each step changes. Norms are computed anew at every stage, nothing is held, and the steps add up to " (number(why.value)) " in any model. What a step means hangs on the lens: "
            @if worse > 0 { span.warning { "at " (worse) " of " (lens.trust.len()) " stages it is worse than knowing nothing." } }
            @else { "here it is nowhere worse than knowing nothing." }
        }
        div.scroll { table.bars.waterfall {
            caption.sr { "The lens, stage by stage" }
            thead { tr { th scope="col" { "stage" } th scope="col" { "difference of the logits" } th.num scope="col" { "there" } th.num scope="col" { "step" } } }
            tbody { @for (at, (stage, &value)) in lens.stages.iter().zip(&why.steps).enumerate() {
                @let before = if at == 0 { 0.0 } else { why.steps[at - 1] };
                tr { th scope="row" { (stage) } td { (bars::between(before, value, axis)) } td.num { (number(value)) } td.num { (number(value - before)) } }
            } }
        } }
    }
}

fn foot(page: &Page<'_>, why: &Why) -> Markup {
    let effects: Vec<f64> = why
        .parts
        .iter()
        .filter(|part| part.share.is_some())
        .filter_map(|part| part.effect)
        .collect();
    let error = (why.sum - why.value).abs();
    let together: f64 = effects.iter().sum();
    // a ratio to a value near 0 says nothing
    let lengths: f64 = effects.iter().map(|effect| effect.abs()).sum();
    let comparable = why.value.abs() > 0.1 * lengths;
    html! {
        p.quiet.foot {
            "The shares and biases sum to " (number(why.sum)) "; the model's logits differ by " (number(why.value)) " (error " (number(error)) "). "
            @if !effects.is_empty() {
                "The effects of switching off single heads and MLPs sum to " (number(together))
                @if comparable { ", " (number(together / why.value)) " times that" }
                ": they need not add up, parts lean on each other. "
            }
            "Off is zero: a head before W_O (b_O stays), an MLP with its b2, an attention with its b_O. "
            @if let Some(left_out) = &page.findings.left_out { (left_out) }
        }
    }
}

/// What each head took from each token, and everything that was switched off: the page makes these tables of the
/// findings when they are opened.
fn more(page: &Page<'_>, why: &Why) -> Markup {
    html! {
        @if !why.sources.is_empty() && page.run.tokens() <= 128 {
            details data-fill="sources" data-script="" { summary { "From which token each head took it, at the last position" } }
        }
        details data-fill="off" data-script="" { summary { "Everything that was switched off, whole sublayers and blocks too, at the last position" } }
        @if !page.run.is_pre_norm() { p.quiet { "With a whole block off its norms remain: what entered is normed twice. That is not the same as a bypassed block." } }
    }
}
