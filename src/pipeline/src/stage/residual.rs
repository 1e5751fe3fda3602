//! What a sub-layer found is added to the copy that waited; then the sum is normed where the model
//! has a norm here.

use glam::Vec3;
use orrery_model::{BlockTensor, NormPlacement};

use super::GAP;
use super::norm::{NormOperands, surround};
use crate::camera::SafeArea;
use crate::operand::Operand;
use crate::placement::Placement;
use crate::staging::Staging;

pub(super) fn set_first(block: usize, staging: &mut Staging<'_>) {
    use BlockTensor as T;
    let which = match staging.pass().config().norm_placement {
        NormPlacement::Pre => 2,
        NormPlacement::Post => 1,
    };
    let norm = NormOperands::of_block(block, which);
    let of = |tensor| Operand::value(block, tensor);
    set(
        staging,
        [of(T::Input), of(T::AttentionOutput), of(T::Residual1)],
        Some(&norm),
    );
}

pub(super) fn set_second(block: usize, staging: &mut Staging<'_>) {
    use BlockTensor as T;
    let of = |tensor| Operand::value(block, tensor);
    let (stream, norm) = match staging.pass().config().norm_placement {
        NormPlacement::Pre => (T::Residual1, None),
        NormPlacement::Post => (T::Norm1, Some(NormOperands::of_block(block, 2))),
    };
    set(
        staging,
        [of(stream), of(T::FfnOutput), of(T::Residual2)],
        norm.as_ref(),
    );
}

fn set(staging: &mut Staging<'_>, [stream, added, sum]: [Operand; 3], norm: Option<&NormOperands>) {
    let config = staging.pass().config();
    let pre = config.norm_placement == NormPlacement::Pre;
    let step = config.d_model as f32 + GAP;
    let place = |column: f32| Placement::at(column * step, 0.0);
    let first = staging.stand(stream, place(0.0));
    super::token_axes(staging, first);
    staging.stand(added, place(1.0));
    staging.produce(sum, place(2.0));
    if let Some(norm) = norm {
        surround(staging, norm, place(2.0));
        if pre {
            // the un-normed sum is the residual stream: its copy waits
            let leaving = staging.compute().part(0.42, 0.8);
            staging.leave_copy(sum, leaving);
        }
    }
    let middle = -(staging.pass().trace.tokens() as f32 - 1.0) * 0.5;
    for (sign, column) in [("+", 1.0), ("=", 2.0)] {
        let x = column * step - GAP * 0.5 - 0.5;
        staging.operator(sign, Vec3::new(x, middle, 0.0));
    }
    staging.frame_all(SafeArea::BAND);
}
