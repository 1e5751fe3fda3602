//! The feed-forward: up to the hidden width, activation, and down again. W_down lies on its side above the hidden
//! layer, each of its rows over the hidden column that it meets.

use glam::Vec3;
use orrery_model::{BlockTensor, BlockWeight, NormPlacement};

use super::StageDescription;
use super::layout::{GAP, corner, pixels_of_corner, room_for_name, token_axes};
use crate::camera::SafeArea;
use crate::colour::Quantity;
use crate::motion::{MotionKind, Wave};
use crate::operand::Operand;
use crate::part::PagedAxis;
use crate::placement::Placement;
use crate::scene::AxisLabels;
use crate::staging::Staging;
use crate::timeline::Window;

pub(super) static STAGE: StageDescription = StageDescription {
    title: |_| "Feed-forward",
    slug: "feed-forward",
    mark: "feed-forward",
    quantities: &[Quantity::Weight, Quantity::Activation, Quantity::Hidden],
    remark: |pass| format!("{0} → {1} → {0}", pass.config().d_model, pass.config().d_ff),
    facts: |_| {
        vec!["Think of each hidden column as a detector: it answers where a row looks like its column of the up projection, and then adds its row of the down projection.".to_owned()]
    },
    paged_axes: &[PagedAxis::Hidden, PagedAxis::Features, PagedAxis::Tokens],
    work: |clock| clock.in_block(3.0, 3.8),
    set,
    ..StageDescription::COMMON
};

fn set(staging: &mut Staging<'_>) {
    use {BlockTensor as T, BlockWeight as W};
    let block = staging.block();
    let config = staging.pass().config();
    let input = match config.norm_placement {
        NormPlacement::Pre => T::Norm2,
        NormPlacement::Post => T::Norm1,
    };
    let d_model = staging.parts().features() as f32;
    let x = staging.stand(Operand::value(block, input), Placement::at(0.0, 0.0));
    token_axes(staging, x);
    let left = d_model + GAP;
    let hidden = staging
        .values_of(Operand::weight(block, W::DownWeight))
        .nrows() as f32;
    let unit = pixels_of_corner(staging, left + hidden, d_model, false);
    corner(
        staging,
        Operand::weight(block, W::UpWeight),
        Some(Operand::weight(block, W::UpBias)),
        Operand::value(block, T::FfnPreActivation),
        (left, unit),
        AxisLabels::Indices,
    );

    // during the activation W_up makes room for W_down, and the input has done its work
    let Some(activation) = staging.step_making(Operand::value(block, T::FfnHidden)) else {
        return;
    };
    let change = activation.pair();
    let middle = f32::midpoint(change.0, change.1);
    let input = Operand::value(block, input);
    if config.norm_placement == NormPlacement::Post {
        // the sum after this needs it once more
        staging.leave_copy(input, Window::new(change.0, middle));
    }
    let weights = [W::UpWeight, W::UpBias].map(|weight| Operand::weight(block, weight));
    for done in [input, weights[0], weights[1]] {
        if let Some(group) = staging.group_of(done) {
            staging.add(
                group,
                MotionKind::Disappear(Wave::columns(change.0, middle)),
            );
        }
    }
    let above = staging
        .group_of(Operand::weight(block, W::UpWeight))
        .map_or(Placement::at(left, d_model + 2.0), |up| {
            staging.placement(up)
        });
    let w2 = staging.enter_at(
        Operand::weight(block, W::DownWeight),
        // [d_ff, d_model] on its side: rows to the right, columns downwards
        above.transposed(),
        (middle, change.1),
    );
    let right = left + hidden + GAP - 1.0;
    staging.axes(w2, AxisLabels::None, AxisLabels::None);
    let bias = Operand::weight(block, W::DownBias);
    if staging.pass().matrix(bias).is_some() {
        staging.enter_at(
            bias,
            Placement::at(right, room_for_name(unit)),
            (middle, change.1),
        );
    }
    let output = staging.produce(
        Operand::value(block, T::FfnOutput),
        Placement::at(right, 0.0),
    );
    staging.axes(output, AxisLabels::None, AxisLabels::Indices);
    let times = Vec3::new(d_model + GAP * 0.5 - 0.5, -2.0, 0.0);
    staging.operator_until("·", times, change.0);

    // first the way up, then the way down: frame what acts
    let up_group = staging.group_of(Operand::weight(block, W::UpWeight));
    let hidden = staging.group_of(Operand::value(block, T::FfnPreActivation));
    let way_up: Vec<_> = [Some(x), up_group, hidden].into_iter().flatten().collect();
    let way_down: Vec<_> = [Some(w2), hidden, Some(output)]
        .into_iter()
        .flatten()
        .collect();
    let seconds = staging.appear().end.clamp(0.1, 1.4);
    staging.frame(0.0, seconds, &way_up, SafeArea::BAND);
    // the camera is there before W_down comes
    staging.frame(
        change.0,
        (middle - change.0).max(0.1),
        &way_down,
        SafeArea::BAND,
    );
}
