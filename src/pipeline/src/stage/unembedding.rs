//! Logits: each row against every token of the vocabulary.

use glam::Vec3;
use orrery_model::{TensorId, WeightId};

use super::GAP;
use crate::camera::SafeArea;
use crate::operand::Operand;
use crate::placement::Placement;
use crate::scene::AxisLabels;
use crate::staging::Staging;

pub(super) fn set(staging: &mut Staging<'_>) {
    let config = staging.pass().config();
    let head = if config.tied_head {
        WeightId::Embedding
    } else {
        WeightId::HeadWeight
    };
    let d_model = staging.parts().features() as f32;
    let input = super::last_operand(staging);
    let symbols = staging.values_of(head.into()).nrows() as f32;
    let unit = super::pixels_of_corner(staging, d_model + GAP + symbols, d_model, true);
    let x = staging.stand(input, Placement::at(0.0, 0.0));
    super::token_axes(staging, x);
    super::corner(
        staging,
        Operand::from(head).transposed(),
        Some(WeightId::HeadBias.into()),
        TensorId::Logits.into(),
        (d_model + GAP, unit),
        AxisLabels::Vocabulary,
    );
    staging.operator("·", Vec3::new(d_model + GAP * 0.5 - 0.5, -2.0, 0.0));
    staging.frame_all(SafeArea::WIDE_CORNER);
}
