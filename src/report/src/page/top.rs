//! The beginning: the prompt, the next token, the draw, the model, and whether the run holds together.

use maud::{Markup, html};
use orrery_model::{Activation, NormPlacement};

use super::{Page, bars, number, percent, section};

pub fn top(page: &Page<'_>, text: &str) -> Markup {
    let findings = page.findings;
    let config = page.run.config();
    let first = findings.next.first();
    section(
        "top",
        "What comes next",
        html! {
            p.prompt { q { (text) } }
            @if !findings.interventions.is_empty() {
                p.warning { strong { "A changed run: " } code { (findings.interventions) } " The numbers below are those of the changed run." }
            }
            p.lead {
                "After these " (page.run.tokens()) " tokens the model's likeliest next token is "
                @if let Some(first) = first { (page.glyph(first.id)) " with " (percent(f64::from(first.probability))) }
                "; drawn was " (page.glyph(findings.drawn)) "."
            }
            div.columns {
                div {
                    h3 { "The ten likeliest" }
                    table.bars {
                        thead { tr { th scope="col" { "token" } th scope="col" { "probability" } th.num scope="col" { "" } th.num scope="col" { "logit" } th.num.wide scope="col" { "id" } } }
                        tbody {
                            @for next in &findings.next {
                                tr class=[(next.id == findings.drawn).then_some("drawn")] {
                                    th scope="row" { (page.glyph(next.id)) }
                                    td { (bars::share(f64::from(next.probability))) }
                                    td.num { (percent(f64::from(next.probability))) }
                                    td.num { (number(f64::from(next.logit))) }
                                    td.num.wide { (next.id) }
                                }
                            }
                        }
                    }
                    (draw_bar(page))
                }
                div {
                    h3 { "The model" }
                    dl.facts {
                        dt { "name" } dd { (page.request.model_name) }
                        dt { "sizes" } dd { (config.n_blocks) @if config.n_blocks == 1 { " block, " } @else { " blocks, " } (config.n_heads) @if config.n_heads == 1 { " head of " } @else { " heads of " } (config.d_head()) ", d_model " (config.d_model) ", MLP " (config.d_ff) ", vocabulary " (config.vocab_size) ", context " (config.context_length) }
                        dt { "norms" } dd {
                            @match config.norm_placement { NormPlacement::Pre => "before each sublayer", NormPlacement::Post => "after each sum" }
                            @if config.final_norm { ", and one at the end" } @else { ", none at the end" }
                        }
                        dt { "activation" } dd { @match config.activation { Activation::Relu => "ReLU", Activation::GeluErf => "GELU (erf)", Activation::GeluTanh => "GELU (tanh)" } }
                        dt { "parameters" } dd { (page.run.gpt().parameters().values().len()) @if config.tied_head { " (un-embedding tied to the embedding)" } }
                        @if let Some(training) = &page.request.training { dt { "training" } dd { (training) } }
                        dt { "weights, SHA-256" } dd.hash { code { (findings.weights_sha256) } }
                        dt { "in this file" } dd { (page.pack.tier.words()) "." }
                    }
                    h3 { "Checks of this run" }
                    (checks(page))
                }
            }
        },
    )
}

fn draw_bar(page: &Page<'_>) -> Markup {
    let draw = page.draw;
    let settings = &page.request.sampling;
    html! {
        h3 { "The draw" }
        @if let Some(u) = draw.u {
            p {
                "All shares laid end to end, in the order of their ids; the random number " code { "u = " (format!("{u:.6}")) }
                " falls into the share of " (page.glyph(draw.token_id)) " (" (format!("{:.4}", draw.share_begin)) " to " (format!("{:.4}", draw.share_end)) ")."
            }
            div.drawbar aria-hidden="true" {
                i style={ "left:" (format!("{:.3}", 100.0 * draw.share_begin)) "%;width:" (format!("{:.3}", 100.0 * (draw.share_end - draw.share_begin))) "%" } {}
                b style={ "left:" (format!("{:.3}", 100.0 * u)) "%" } {}
            }
        } @else {
            p { "Temperature 0: the likeliest token is taken, nothing is drawn." }
        }
        p.quiet {
            "temperature " (settings.temperature)
            @if let Some(k) = settings.top_k { ", top-k " (k) }
            @if let Some(p) = settings.top_p { ", top-p " (p) }
            ", seed " (settings.seed)
        }
    }
}

fn checks(page: &Page<'_>) -> Markup {
    let checks = &page.findings.checks;
    let changed = !page.findings.interventions.is_empty();
    let line = |good: bool, words: Markup| {
        html! {
            li class=(if good { "good" } else { "bad" }) { span aria-hidden="true" { (if good { "✓" } else { "✗" }) } span.sr { (if good { "passed: " } else { "failed: " }) } " " (words) }
        }
    };
    html! {
        ul.checks {
            (line(checks.attention < 1e-5 || changed, html! { "every row of attention sums to 1, to " (number(checks.attention)) }))
            (line(checks.probabilities < 1e-5 || changed, html! { "the last distribution sums to 1, to " (number(checks.probabilities)) }))
            (line(checks.residuals < 1e-4 || changed, html! { "what the attention adds and what was there give the residual sums, to " (number(checks.residuals)) }))
            @if changed {
                li { "the run was changed: shares need not add up to the logit (they miss it by up to " (number(checks.shares.0)) ")" }
            } @else {
                (line(checks.shares.0 <= checks.shares.1, html! { "shares and biases add up to the logit at every position, to " (number(checks.shares.0)) " (allowed: " (number(checks.shares.1)) ")" }))
            }
            li id="own-check" data-script="" { "this page's own arithmetic against the run: " @if page.pack.tier == crate::pack::Tier::Model { "being asked" } @else { "the model is not in this file" } }
        }
    }
}
