//! The logit lens: the last row of the residual stream, as it leaves a block, is read as if no block came after it.
//! The final norm and the un-embedding make logits of it, softmax makes probabilities, and the five likeliest tokens
//! are shown as bars.

use crate::bounds::Bounds;
use glam::Vec3;
use orrery_model::{BlockTensor, TensorId, WeightId};

use super::StageDescription;
use super::layout::{GAP, corner, pixels_of_corner, token_axes};
use super::norm::{NormOperands, steps_above, surround};
use crate::camera::SafeArea;
use crate::colour::Quantity;
use crate::motion::{MotionKind, Origin, Wave};
use crate::operand::Operand;
use crate::operation::LIKELIEST_HEIGHT;
use crate::part::{PagedAxis, ShownTokens};
use crate::placement::Placement;
use crate::scene::AxisLabels;
use crate::staging::Staging;

pub(super) static STAGE: StageDescription = StageDescription {
    title: |_| "Logit lens",
    slug: "logit-lens",
    mark: "lens",
    quantities: &[
        Quantity::Weight,
        Quantity::Activation,
        Quantity::Logit,
        Quantity::Probability,
    ],
    remark: |_| "as if this block were the last".to_owned(),
    paged_axes: &[PagedAxis::Logits, PagedAxis::Features, PagedAxis::Tokens],
    shown_tokens: ShownTokens::ByLensLogit,
    work: |clock| clock.in_block(4.0, 4.0),
    set,
    ..StageDescription::COMMON
};

/// Between the logits and the highest bar, and below the bars: room for tokens and percentages, in units.
const ABOVE_BARS: f32 = 4.4;
const BELOW_BARS: f32 = 2.0;
/// From one bar to the next: a share of the width of the logits, but no more than so many units.
const PITCH: (f32, f32) = (0.1, 4.0);

fn set(staging: &mut Staging<'_>) {
    let block = staging.block();
    let config = staging.pass().config();
    let stream = Operand::value(block, BlockTensor::Output);
    let unembedding = Operand::unembedding(config);
    let bias = Operand::from(WeightId::HeadBias);
    let of_head = |id: TensorId| Operand::lens(block, id);
    let (d_model, tokens) = (staging.parts().features() as f32, staging.parts().tokens());
    let symbols = staging.values_of(unembedding).ncols() as f32;
    // between the row and the logits its mean and variance have their place
    let left = d_model + if config.final_norm { 2.0 * GAP } else { GAP };
    let pitch = (PITCH.0 * symbols).min(PITCH.1);
    let below = ABOVE_BARS + pitch * LIKELIEST_HEIGHT;
    let unit = pixels_of_corner(staging, left + symbols, d_model + below, true);

    // the residual stream stays above; a copy of its last row comes down to be read
    let row = Placement::at(0.0, 0.0);
    let (first, second) = steps_above(unit);
    let above = if config.final_norm {
        first + second
    } else {
        0.0
    };
    let place = row.shifted(Vec3::Y * (tokens as f32 + above + GAP));
    let whole = staging.stand(stream, place);
    token_axes(staging, whole);
    let last = staging.pass().trace.tokens().saturating_sub(1);
    let read = staging.produce(stream.last_row(), row);
    let comes = staging.appear().part(0.5, 1.0);
    let wave = Wave::diagonal(comes.start, comes.end);
    staging.add(
        read,
        match staging.row_of(whole, last) {
            Some(last) => MotionKind::Arrive(wave, Origin::Grid(place.part(last, 0))),
            None => MotionKind::Appear(wave),
        },
    );
    let norm = NormOperands {
        gamma: WeightId::FinalGamma.into(),
        beta: WeightId::FinalBeta.into(),
        mean: of_head(TensorId::FinalNormMean),
        variance: of_head(TensorId::FinalNormVariance),
    };
    if config.final_norm {
        surround(staging, &norm, row, unit);
    }
    corner(
        staging,
        unembedding,
        Some(bias),
        of_head(TensorId::Logits),
        (left, unit),
        AxisLabels::Vocabulary,
    );
    // the words have room above the residual stream only where the un-embedding is much higher
    let corner_is_free = place.origin.y < 0.5 * d_model;
    staging.frame_all(if corner_is_free {
        SafeArea::WIDE_CORNER
    } else {
        SafeArea::BAND
    });

    // the bars: below the logits, in the middle
    let likeliest = Operand::likeliest(block);
    let bars = Placement {
        cell_size: pitch * 0.8,
        right: Vec3::X * pitch,
        ..row
    };
    let columns = staging.values_of(likeliest).ncols() as f32;
    let middle = left + (symbols - 1.0) * 0.5;
    let foot = Vec3::new(
        middle - (columns - 1.0) * 0.5 * pitch,
        pitch * 0.4 - below,
        0.0,
    );
    let (Some(step), Some(shares)) = (
        staging.step_making(likeliest),
        staging.step_making(of_head(TensorId::Probabilities)),
    ) else {
        return;
    };
    let made = staging.produce_from(likeliest, bars.shifted(foot), step.start);
    staging.name_beside(made);
    // while the probabilities are made, what has done its work leaves and the camera comes near;
    // the residual stream waits for the next stage
    let (leave, come) = (shares.part(0.1, 0.6), shares.part(0.6, 1.0));
    staging.leave_copy(stream, leave);
    let read = stream.last_row();
    for done in [stream, read, unembedding, bias, norm.mean, norm.variance] {
        if let Some(group) = staging.group_of(done) {
            let wave = Wave::columns(leave.start, leave.end);
            staging.add(group, MotionKind::Disappear(wave));
        }
    }
    let bars = Bounds::new(
        Vec3::new(left - 2.0, -below - BELOW_BARS, 0.0),
        Vec3::new(left + symbols + 3.0, 2.0, 0.0),
    );
    staging.frame_box_from(come.start, bars, SafeArea::BAND);
}
