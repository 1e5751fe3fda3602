//! The layer norms that have a stage to themselves: before the attention in pre-norm models, and the final one.

use orrery_model::{BlockTensor, BlockWeight, TensorId, WeightId};

use super::StageDescription;
use super::layout::{pixels_of_unit, room_for_name, token_axes};
use crate::camera::SafeArea;
use crate::colour::Quantity;
use crate::operand::Operand;
use crate::placement::Placement;
use crate::staging::Staging;

pub(super) static FIRST: StageDescription = StageDescription {
    title: |_| "Layer norm before the attention",
    slug: "norm-1",
    mark: "norm",
    quantities: &[Quantity::Activation, Quantity::Mean, Quantity::Variance],
    remark: |_| "pre-norm".to_owned(),
    facts: |_| {
        vec!["This model norms what goes into attention and feed-forward, as GPT-2 does. The residual stream itself goes on without the norm.".to_owned()]
    },
    work: |clock| clock.in_block(0.0, clock.norm1_share()),
    set: set_first,
    ..StageDescription::COMMON
};

pub(super) static FINAL: StageDescription = StageDescription {
    title: |_| "Final layer norm",
    slug: "final-norm",
    mark: "norm",
    quantities: &[Quantity::Activation, Quantity::Mean, Quantity::Variance],
    remark: |_| "before the logits".to_owned(),
    work: |clock| clock.after_blocks(0.0, clock.final_norm_share()),
    set: set_final,
    ..StageDescription::COMMON
};

/// The operands of one norm.
pub(super) struct NormOperands {
    pub gamma: Operand,
    pub beta: Operand,
    pub mean: Operand,
    pub variance: Operand,
}

impl NormOperands {
    pub fn of_block(block: usize, which: usize) -> Self {
        use {BlockTensor as T, BlockWeight as W};
        let (gamma, beta, mean, variance) = if which == 1 {
            (W::Norm1Gamma, W::Norm1Beta, T::Norm1Mean, T::Norm1Variance)
        } else {
            (W::Norm2Gamma, W::Norm2Beta, T::Norm2Mean, T::Norm2Variance)
        };
        Self {
            gamma: Operand::weight(block, gamma),
            beta: Operand::weight(block, beta),
            mean: Operand::value(block, mean),
            variance: Operand::value(block, variance),
        }
    }
}

/// How far above a normed matrix the lower of γ and β is placed, and how far the other above that, where a unit
/// has so many pixels: each has its name above it.
pub(super) fn steps_above(unit: f32) -> (f32, f32) {
    let name = room_for_name(unit);
    (name + 1.6, name + 0.6)
}

/// Places γ and β above a matrix that is normed in place, μ and σ² beside it, where a unit has so many pixels.
pub(super) fn surround(staging: &mut Staging<'_>, norm: &NormOperands, on: Placement, unit: f32) {
    let (first, second) = steps_above(unit);
    let columns = staging.parts().features();
    if staging.pass().matrix(norm.beta).is_some() {
        staging.stand(norm.beta, on.shifted(glam::Vec3::Y * first));
        staging.stand(norm.gamma, on.shifted(glam::Vec3::Y * (first + second)));
    } else {
        staging.stand(norm.gamma, on.shifted(glam::Vec3::Y * first));
    }
    // as far from each other as their names are wide
    const NAME: f32 = 24.0;
    for (operand, away) in [
        (norm.mean, 1.0),
        (norm.variance, 1.0 + (NAME / unit).max(2.2)),
    ] {
        let beside = on.part(0, columns).shifted(glam::Vec3::X * away);
        staging.produce(operand, beside);
    }
}

fn set_first(staging: &mut Staging<'_>) {
    let block = staging.block();
    let input = Operand::value(block, BlockTensor::Input);
    set(staging, input, &NormOperands::of_block(block, 1));
}

fn set_final(staging: &mut Staging<'_>) {
    let last = staging.pass().config().n_blocks.saturating_sub(1);
    let norm = NormOperands {
        gamma: WeightId::FinalGamma.into(),
        beta: WeightId::FinalBeta.into(),
        mean: TensorId::FinalNormMean.into(),
        variance: TensorId::FinalNormVariance.into(),
    };
    set(staging, Operand::value(last, BlockTensor::Output), &norm);
}

/// Room for γ and β above the matrix, in units.
const ROOM_ABOVE: f32 = 8.0;

fn set(staging: &mut Staging<'_>, input: Operand, norm: &NormOperands) {
    let place = Placement::at(0.0, 0.0);
    let group = staging.stand(input, place);
    token_axes(staging, group);
    // the residual stream itself goes on without the norm: a copy of it waits
    let leaving = staging.compute().part(0.0, 0.45);
    staging.leave_copy(input, leaving);
    let (features, tokens) = {
        let parts = staging.parts();
        (parts.features() as f32, parts.tokens() as f32)
    };
    let unit = pixels_of_unit(features, tokens + ROOM_ABOVE);
    surround(staging, norm, place, unit);
    staging.frame_all(SafeArea::BAND);
}
