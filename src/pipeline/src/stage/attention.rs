//! All heads at once. In each: Q from the left, Kᵀ from above, V lying below, scores in the middle,
//! the head's answer at the right.

use glam::Vec3;
use orrery_model::BlockTensor;

use crate::camera::SafeArea;
use crate::label::{Align, Label, LabelKind};
use crate::operand::Operand;
use crate::placement::Placement;
use crate::rich_text::RichText;
use crate::scene::AxisLabels;
use crate::staging::Staging;
use crate::timeline::Window;

/// Space inside a head, in units.
const INNER: f32 = 1.9;
/// Space above the scores, for their name.
const ABOVE: f32 = 2.7;
/// Space below the scores, for the tokens along them and V's name.
const BELOW: f32 = 3.6;
/// Space between heads, in units.
const BETWEEN: f32 = 3.2;

/// How many heads stand in a row so that all are as large as possible in a picture of this aspect.
fn heads_across(heads: usize, width: f32, height: f32, aspect: f32) -> usize {
    let size = |across: usize| {
        let rows = heads.div_ceil(across) as f32;
        (aspect / (across as f32 * (width + BETWEEN))).min(1.0 / (rows * (height + BETWEEN)))
    };
    (1..=heads)
        .rev()
        .max_by(|&a, &b| size(a).total_cmp(&size(b)))
        .unwrap_or(1)
}

pub(super) fn set(block: usize, staging: &mut Staging<'_>) {
    use BlockTensor as T;
    staging.park(Operand::value(block, T::Input));
    let config = staging.pass().config();
    let (heads, d_head) = (config.n_heads, config.d_head() as f32);
    let tokens = staging.pass().trace.tokens() as f32;
    let width = 2.0 * (d_head + INNER) + tokens;
    let height = 2.0 * d_head + ABOVE + BELOW + tokens;
    let across = heads_across(heads, width, height, 2.9);
    for head in 0..heads {
        let x = (head % across) as f32 * (width + BETWEEN);
        let y = -((head / across) as f32) * (height + BETWEEN);
        let of = |tensor| Operand::value(block, tensor).head(head);
        let scores = Placement::at(x + d_head + INNER, y);
        let q = staging.stand(of(T::Q), Placement::at(x, y));
        staging.axes(q, AxisLabels::Tokens, AxisLabels::None);
        staging.stand(
            of(T::K).transposed(),
            scores.shifted(Vec3::Y * (d_head - 1.0 + ABOVE)),
        );
        // V lies on its side, so that its rows stand under the columns of the attention they meet
        staging.stand(
            of(T::V),
            scores
                .shifted(Vec3::NEG_Y * (tokens + BELOW - 1.0))
                .transposed(),
        );
        let made = staging.produce(of(T::RawScores), scores);
        staging.axes(made, AxisLabels::None, AxisLabels::Tokens);
        staging.produce(
            of(T::HeadOutput),
            scores.shifted(Vec3::X * (tokens - 1.0 + INNER + 1.0)),
        );
        staging.label(Label {
            align: Align::Left,
            ..Label::new(
                LabelKind::Note,
                RichText::parse(&format!("head {}", head + 1)),
                Vec3::new(x - 0.5, y + d_head + ABOVE - 0.5, 0.0),
                Window::new(staging.appear().end, staging.duration()),
            )
        });
    }
    staging.frame_all(SafeArea::BAND);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_arranged_to_be_large() {
        assert_eq!(heads_across(1, 20.0, 20.0, 1.6), 1);
        assert_eq!(heads_across(4, 29.0, 28.0, 1.6), 2);
        assert_eq!(heads_across(4, 29.0, 28.0, 4.5), 4);
        assert_eq!(heads_across(6, 20.0, 20.0, 1.6), 3);
    }
}
