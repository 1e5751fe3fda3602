//! The overview: each token a column, each half block a row, as full as what it wrote is long.

use maud::{Markup, html};
use orrery_model::{BlockTensor as B, TensorId};

use super::{Page, section};

/// How many characters of a token stand below its column.
const LONGEST_NAME: usize = 10;
/// The width of a character of these, in the drawing's pixels.
const CHARACTER: f64 = 7.6;

/// A look as a line that leaves and arrives upright, so that it crosses no node.
fn look((from_x, from_y): (f64, f64), (to_x, to_y): (f64, f64)) -> String {
    let middle = (from_y + to_y) / 2.0;
    format!(
        "M{from_x:.0} {from_y:.0}C{from_x:.0} {middle:.0} {to_x:.0} {middle:.0} {to_x:.0} {to_y:.0}"
    )
}

pub fn map(page: &Page<'_>) -> Markup {
    let run = page.run;
    let (tokens, blocks) = (run.tokens(), run.config().n_blocks);
    let length = |row: ndarray::ArrayView1<'_, f32>| {
        row.iter()
            .map(|&x| f64::from(x) * f64::from(x))
            .sum::<f64>()
            .sqrt()
    };
    let lengths =
        |id: TensorId| -> Vec<f64> { run.matrix(id).rows().into_iter().map(length).collect() };
    let probabilities = run.matrix(TensorId::Probabilities);
    // from below: what enters, half block by half block, and what is likeliest behind the last
    let mut rows = vec![(
        "embedding".to_owned(),
        "embedding".to_owned(),
        lengths(TensorId::Embedded),
    )];
    for block in 0..blocks {
        for (tensor, what) in [(B::AttentionOutput, "attention"), (B::FfnOutput, "MLP")] {
            rows.push((
                format!("block {}: {what}", block + 1),
                format!("h{block}"),
                lengths(TensorId::Block(block, tensor)),
            ));
        }
    }
    let most = rows
        .iter()
        .flat_map(|(_, _, lengths)| lengths)
        .copied()
        .fold(f64::MIN_POSITIVE, f64::max);
    for (_, _, lengths) in &mut rows {
        lengths.iter_mut().for_each(|length| *length /= most);
    }
    let likeliest =
        |at: usize| f64::from(probabilities.row(at).iter().copied().fold(0.0, f32::max));
    rows.push((
        "next token".to_owned(),
        "logits".to_owned(),
        (0..tokens).map(likeliest).collect(),
    ));

    let names: Vec<String> = run
        .trace()
        .ids()
        .iter()
        .map(|&id| {
            let name = page.token(id);
            if name.chars().count() <= LONGEST_NAME {
                name
            } else {
                name.chars().take(LONGEST_NAME - 1).chain(['…']).collect()
            }
        })
        .collect();
    let longest = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(1) as f64
        * CHARACTER;
    let cell = (560.0 / tokens as f64).clamp(15.0, 84.0);
    let lying = longest + 4.0 <= cell;
    let (left, gap, below) = (128.0, 26.0, if lying { 22.0 } else { longest + 14.0 });
    let (width, height) = (
        left + cell * tokens as f64 + 6.0,
        gap * rows.len() as f64 + below,
    );
    let x = |at: usize| left + cell * (at as f64 + 0.5);
    let y = |row: usize| gap * (rows.len() as f64 - row as f64 - 0.5);
    let last = page.last();
    section(
        "map",
        "Map",
        html! {
            p { "A column is a token, a row half a block, from below: what enters, then attention and MLP of each block, and at the top the next token. A node is as full as what was written there is long; at the top, as its likeliest token is likely. A line is a look of more than a tenth of a head's attention: of the last token, or of the one that you follow. Nodes lead to their numbers; a bar at the left marks what you read last." }
            div.scroll {
                svg.map viewBox=(format!("0 0 {width:.0} {height:.0}")) style=(format!("width:{width:.0}px;min-width:{:.0}px", width * 0.75)) role="img" aria-label="What each half block wrote at each token" {
                    g.looks {
                        @for block in 0..blocks {
                            @for head in 0..run.config().n_heads {
                                @let row = run.head(block, B::Attention, head);
                                @for at in 0..last {
                                    @let share = f64::from(row[[last, at]]);
                                    @if share > 0.1 {
                                        path.look d=(look((x(at), y(2 * block)), (x(last), y(2 * block + 1)))) opacity=(format!("{share:.2}")) {}
                                    }
                                }
                            }
                        }
                    }
                    @for (row, (words, leads, lengths)) in rows.iter().enumerate() {
                        text x=(left - 8.0) y=(format!("{:.1}", y(row) + 4.0)) text-anchor="end" { (words) }
                        a href={ "#" (leads) } aria-label=(words) transform=(format!("translate(0 {:.0})", y(row))) {
                            @for (at, length) in lengths.iter().enumerate() {
                                circle cx=(format!("{:.0}", x(at))) fill-opacity=(format!("{:.2}", 0.06 + 0.94 * length)) {}
                            }
                        }
                    }
                    @for (at, name) in names.iter().enumerate() {
                        @let (x, y) = (x(at), gap * rows.len() as f64);
                        @if lying { text.name x=(format!("{x:.1}")) y=(format!("{:.1}", y + 14.0)) text-anchor="middle" data-position=(at) { (name) } }
                        @else { text.name transform=(format!("translate({:.1} {:.1}) rotate(90)", x - 4.0, y + 4.0)) data-position=(at) { (name) } }
                    }
                }
            }
        },
    )
}
