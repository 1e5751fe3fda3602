//! The lens: what the model would say if it stopped after a stage, and how far that can be trusted.

use maud::{Markup, html};

use super::{Page, bars, number, section};
use crate::findings::{FitFinding, LensFinding};

pub fn lens(page: &Page<'_>) -> Markup {
    let raw = &page.findings.lens;
    let fitted = page.findings.fitted.as_ref();
    // where the raw lens is worse than a uniform guess at some inner stage, the fitted one is shown first
    let misleads = raw
        .trust
        .iter()
        .rev()
        .skip(1)
        .any(|&trust| trust > raw.uniform);
    let first_fitted = fitted.is_some() && misleads;
    section(
        "lens",
        "Lens",
        html! {
            p { "What the model would say if it stopped after each half block. A cell is the likeliest token there; it is as full as it is near the final distribution. The last row is always the model's own answer." }
            @let never = page.request.tokenizer.special();
            @if !never.is_empty() { p.quiet { "Never drawn, so ranked out here as in the draw: " @for &id in never.iter().take(8) { (page.plain(id)) " " } @if never.len() > 8 { "and " (never.len() - 8) " more" } } }
            @if let Some((lens, fit)) = fitted {
                div.tabs {
                    input.tab type="radio" name="lens" id="lens-fitted" checked[first_fitted];
                    label for="lens-fitted" { "fitted" }
                    input.tab type="radio" name="lens" id="lens-raw" checked[!first_fitted];
                    label for="lens-raw" { "raw" }
                    div.of-first { (fit_words(fit)) (grid(page, lens, "fitted", Some(fit))) }
                    div.of-second { (raw_words(page, raw)) (grid(page, raw, "raw", None)) }
                }
            } @else {
                (raw_words(page, raw)) (grid(page, raw, "raw", None))
                p.quiet { "A fitted lens needs a text to fit on: --corpus FILE." }
            }
        },
    )
}

fn raw_words(page: &Page<'_>, raw: &LensFinding) -> Markup {
    let worse = raw
        .trust
        .iter()
        .rev()
        .skip(1)
        .filter(|&&trust| trust > raw.uniform)
        .count();
    html! {
        p { strong { "Raw: " }
            @if page.run.config().final_norm { "each stage's vector through the final norm (with the stage's own mean and variance) and the un-embedding." }
            @else { "each stage's vector through the un-embedding; this model has no final norm." }
            @if worse > 0 { " " span.warning { "At " (worse) " of " (raw.trust.len()) " stages it is worse than knowing nothing: those rows say little." } }
        }
    }
}

fn fit_words(fit: &FitFinding) -> Markup {
    html! {
        p { strong { "Fitted: " } "from each stage a linear map to the last residual, by ridge regression on " (fit.fitted_on) " positions of a text, then the model's own end. It is an estimate. The column held out says how far it is from the final answer on " (fit.tested_on) " positions that it was not fitted on, in nats, with the raw lens in brackets; knowing nothing costs " (number(fit.held_out_uniform)) " there."
        }
    }
}

fn grid(page: &Page<'_>, lens: &LensFinding, kind: &str, fit: Option<&FitFinding>) -> Markup {
    let ids = page.run.trace().ids();
    let most = lens.trust.iter().copied().fold(lens.uniform, f64::max);
    let distance = |stage: usize| {
        html! { (bars::marked(lens.trust[stage] / most, lens.uniform / most)) span { (number(lens.trust[stage])) } }
    };
    html! {
        p.quiet { "Distance: how far a stage's distribution is from the final one, mean KL over the positions in nats; the mark is that of a uniform guess (" (number(lens.uniform)) "). What lies beyond the mark says less than knowing nothing." }
        div.scroll { table.lens data-lens=(kind) {
            caption.sr { "The likeliest token at every stage and position, stages from above" }
            thead { tr {
                th scope="col" { "stage" } th.trust scope="col" { "distance" } @if fit.is_some() { th.trust scope="col" { "held out" } }
                @for &position in &lens.positions { th.glyph scope="col" data-position=(position) { (page.token(ids[position])) } }
            } }
            tbody {
                @for (stage, words) in lens.stages.iter().enumerate() {
                    @let last = stage + 1 == lens.stages.len();
                    @let worse = !last && lens.trust[stage] > lens.uniform;
                    tr class=[worse.then_some("worse")] {
                        th scope="row" { (words) @if worse { span.badge { "worse than knowing nothing" } } @if last { span.badge.end { "final" } } span.under-name { (distance(stage)) } }
                        td.trust { (distance(stage)) }
                        @if let Some(fit) = fit { td.trust.num { @if let (Some(&mine), Some(&raw)) = (fit.held_out.get(stage), fit.held_out_raw.get(stage)) { (number(mine)) " " small { "(" (number(raw)) ")" } } } }
                        @for at in 0..lens.positions.len() {
                            @let top = lens.top[stage][at].first();
                            @let near = (1.0 - lens.divergence[stage][at] / lens.uniform.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
                            td style=[super::nearness(near)] {
                                @if let Some(top) = top {
                                    (page.token(top.id))
                                }
                            }
                        }
                    }
                }
            }
        } }
        details data-fill=(kind) data-script="" { summary { "Every token that is the likeliest at some stage, at the last position, stage by stage" } }
    }
}
