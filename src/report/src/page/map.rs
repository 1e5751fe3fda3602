//! The overview: each token a column, each half block a row, as bright as what it wrote is large.

use maud::{Markup, html};
use orrery_model::BlockTensor as B;

use super::{Page, section};

pub fn map(page: &Page<'_>) -> Markup {
    let run = page.run;
    let (tokens, blocks) = (run.tokens(), run.config().n_blocks);
    let rows = 2 * blocks;
    let length = |block, tensor, at: usize| {
        let row = run.block(block, tensor);
        row.row(at)
            .iter()
            .map(|&x| f64::from(x) * f64::from(x))
            .sum::<f64>()
            .sqrt()
    };
    let mut written = Vec::new();
    for block in 0..blocks {
        for tensor in [B::AttentionOutput, B::FfnOutput] {
            written.push(
                (0..tokens)
                    .map(|at| length(block, tensor, at))
                    .collect::<Vec<f64>>(),
            );
        }
    }
    let most = written
        .iter()
        .flatten()
        .copied()
        .fold(f64::MIN_POSITIVE, f64::max);
    let (cell, gap) = (14.0, 22.0);
    let (width, height) = (cell * tokens as f64 + 8.0, gap * (rows as f64 + 1.0));
    let y = |row: usize| height - gap * (row as f64 + 0.8);
    let x = |at: usize| 4.0 + cell * (at as f64 + 0.5);
    let last = page.last();
    section(
        "map",
        "Map",
        html! {
            p { "A column is a token, a row half a block, from below: attention, then MLP. A node is as full as what it wrote is long; a line is a look of the last token of more than a tenth of a head's attention. Nodes lead to their block." }
            div.scroll {
                svg.map viewBox=(format!("0 0 {width:.0} {height:.0}")) style={ "width:min(100%, " (format!("{:.0}", width * 1.8)) "px)" } role="img" aria-label="What each half block wrote at each token" {
                    @for block in 0..blocks {
                        @for head in 0..run.config().n_heads {
                            @let row = run.head(block, B::Attention, head);
                            @for at in 0..last {
                                @let share = f64::from(row[[last, at]]);
                                @if share > 0.1 {
                                    path.look d=(format!("M{:.1} {:.1} L{:.1} {:.1}", x(at), y(2 * block) + gap * 0.8, x(last), y(2 * block))) opacity=(format!("{:.2}", share)) {}
                                }
                            }
                        }
                    }
                    @for (row, lengths) in written.iter().enumerate() {
                        a href={ "#h" (row / 2) } aria-label={ "block " (row / 2 + 1) ", " (if row % 2 == 0 { "attention" } else { "MLP" }) } {
                            @for (at, length) in lengths.iter().enumerate() {
                                circle cx=(x(at)) cy=(format!("{:.1}", y(row))) r="5" fill-opacity=(format!("{:.2}", 0.06 + 0.94 * length / most)) data-position=(at) {}
                            }
                        }
                    }
                }
            }
        },
    )
}
