//! What attention or feed-forward has found is added to the copy of the residual stream that waited; then the sum is
//! normed, if the model has a norm here.

use glam::Vec3;
use orrery_model::{BlockTensor, NormPlacement};

use super::StageDescription;
use super::layout::{GAP, better_stacked, gap_below, pixels_of_unit, token_axes};
use super::norm::{NormOperands, steps_above, surround};
use crate::camera::SafeArea;
use crate::colour::Quantity;
use crate::operand::Operand;
use crate::placement::Placement;
use crate::staging::Staging;

pub(super) static FIRST: StageDescription = StageDescription {
    title: |config| match config.norm_placement {
        NormPlacement::Pre => "Residual sum, then the norm before the feed-forward",
        NormPlacement::Post => "Residual sum and layer norm",
    },
    slug: "residual-1",
    mark: "+ norm",
    quantities: &[Quantity::Activation, Quantity::Mean, Quantity::Variance],
    remark: |_| "after the attention".to_owned(),
    facts: |pass| {
        match pass.config().norm_placement {
        NormPlacement::Pre => Vec::new(),
        NormPlacement::Post => vec!["This model norms after each sum, as the first transformer did. GPT-2 norms before attention and feed-forward instead.".to_owned()],
    }
    },
    work: |clock| clock.in_block(2.7, 3.0),
    set: set_first,
    ..StageDescription::COMMON
};

pub(super) static SECOND: StageDescription = StageDescription {
    title: |config| match config.norm_placement {
        NormPlacement::Pre => "Residual sum",
        NormPlacement::Post => "Residual sum and layer norm",
    },
    slug: "residual-2",
    remark: |_| "after the feed-forward".to_owned(),
    facts: |_| Vec::new(),
    work: |clock| clock.in_block(3.8, 3.95),
    set: set_second,
    ..FIRST
};

fn set_first(staging: &mut Staging<'_>) {
    use BlockTensor as T;
    let block = staging.block();
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

fn set_second(staging: &mut Staging<'_>) {
    use BlockTensor as T;
    let block = staging.block();
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

/// Room for γ and β above the sum in a small model, in units.
const ABOVE_SUM: f32 = 7.0;

fn set(staging: &mut Staging<'_>, [stream, added, sum]: [Operand; 3], norm: Option<&NormOperands>) {
    let config = staging.pass().config();
    let pre = config.norm_placement == NormPlacement::Pre;
    let parts = staging.parts();
    let (d_model, tokens) = (parts.features() as f32, parts.tokens() as f32);
    let step = d_model + GAP;
    let down = tokens + GAP;
    // γ and β are placed above the sum
    let above = norm.map_or(0.0, |_| ABOVE_SUM);
    let side_by_side = (3.0 * step, tokens + above);
    let stack = (d_model + 5.0, 3.0 * down + above);
    let stacked = better_stacked(side_by_side, stack);
    let size = if stacked { stack } else { side_by_side };
    let unit = pixels_of_unit(size.0, size.1);
    let above = norm.map_or(0.0, |_| steps_above(unit).0 + steps_above(unit).1);
    let down = tokens + gap_below(unit);
    let place = |at: usize| {
        if stacked {
            let above = if at == 2 { above } else { 0.0 };
            Placement::at(0.0, -(at as f32 * down + above))
        } else {
            Placement::at(at as f32 * step, 0.0)
        }
    };
    let first = staging.stand(stream, place(0));
    token_axes(staging, first);
    staging.stand(added, place(1));
    let result = staging.produce(sum, place(2));
    if let Some(norm) = norm {
        surround(staging, norm, place(2), unit);
        if pre {
            // the sum before the norm is the residual stream: a copy of it waits
            let leaving = staging.compute().part(0.42, 0.8);
            staging.leave_copy(sum, leaving);
        }
    }
    let middle = -(tokens - 1.0) * 0.5;
    for (sign, at) in [("+", 1), ("=", 2)] {
        let beside = place(at).origin + Vec3::Y * middle;
        // in a stack the sign is where it is in a sum on paper
        let left = if stacked { -4.0 } else { -GAP * 0.5 - 0.5 };
        staging.operator_before(sign, beside + Vec3::X * left, result);
    }
    staging.frame_all(SafeArea::BAND);
}
