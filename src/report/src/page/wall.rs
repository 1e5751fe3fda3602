//! The attention wall: all heads at a glance, and what each is like.

use maud::{Markup, html};

use super::{Page, number, section};
use crate::findings::HeadFinding;

/// What a head looks like, by the largest of its mean shares.
fn label(head: &HeadFinding) -> Option<String> {
    const FROM: f64 = 0.6;
    let candidates = [
        ("itself", head.own),
        ("previous token", head.previous),
        ("first token", head.first),
    ];
    let best = candidates.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    (best.1 >= FROM).then(|| format!("{} {:.2}", best.0, best.1))
}

pub fn wall(page: &Page<'_>) -> Markup {
    let of_head = |head: &HeadFinding| {
        let name = format!("h{}.head{}", head.block, head.head);
        let why = page.findings.why.last()?;
        why.parts.iter().find(|part| part.part == name)
    };
    section(
        "wall",
        "Attention wall",
        html! {
            p { "Every head's attention on one scale, by the root of the share; a row is a token that looks, a column what it looks at. Point at a cell and the same pair is ringed in every head." }
            div id="wall-panel" data-script="" {}
            p.quiet { "Each head over this text. A head has a label where it gives 0.6 or more of its attention, on average, to itself, to the token before or to the first token." }
            div.scroll { table.sortable {
                caption.sr { "Each head over this text" }
                thead { tr {
                    th scope="col" { "head" } th scope="col" { "label" }
                    th.num scope="col" { "entropy, bits" } th.num scope="col" { "distance" } th.num scope="col" { "itself" } th.num scope="col" { "previous" } th.num scope="col" { "first" }
                    th.num scope="col" { "direct share" } th.num scope="col" { "switched off" }
                } }
                tbody {
                    @for head in &page.findings.heads {
                        @let part = of_head(head);
                        tr {
                            th scope="row" { a href={ "#block" (head.block) ".attention." (head.head) "[" (page.last()) ",0]" } { "block " (head.block + 1) ", head " (head.head + 1) } }
                            td { (label(head).unwrap_or_default()) }
                            td.num { (number(head.entropy)) } td.num { (number(head.distance)) }
                            td.num { (number(head.own)) } td.num { (number(head.previous)) } td.num { (number(head.first)) }
                            td.num { (part.and_then(|part| part.share).map_or_else(String::new, number)) }
                            td.num { (part.and_then(|part| part.effect).map_or_else(String::new, number)) }
                        }
                    }
                }
            } }
        },
    )
}
