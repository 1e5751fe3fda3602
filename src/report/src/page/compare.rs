//! Two prompts: side by side, and what of the one, put into the other, brings its answer along.

use maud::{Markup, html};

use super::surprise::strip;
use super::{Page, bars, number, percent, section};
use crate::findings::{CompareFinding, Weighed};

pub fn compare(page: &Page<'_>) -> Markup {
    let Some(compare) = &page.findings.compare else {
        return html! {};
    };
    let ids = page.run.trace().ids();
    let columns = columns(&compare.pairs, ids.len(), compare.ids.len());
    let differs = |a: usize, b: Option<usize>| b.is_none_or(|b| ids[a] != compare.ids[b]);
    let first = page.findings.next.first();
    section(
        "compare",
        "Two prompts",
        html! {
            p { "A is the text of this report, B is " q { (crate::token_text::readable(&page.request.tokenizer.decode(&compare.ids))) } ". A goes on with "
                @if let Some(first) = first { (page.glyph(first.id)) " (" (percent(f64::from(first.probability))) ")" }
                ", B with " (page.glyph(compare.top.id)) " (" (percent(compare.top.value)) ")." }
            h3 { "The tokens side by side" }
            div.scroll { table.pairs {
                tr { th scope="row" { "A" } @for &(a, b) in &columns { @match a {
                    Some(a) => { td.differs[differs(a, b)] data-position=(a) { (page.glyph(ids[a])) " " small { (a) } } }
                    None => { td {} }
                } } }
                tr { th scope="row" { "B" } @for &(a, b) in &columns { @match b {
                    Some(b) => { td.differs[a.is_none_or(|a| ids[a] != compare.ids[b])] { (page.glyph(compare.ids[b])) " " small { (b) } } }
                    None => { td {} }
                } } }
            } }
            h3 { "Surprise in B" }
            (strip(page, &compare.positions, false))
            h3 { "Patch grid" }
            @match compare.question {
                None => { p { "Both texts are one, so there is nothing to move between them." } }
                Some(_) if compare.moved.is_empty() => { p.quiet { "Left out: the model is large." } }
                Some((there, here)) => {
                    @if compare.top.id == here { p { "Both texts go on with " (page.glyph(here)) ": asked is for " (page.glyph(there)) ", whose probability changes most." } }
                    div id="patch-panel" data-script="" {}
                    div id="patch-grid" {
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
            }
            (shares(page, compare))
            (lens(page, compare))
            h3 { "Attention of both" }
            div id="walls-panel" data-script="" { @if page.pack.tier != crate::pack::Tier::Model { p.note { "B's attention is computed in the page, from the weights, which are not in this file." } } }
            h3 { "Any matrix of both" }
            div id="difference-panel" data-script="" { @if page.pack.tier != crate::pack::Tier::Model { p.note { "B's numbers are computed in the page, from the weights, which are not in this file." } } }
        },
    )
}

/// The columns of both rows of tokens: what belongs together in one, what has no other half in its own.
fn columns(
    pairs: &[(usize, usize)],
    count_a: usize,
    count_b: usize,
) -> Vec<(Option<usize>, Option<usize>)> {
    let mut all = Vec::new();
    let (mut from_a, mut from_b) = (0, 0);
    for &(to_a, to_b) in pairs.iter().chain([&(count_a, count_b)]) {
        all.extend((from_a..to_a).map(|a| (Some(a), None)));
        all.extend((from_b..to_b).map(|b| (None, Some(b))));
        if to_a < count_a {
            all.push((Some(to_a), Some(to_b)));
        }
        (from_a, from_b) = (to_a + 1, to_b + 1);
    }
    all
}

/// The direct shares behind both texts, and what they differ by.
fn shares(page: &Page<'_>, compare: &CompareFinding) -> Markup {
    let Some((there, here)) = compare.question else {
        return html! {};
    };
    let all = compare
        .shares
        .iter()
        .flat_map(|share| [share.here, share.there]);
    let axis = all.fold((0.0_f64, 0.0_f64), |(low, high), x| {
        (low.min(x), high.max(x))
    });
    html! {
        h3 { "Direct shares side by side" }
        p { "Of the logit of " (page.glyph(there)) " less that of " (page.glyph(here)) " behind the last token of either text. Divisors of norms are held at each text's own values." }
        div.scroll { table.sortable {
            thead { tr { th scope="col" { "part" } th scope="col" { "in A" } th.num scope="col" { "A" } th scope="col" { "in B" } th.num scope="col" { "B" } th.num scope="col" { "B less A" } } }
            tbody { @for share in &compare.shares {
                tr { th scope="row" { (share.words) }
                    td.bar { (bars::between(0.0, share.here, axis)) } td.num { (number(share.here)) }
                    td.bar { (bars::between(0.0, share.there, axis)) } td.num { (number(share.there)) }
                    td.num { (number(share.there - share.here)) }
                }
            } }
        } }
    }
}

/// What the raw lens says behind both texts, stage by stage.
fn lens(page: &Page<'_>, compare: &CompareFinding) -> Markup {
    let most_likely = |tokens: &[Weighed]| {
        html! { @for token in tokens.iter().take(3) { (page.plain(token.id)) " " small { (percent(token.value)) } " " } }
    };
    html! {
        h3 { "The raw lens side by side" }
        div.scroll { table {
            thead { tr { th scope="col" { "stage" } th scope="col" { "A" } th scope="col" { "B" } } }
            tbody { @for (words, (here, there)) in page.findings.lens.stages.iter().zip(&compare.lens) {
                tr { th scope="row" { (words) } td { (most_likely(here)) } td { (most_likely(there)) } }
            } }
        } }
    }
}
