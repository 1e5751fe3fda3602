//! All heads at once. In each: Q from the left, Kᵀ from above, V on its side below, the scores in the middle. Once
//! the attention is made, Q and Kᵀ have done their work and leave; the attention moves into their place, and
//! the head's answer is made at its right.

use glam::Vec3;
use orrery_model::BlockTensor;

use super::StageDescription;
use super::layout::pixels_of_unit;
use crate::camera::SafeArea;
use crate::colour::Quantity;
use crate::label::{Align, Label, LabelKind};
use crate::motion::{MotionKind, Wave};
use crate::operand::Operand;
use crate::part::PagedAxis;
use crate::placement::Placement;
use crate::rich_text::RichText;
use crate::scene::AxisLabels;
use crate::staging::Staging;
use crate::timeline::Window;

pub(super) static STAGE: StageDescription = StageDescription {
    title: |_| "Multi-head attention",
    slug: "attention",
    mark: "attention",
    quantities: &[Quantity::HeadVector, Quantity::Score, Quantity::Probability],
    remark: |pass| {
        let (heads, width) = (pass.config().n_heads, pass.config().d_head());
        let s = if heads == 1 { "" } else { "s" };
        format!("{heads} head{s} of width {width}")
    },
    facts: |pass| {
        match pass.config().n_heads {
        1 => Vec::new(),
        _ => vec!["Heads look at the text independently of each other, with queries, keys and values of their own.".to_owned()],
    }
    },
    paged_axes: &[PagedAxis::Heads, PagedAxis::Features, PagedAxis::Tokens],
    shows_attention: true,
    work: |clock| clock.in_block(1.0, 2.0),
    set,
    rearrange,
    ..StageDescription::COMMON
};

/// Space inside a head, in units.
const INNER: f32 = 1.7;
/// Space above the scores, for their name; at least so many units and so many pixels.
const ABOVE: (f32, f32) = (2.3, 26.0);
/// The same below the scores, for the tokens along them and V's name.
const BELOW: (f32, f32) = (4.0, 46.0);
/// Pixels of a unit from which there is room for tokens beside the scores of each head.
const ROOM_FOR_TOKENS: f32 = 8.0;
/// The same between heads: the sums of the scores' rows, and the tokens beside the next head's.
const BETWEEN: (f32, f32) = (2.9, 20.0);
/// Share of the softmax's time from which the attention moves.
const MOVES_FROM: f32 = 0.8;

/// Whether heads are so wide compared with the text that V is drawn upright: right of the scores and, once the
/// attention has moved, above the answer, each of its columns over the column that it makes.
fn upright_values(d_head: f32, tokens: f32) -> bool {
    d_head > 2.0 * tokens
}

/// How many heads to put side by side so that all are as large as possible in a picture of this aspect ratio; each
/// takes `width × height` units.
fn heads_across(heads: usize, width: f32, height: f32, aspect: f32) -> usize {
    let size = |across: usize| {
        let rows = heads.div_ceil(across) as f32;
        (aspect / (across as f32 * width)).min(1.0 / (rows * height))
    };
    (1..=heads)
        .rev()
        .max_by(|&a, &b| size(a).total_cmp(&size(b)))
        .unwrap_or(1)
}

/// How the matrices of the heads are arranged.
struct Layout {
    upright: bool,
    /// Room for a head, in units.
    width: f32,
    height: f32,
    above: f32,
    below: f32,
    across: usize,
    /// Pixels of a unit in a picture of 1280 × 720.
    unit: f32,
}

impl Layout {
    fn new(heads: usize, d_head: f32, tokens: f32) -> Self {
        let sized = |above: f32, below: f32, between: f32| {
            let upright = upright_values(d_head, tokens);
            let (width, height) = if upright {
                (2.0 * (d_head + INNER) + tokens, d_head + above + tokens)
            } else {
                let wide = d_head + INNER + tokens;
                (wide, 2.0 * d_head + above + below + tokens)
            };
            let (width, height) = (width + between, height + between);
            let across = heads_across(heads, width, height, 2.7);
            let rows = heads.div_ceil(across.max(1)) as f32;
            Self {
                upright,
                width,
                height,
                above,
                below,
                across,
                unit: pixels_of_unit(across as f32 * width, rows * height),
            }
        };
        // names need so many pixels, however many units that is
        let unit = sized(ABOVE.0, BELOW.0, BETWEEN.0).unit;
        let [below, between] = [BELOW, BETWEEN].map(|(units, pixels)| units.max(pixels / unit));
        // between cells, whose halves reach into it
        let above = ABOVE.0.max(ABOVE.1 / unit + 1.0);
        sized(above, below, between)
    }
}

/// The heads that are shown, how many columns of each, and how many tokens.
fn shown(staging: &Staging<'_>) -> (Vec<usize>, f32, f32) {
    let parts = staging.parts();
    let heads = parts.heads();
    (
        heads.heads().to_vec(),
        heads.columns() as f32,
        parts.tokens() as f32,
    )
}

/// One head's part of a matrix of the block.
fn of_head(staging: &Staging<'_>, tensor: BlockTensor, head: usize) -> Operand {
    Operand::value(staging.block(), tensor).head(head)
}

