//! Queries, keys and values: X at the left, the three matrices above, the results at the crossings.

use glam::Vec3;
use orrery_model::{BlockTensor, BlockWeight, NormPlacement};

use super::StageDescription;
use super::layout::{GAP, corner, pixels_of_corner, token_axes};
use crate::camera::SafeArea;
use crate::colour::Quantity;
use crate::operand::Operand;
use crate::part::PagedAxis;
use crate::placement::Placement;
use crate::scene::AxisLabels;
use crate::staging::Staging;

pub(super) static STAGE: StageDescription = StageDescription {
    title: |_| "Q/K/V projection",
    slug: "qkv-projection",
    mark: "QKV",
    quantities: &[Quantity::Weight, Quantity::Activation, Quantity::HeadVector],
    remark: |pass| format!("three matrices of {0} × {0}", pass.config().d_model),
    paged_axes: &[PagedAxis::Heads, PagedAxis::Features, PagedAxis::Tokens],
    work: |clock| clock.in_block(clock.norm1_share(), 1.0),
    set,
    ..StageDescription::COMMON
};

/// The words are written above X if it takes at least this share of the stage's width.
const NARROWEST_CORNER: f32 = 0.2;

fn set(staging: &mut Staging<'_>) {
    use {BlockTensor as T, BlockWeight as W};
    let block = staging.block();
    let config = staging.pass().config();
    let input = match config.norm_placement {
        NormPlacement::Pre => T::Norm1,
        NormPlacement::Post => T::Input,
    };
    let d_model = staging.parts().features() as f32;
    let all_heads = {
        let heads = staging.parts().heads();
        (heads.heads().len() * heads.columns()) as f32
    };
    let width = d_model + 3.0 * (all_heads + GAP);
    let unit = pixels_of_corner(staging, width, d_model, true);
    let x = staging.stand(Operand::value(block, input), Placement::at(0.0, 0.0));
    token_axes(staging, x);
    let columns = [
        (W::QueryWeight, W::QueryBias, T::Q),
        (W::KeyWeight, W::KeyBias, T::K),
        (W::ValueWeight, W::ValueBias, T::V),
    ];
    for (at, (weight, bias, result)) in columns.into_iter().enumerate() {
        let left = d_model + GAP + at as f32 * (all_heads + GAP);
        corner(
            staging,
            Operand::weight(block, weight),
            Some(Operand::weight(block, bias)),
            Operand::value(block, result),
            (left, unit),
            AxisLabels::Indices,
        );
    }
    let middle = -(staging.parts().tokens() as f32 - 1.0) * 0.5;
    staging.operator(
        "·",
        Vec3::new(d_model + GAP * 0.5 - 0.5, middle.max(-3.0), 0.0),
    );
    let safe = if d_model < NARROWEST_CORNER * width {
        SafeArea::BAND
    } else {
        SafeArea::CORNER
    };
    staging.frame_all(safe);
}
