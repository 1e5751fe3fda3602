//! Logits: each row is compared with every token of the vocabulary.

use glam::Vec3;
use orrery_model::{TensorId, WeightId};

use super::StageDescription;
use super::layout::{GAP, corner, last_operand, pixels_of_corner, token_axes};
use crate::camera::SafeArea;
use crate::colour::Quantity;
use crate::operand::Operand;
use crate::part::{PagedAxis, ShownTokens};
use crate::placement::Placement;
use crate::scene::AxisLabels;
use crate::staging::Staging;

pub(super) static STAGE: StageDescription = StageDescription {
    title: |_| "Un-embedding",
    slug: "output-projection",
    mark: "logits",
    quantities: &[Quantity::Weight, Quantity::Activation, Quantity::Logit],
    remark: |pass| {
        if pass.config().tied_head {
            "with the embedding table, laid on its side"
        } else {
            "with a table of its own"
        }
        .to_owned()
    },
    facts: |pass| {
        let mut facts = vec![
            "Each row scores the token that could follow its own token: that is what training compares with the text. To go on from here only the last row counts.".to_owned(),
        ];
        if pass.config().tied_head {
            facts.push("Eᵀ is the embedding table E of the beginning, laid on its side: one matrix, drawn twice.".to_owned());
        }
        facts
    },
    paged_axes: &[PagedAxis::Logits, PagedAxis::Features, PagedAxis::Tokens],
    shown_tokens: ShownTokens::ByLogit,
    work: |clock| clock.after_blocks(clock.final_norm_share(), 1.0),
    set,
    ..StageDescription::COMMON
};

fn set(staging: &mut Staging<'_>) {
    let unembedding = Operand::unembedding(staging.pass().config());
    let d_model = staging.parts().features() as f32;
    let input = last_operand(staging);
    let symbols = staging.values_of(unembedding).ncols() as f32;
    let unit = pixels_of_corner(staging, d_model + GAP + symbols, d_model, true);
    let x = staging.stand(input, Placement::at(0.0, 0.0));
    token_axes(staging, x);
    corner(
        staging,
        unembedding,
        Some(WeightId::HeadBias.into()),
        TensorId::Logits.into(),
        (d_model + GAP, unit),
        AxisLabels::Vocabulary,
    );
    staging.operator("·", Vec3::new(d_model + GAP * 0.5 - 0.5, -2.0, 0.0));
    staging.frame_all(SafeArea::WIDE_CORNER);
}
