//! The neurons that matter most at the last position.

use maud::{Markup, html};

use super::{Page, number, section};
use crate::findings::Weighed;

pub fn neurons(page: &Page<'_>) -> Markup {
    let blocks = page.run.config().n_blocks;
    section(
        "neurons",
        "Neurons",
        html! {
            p { "Of each block the hidden units with the largest direct share in " (page.glyph(page.findings.why.last().map_or(0, |why| why.token))) " against the runner-up. " em { "Reads" } ": tokens whose embedding alone points the way the unit looks. " em { "Raises" } " and " em { "lowers" } ": logits at the last position, with the divisors of later norms held." }
            p.choice {
                input type="checkbox" id="neurons-alone";
                label for="neurons-alone" { "of the weights alone: what a unit raises and lowers by U·W2ᵀ, without any norm and whatever the text" }
            }
            @for block in 0..blocks {
                @let of_block: Vec<_> = page.findings.neurons.iter().filter(|neuron| neuron.block == block).collect();
                @let words = format!("Block {}: {} of {}", block + 1, of_block.len(), page.run.config().d_ff);
                @if block + 1 < blocks { (super::folded("neurons", block, &words)) } @else { details open {
                    summary { (words) }
                    div.scroll { table.sortable {
                        thead { tr { th scope="col" { "unit" } th.num scope="col" { "share" } th.num scope="col" { "activation" } th scope="col" { "over the text" } th scope="col" { "reads" } th scope="col" { "raises" } th scope="col" { "lowers" } } }
                        tbody { @for neuron in of_block {
                            tr {
                                th scope="row" { a href={ "#block" (block) ".ffn_hidden[" (page.last()) "," (neuron.index) "]" } { (neuron.index) } }
                                td.num { (number(neuron.share)) }
                                td.num { (number(f64::from(neuron.activations.last().copied().unwrap_or(0.0)))) @if neuron.silent { " " small { "silent here" } } }
                                td { (spark(&neuron.activations)) }
                                td { @for token in &neuron.reads { (page.plain(token.id)) " " } }
                                (tokens(page, &neuron.raises, &neuron.alone_raises))
                                (tokens(page, &neuron.lowers, &neuron.alone_lowers))
                            }
                        } }
                    } }
                } }
            }
            @if page.findings.neurons.iter().any(|neuron| !neuron.contexts.is_empty()) {
                details data-fill="contexts" data-script="" { summary { "Where each of these units fires most in the text that the lens is fitted on" } }
            }
            h3 { "Over the text" }
            div id="units-panel" data-script="" {}
        },
    )
}

/// Tokens of the effect at the last position, and of the weights alone; the box above chooses which of them is seen.
fn tokens(page: &Page<'_>, here: &[Weighed], alone: &[Weighed]) -> Markup {
    html! {
        td {
            span.here { @for token in here { (page.plain(token.id)) " " } }
            span.alone { @for token in alone { (page.plain(token.id)) " " } }
        }
    }
}

/// A line over the positions.
fn spark(values: &[f32]) -> Markup {
    let high = values.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let low = values.iter().copied().fold(0.0_f32, f32::min);
    let step = 80.0 / (values.len().saturating_sub(1).max(1)) as f32;
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(at, &value)| {
            format!(
                "{:.0},{:.0}",
                at as f32 * step,
                18.0 - 16.0 * (value - low) / (high - low)
            )
        })
        .collect();
    html! { svg.spark viewBox="0 0 80 20" aria-hidden="true" { polyline points=(points.join(" ")) {} } }
}
