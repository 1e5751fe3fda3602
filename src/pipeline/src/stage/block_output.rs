//! What leaves the block, on its own.

use orrery_model::BlockTensor;

use super::StageDescription;
use super::layout::token_axes;
use crate::camera::SafeArea;
use crate::operand::Operand;
use crate::placement::Placement;
use crate::staging::Staging;

pub(super) static STAGE: StageDescription = StageDescription {
    title: |_| "Block output",
    slug: "block-output",
    mark: "out",
    remark: |pass| format!("{} × {}", pass.tokens.len(), pass.config().d_model),
    work: |clock| clock.in_block(3.95, 4.0),
    set,
    ..StageDescription::COMMON
};

fn set(staging: &mut Staging<'_>) {
    let output = staging.stand(
        Operand::value(staging.block(), BlockTensor::Output),
        Placement::at(0.0, 0.0),
    );
    token_axes(staging, output);
    staging.frame_all(SafeArea::BAND);
}