/// What is worth knowing of the steps, when they run.
fn facts(staging: &mut Staging<'_>) {
    use BlockTensor as T;
    let config = staging.pass().config();
    staging.fact_of(
        of_head(staging, T::RawScores, 0),
        "A score says how well a query matches a key. It may be negative: only differences within a row count.",
    );
    if config.attention_scaling.by_width {
        let width = config.d_head();
        let root = (width as f32).sqrt();
        let root = if root.fract() == 0.0 {
            format!("√{width} = {root}")
        } else {
            format!("√{width} ≈ {root:.2}")
        };
        staging.fact_of(
            of_head(staging, T::Scores, 0),
            format!("Why the root? A sum of random products grows like the root of how many they are: divided by it, scores are about as large for any width of a head. Here {root}."),
        );
    }
    staging.fact_of(
        of_head(staging, T::MaskedScores, 0),
        "Scores of later tokens are computed too, and then hidden: in training all rows are predicted at once, and none may see its answer.",
    );
}

fn set(staging: &mut Staging<'_>) {
    facts(staging);
    use BlockTensor as T;
    let block = staging.block();
    staging.park(Operand::value(block, T::Input));
    let (heads, d_head, tokens) = shown(staging);
    let layout = Layout::new(heads.len(), d_head, tokens);
    let (Some(weighing), Some(split)) = (
        staging.step_making(of_head(staging, T::HeadOutput, 0)),
        staging.step_making(of_head(staging, T::K, 0).transposed()),
    ) else {
        return;
    };
    for (at, head) in heads.into_iter().enumerate() {
        let x = (at % layout.across) as f32 * layout.width;
        let y = -((at / layout.across) as f32) * layout.height;
        let of = |tensor| Operand::value(block, tensor).head(head);
        let scores = Placement::at(x + d_head + INNER, y);
        let q = staging.stand(of(T::Q), Placement::at(x, y));
        // numbers beside the others would lie on what is at their left
        let beside = at % layout.across == 0 || layout.unit >= ROOM_FOR_TOKENS;
        let tokens_beside = match beside {
            true => AxisLabels::Tokens,
            false => AxisLabels::None,
        };
        staging.axes(q, tokens_beside, AxisLabels::None);
        staging.stand(
            of(T::K).transposed(),
            scores.shifted(Vec3::Y * (d_head - 1.0 + layout.above)),
        );
        let values = if layout.upright {
            scores.shifted(Vec3::new(tokens + INNER, tokens - 1.0 + layout.above, 0.0))
        } else {
            // on its side, so that each of its rows lies under the column of the attention that it meets
            scores
                .shifted(Vec3::NEG_Y * (tokens + layout.below - 1.0))
                .transposed()
        };
        staging.stand(of(T::V), values);
        let made = staging.produce(of(T::RawScores), scores);
        let rows = if layout.unit < ROOM_FOR_TOKENS {
            AxisLabels::None
        } else {
            AxisLabels::Tokens
        };
        staging.axes(made, rows, AxisLabels::Tokens);
        let answer = Placement::at(x + tokens + INNER, y);
        staging.produce_from(of(T::HeadOutput), answer, weighing.start);
        staging.label(Label {
            align: Align::Left,
            ..Label::new(
                LabelKind::Note,
                RichText::parse(&format!("head {}", head + 1)),
                Vec3::new(x - 0.5, y + d_head + layout.above - 0.5, 0.0),
                Window::new(staging.appear().end, staging.duration()),
            )
        });
    }
    // while the columns fly to their heads both ends of the way are seen, then the heads alone
    staging.frame_arrivals(split.part(0.6, 1.0), SafeArea::BAND);
}

/// Before the values are weighed: Q and Kᵀ leave, attention and V move to the left.
fn rearrange(staging: &mut Staging<'_>, made_next: &[Operand]) {
    use BlockTensor as T;
    if !made_next.contains(&of_head(staging, T::HeadOutput, 0)) {
        return;
    }
    let Some(softmax) = staging.step_making(of_head(staging, T::Attention, 0)) else {
        return;
    };
    let block = staging.block();
    let (heads, d_head, tokens) = shown(staging);
    let window = softmax.part(MOVES_FROM, 1.0);
    let leave = window.part(0.0, 0.6);
    let mut acting = Vec::new();
    for head in heads {
        let of = |tensor| Operand::value(block, tensor).head(head);
        for operand in [of(T::Q), of(T::K).transposed()] {
            if let Some(group) = staging.group_of(operand) {
                let wave = Wave::diagonal(leave.start, leave.end);
                staging.add(group, MotionKind::Disappear(wave));
            }
        }
        for operand in [of(T::Attention), of(T::V)] {
            let Some(group) = staging.group_of(operand) else {
                continue;
            };
            let to = staging
                .placement(group)
                .shifted(Vec3::NEG_X * (d_head + INNER));
            let wave = Wave::diagonal(window.start, window.end);
            staging.add(group, MotionKind::Fly(wave, to));
            acting.push(group);
        }
        acting.extend(staging.group_of(of(T::HeadOutput)));
    }
    if upright_values(d_head, tokens) {
        // without Q and K little is left of a wide stage
        let seconds = (window.end - window.start).max(0.1);
        staging.frame(window.start, seconds, &acting, SafeArea::BAND);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_arranged_to_be_large() {
        assert_eq!(heads_across(1, 22.6, 22.6, 1.6), 1);
        assert_eq!(heads_across(4, 31.6, 30.6, 1.6), 2);
        assert_eq!(heads_across(4, 31.6, 30.6, 4.5), 4);
        assert_eq!(heads_across(6, 22.6, 22.6, 1.6), 3);
    }
}
