//! The heads' answers fly together, side by side, and are multiplied by W_O.

use glam::Vec3;
use orrery_model::{BlockTensor, BlockWeight};

use super::StageDescription;
use super::layout::{GAP, corner, pixels_of_corner, token_axes};
use crate::camera::SafeArea;
use crate::colour::Quantity;
use crate::operand::Operand;
use crate::part::PagedAxis;
use crate::placement::Placement;
use crate::scene::AxisLabels;
use crate::staging::{NAMES_CHANGE, Staging};

pub(super) static STAGE: StageDescription = StageDescription {
    title: |config| match config.n_heads {
        1 => "Attention output",
        _ => "Heads side by side, and the attention's output",
    },
    slug: "attention-output",
    mark: "project",
    quantities: &[Quantity::Weight, Quantity::HeadVector, Quantity::Activation],
    remark: |pass| match pass.config().n_heads {
        1 => "one head".to_owned(),
        heads => format!("{heads} heads of width {}", pass.config().d_head()),
    },
    paged_axes: &[PagedAxis::Heads, PagedAxis::Features, PagedAxis::Tokens],
    work: |clock| clock.in_block(2.0, 2.7),
    set,
    ..StageDescription::COMMON
};

fn set(staging: &mut Staging<'_>) {
    use {BlockTensor as T, BlockWeight as W};
    let block = staging.block();
    let heads = staging.parts().heads().clone();
    let width = (heads.heads().len() * heads.columns()) as f32;
    let features = staging.parts().features() as f32;
    let unit = pixels_of_corner(staging, width + GAP + features, width, true);
    let place = Placement::at(0.0, 0.0);
    let together = staging.step_making(Operand::value(block, T::Concat));
    for (at, &head) in heads.heads().iter().enumerate() {
        let part = staging.stand(
            Operand::value(block, T::HeadOutput).head(head),
            place.part(0, at * heads.columns()),
        );
        // what was found has its names until it is laid side by side
        match together {
            Some(together) => staging.named_until(part, together.part(NAMES_CHANGE, 1.0).start),
            None => staging.unnamed(part),
        }
    }
    let concat = staging.produce(Operand::value(block, T::Concat), place);
    token_axes(staging, concat);
    corner(
        staging,
        Operand::weight(block, W::OutputWeight),
        Some(Operand::weight(block, W::OutputBias)),
        Operand::value(block, T::AttentionOutput),
        (width + GAP, unit),
        AxisLabels::Indices,
    );
    staging.operator("·", Vec3::new(width + GAP * 0.5 - 0.5, -2.0, 0.0));
    match together {
        // while the parts come both ends of their way are seen
        Some(together) => staging.frame_arrivals(together.part(0.4, 0.8), SafeArea::WIDE_CORNER),
        None => staging.frame_all(SafeArea::WIDE_CORNER),
    }
}
