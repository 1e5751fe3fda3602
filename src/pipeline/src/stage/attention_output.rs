//! The heads' answers fly side by side and meet W_O.

use glam::Vec3;
use orrery_model::{BlockTensor, BlockWeight};

use super::GAP;
use crate::camera::SafeArea;
use crate::operand::Operand;
use crate::placement::Placement;
use crate::scene::AxisLabels;
use crate::staging::Staging;

pub(super) fn set(block: usize, staging: &mut Staging<'_>) {
    use {BlockTensor as T, BlockWeight as W};
    let heads = staging.parts().heads().clone();
    let width = (heads.heads().len() * heads.columns()) as f32;
    let features = staging.parts().features() as f32;
    let unit = super::pixels_of_corner(staging, width + GAP + features, width, true);
    let place = Placement::at(0.0, 0.0);
    for (at, &head) in heads.heads().iter().enumerate() {
        let part = staging.stand(
            Operand::value(block, T::HeadOutput).head(head),
            place.part(0, at * heads.columns()),
        );
        staging.unnamed(part);
    }
    let concat = staging.produce(Operand::value(block, T::Concat), place);
    super::token_axes(staging, concat);
    super::corner(
        staging,
        Operand::weight(block, W::OutputWeight),
        Some(Operand::weight(block, W::OutputBias)),
        Operand::value(block, T::AttentionOutput),
        (width + GAP, unit),
        AxisLabels::Indices,
    );
    staging.operator("·", Vec3::new(width + GAP * 0.5 - 0.5, -2.0, 0.0));
    staging.frame_all(SafeArea::WIDE_CORNER);
}
