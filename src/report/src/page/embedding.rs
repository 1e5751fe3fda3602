//! The embedding: tokens, positions, their sum; single dimensions and any direction; the positions' path.

use maud::{Markup, html};
use orrery_model::TensorId;

use super::blocks::panel;
use super::{Page, section};

pub fn embedding(page: &Page<'_>) -> Markup {
    let ids = page.run.trace().ids();
    let twice: Vec<(usize, usize)> = (0..ids.len())
        .filter_map(|at| {
            ids[..at]
                .iter()
                .position(|&id| id == ids[at])
                .map(|first| (first, at))
        })
        .collect();
    section(
        "embedding",
        "Embedding",
        html! {
                   p { "Each token's row of the embedding table, the row of its position, and their sum, on one scale. This is what enters the first block." }
                   div.side {
        (panel(page, TensorId::TokenEmbedding, 3))
        (panel(page, TensorId::PositionEmbedding, 3))
        (panel(page, TensorId::Embedded, 3))
        }
                   @if let Some(&(first, second)) = twice.first() {
                       p { "The token " (page.glyph(ids[first])) " stands at " (first) " and at " (second) ": its embedding is the same twice, so what differs in the sum is the position alone." }
                   }
               },
    )
}

pub fn dimensions(page: &Page<'_>) -> Markup {
    section(
        "dimensions",
        "Dimensions and directions",
        html! {
            p { "Where each token of the vocabulary lies along one dimension of the embedding, or along any direction. Single dimensions have no meaning of their own here; directions do." }
            p.quiet { "Only vectors of the residual stream are read with these words: Q, K, V and hidden units live in other bases, where dimension 3 has nothing to do with dimension 3 here." }
            div id="dimensions-panel" data-script="" {}
            @if page.pack.tier != crate::pack::Tier::Model { p.note { "The weights are not in this file, so the vocabulary's directions are not here either. Make the report with --weights yes." } }
        },
    )
}

pub fn positions(page: &Page<'_>) -> Markup {
    let path = &page.findings.path;
    let spread = path
        .places
        .iter()
        .flatten()
        .fold(f64::MIN_POSITIVE, |most, x| most.max(x.abs()));
    let at = |x: f64| 150.0 + 140.0 * x / spread;
    let point = |place: &Vec<f64>| {
        (
            at(place.first().copied().unwrap_or(0.0)),
            at(place.get(1).copied().unwrap_or(0.0)),
        )
    };
    let line: Vec<String> = path
        .places
        .iter()
        .map(|place| {
            let (x, y) = point(place);
            format!("{x:.1},{y:.1}")
        })
        .collect();
    section(
        "positions",
        "Positions",
        html! {
            p { "What a position adds. Hollow positions lie beyond this text." }
            div.columns {
                div {
                    h3 { "Path" }
                    @if path.explains.len() == 2 {
                        svg.path viewBox="-8 -14 316 322" role="img" aria-label="The positions in their first two principal components" {
                            polyline points=(line.join(" ")) {}
                            @for (number, place) in path.places.iter().enumerate() {
                                @let (x, y) = point(place);
                                circle cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="3.5" class=(if number < page.run.tokens() { "in" } else { "beyond" }) { title { "position " (number) } }
                                @if number % 8 == 0 { text x=(format!("{:.1}", if x > 270.0 { x - 6.0 } else { x + 5.0 })) y=(format!("{:.1}", y - 5.0)) text-anchor=[(x > 270.0).then_some("end")] { (number) } }
                            }
                        }
                        p.quiet { "The first two principal components explain " (super::percent(path.explains[0])) " and " (super::percent(path.explains[1])) " of the variance." }
                    }
                }
                div id="positions-panel" data-script="" {}
            }
        },
    )
}
