//! The logits: the likeliest tokens at every position, and the draw with live settings.

use maud::{Markup, html};
use orrery_model::TensorId;

use super::blocks::{code, panel, panels};
use super::{Page, number, percent, section};
use crate::code_line::draw_lines;

pub fn logits(page: &Page<'_>) -> Markup {
    let ids = page.run.trace().ids();
    let never = page.request.tokenizer.special();
    let probabilities = page.run.matrix(TensorId::Probabilities);
    let top = |at: usize| {
        let logits = page.run.logits(at);
        let mut order: Vec<usize> = (0..logits.len()).filter(|id| !never.contains(id)).collect();
        order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
        order.truncate(5);
        order
    };
    section(
        "logits",
        "Logits",
        html! {
            p { "The five likeliest tokens at every position; the one that came is marked." }
            div.scroll { table.logits {
                thead { tr { th scope="col" { "position" } th scope="col" { "token" } @for place in 1..=5 { th scope="col" { (place) } } } }
                tbody { @for at in 0..page.run.tokens() {
                    @let next = ids.get(at + 1).copied();
                    tr data-position=(at) {
                        th scope="row" { (at) } td { (page.glyph(ids[at])) }
                        @for id in top(at) { td class=[(Some(id) == next).then_some("came")] { (page.glyph(id)) " " small { (percent(f64::from(probabilities[[at, id]]))) " · " (number(f64::from(page.run.logits(at)[id]))) } @if Some(id) == next { span.sr { " (came)" } } } }
                    }
                } }
            } }
            h3 { "Draw it yourself" }
            p { "The same algorithm and the same random numbers as the program's: temperature, then top-k, then top-p; the shares lie end to end in the order of their ids." }
            div id="draw-panel" data-script="" {}
            details { summary { "The same in nanoGPT, with this report's settings" }
                (code(&draw_lines(&page.request.sampling, page.run.config().vocab_size)))
                @if page.request.sampling.top_p.is_some() { p.quiet { "Top-p is this program's own and comes before the draw; nanoGPT has none." } }
            }
            (panels(page, &[TensorId::FinalNormMean, TensorId::FinalNormVariance, TensorId::FinalNorm].into_iter().filter(|id| page.pack.tensors.contains(id)).collect::<Vec<_>>()))
            (panel(page, TensorId::Logits, 3))
            (panel(page, TensorId::Probabilities, 3))
            @if page.run.config().vocab_size > 1024 { p.quiet { "Of this large vocabulary the file has the 256 largest logits of each position, that of the token that came, and the log-sum-exp of all, so that every probability shown is exact." } }
        },
    )
}
