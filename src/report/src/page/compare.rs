//! Two prompts: side by side, and what of the one, put into the other, brings its answer along.

use maud::{Markup, html};

use super::surprise::strip;
use super::{Page, number, percent, section};

pub fn compare(page: &Page<'_>) -> Markup {
    let Some(compare) = &page.findings.compare else {
        return html! {};
    };
    let ids = page.run.trace().ids();
    let first = page.findings.next.first();
    section(
        "compare",
        "Two prompts",
        html! {
            p { "A is the text of this report, B is " q { (crate::token_text::readable(&page.request.tokenizer.decode(&compare.ids))) } ". A goes on with "
                @if let Some(first) = first { (page.glyph(first.id)) " (" (percent(f64::from(first.probability))) ")" }
                ", B with " (page.glyph(compare.top.id)) " (" (percent(compare.top.value)) ")." }
            h3 { "The tokens that belong together" }
            div.scroll { table.pairs {
                tr { th scope="row" { "A" } @for &(a, _) in &compare.pairs { td data-position=(a) { (page.glyph(ids[a])) " " small { (a) } } } }
                tr { th scope="row" { "B" } @for &(_, b) in &compare.pairs { td { (page.glyph(compare.ids[b])) " " small { (b) } } } }
            } }
            h3 { "Surprise in B" }
            (strip(page, &compare.positions, false))
            h3 { "Patch grid" }
            @match compare.question {
                None => { p { "Both texts go on with the same token, so there is nothing to move between them." } }
                Some(_) if compare.moved.is_empty() => { p.quiet { "Left out: the model is large." } }
                Some((there, here)) => {
                    p { "B's row put into A, one at a time. A cell is how far A's logit of " (page.glyph(there)) " less that of " (page.glyph(here)) " then moves from A's (" (number(compare.values.0)) ") to B's (" (number(compare.values.1)) "): 0 not at all, 1 all the way. Below 0 it moves away." }
                    div.scroll { table.heat {
                        thead { tr { th scope="col" { "put in" } @for &(a, _) in &compare.pairs { th.glyph scope="col" data-position=(a) { (page.token(ids[a])) } } } }
                        tbody { @for (words, row) in compare.rows.iter().zip(&compare.moved) {
                            tr { th scope="row" { (words) }
                                @for (&moved, &(a, _)) in row.iter().zip(&compare.pairs) {
                                    td data-position=(a) class=(if moved < 0.0 { "down" } else { "up" }) style=[super::nearness(if moved.is_finite() { moved.abs().min(1.0) } else { 0.0 })] {
                                        @if moved == 0.0 { small { "·" } } @else { (number(moved)) }
                                    }
                                }
                            }
                        } }
                    } }
                    p.quiet { "A dot: put in, and nothing changed. That is so wherever both runs have the same numbers, and wherever nothing behind reads them." }
                }
            }
        },
    )
}
