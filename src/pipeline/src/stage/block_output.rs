//! What leaves the block, for itself.

use orrery_model::BlockTensor;

use crate::camera::SafeArea;
use crate::operand::Operand;
use crate::placement::Placement;
use crate::staging::Staging;

pub(super) fn set(block: usize, staging: &mut Staging<'_>) {
    let output = staging.stand(
        Operand::value(block, BlockTensor::Output),
        Placement::at(0.0, 0.0),
    );
    super::token_axes(staging, output);
    staging.frame_all(SafeArea::BAND);
}
