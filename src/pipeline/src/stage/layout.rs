//! What several stages need to place their matrices: how large a unit is in the picture, the textbook's corner,
//! the room that names take.

use orrery_model::{BlockTensor, TensorId};

use crate::operand::Operand;
use crate::part::AxisKind;
use crate::placement::Placement;
use crate::scene::AxisLabels;
use crate::staging::{GroupIndex, Staging};

/// How large a unit is when a box of this size fills the free part of a picture of 1280 × 720, in pixels.
pub(crate) fn pixels_of_unit(width: f32, height: f32) -> f32 {
    const FREE: (f32, f32) = (1200.0, 420.0);
    (FREE.0 / width.max(1.0)).min(FREE.1 / height.max(1.0))
}

/// Whether matrices are placed one below the other because that makes them much larger than side by side. Each
/// arrangement is given with its width and height.
pub(crate) fn better_stacked(side_by_side: (f32, f32), stacked: (f32, f32)) -> bool {
    pixels_of_unit(stacked.0, stacked.1) > 1.25 * pixels_of_unit(side_by_side.0, side_by_side.1)
}

/// Space between matrices, in units: room for names and operators.
pub(crate) const GAP: f32 = 3.0;

/// The same between matrices one below the other, where a unit has so many pixels: the numbers along the one and the
/// name of the next.
pub(crate) fn gap_below(unit: f32) -> f32 {
    const NUMBERS_AND_NAME: f32 = 42.0;
    GAP.max(NUMBERS_AND_NAME / unit)
}

/// The matrix that the un-embedding reads, and each block leaves.
pub(crate) fn last_operand(staging: &Staging<'_>) -> Operand {
    let config = staging.pass().config();
    if config.final_norm {
        TensorId::FinalNorm.into()
    } else {
        Operand::value(config.n_blocks.saturating_sub(1), BlockTensor::Output)
    }
}

/// Rows of the residual stream carry their tokens, columns their indices.
pub(crate) fn token_axes(staging: &mut Staging<'_>, group: GroupIndex) {
    staging.axes(group, AxisLabels::Tokens, AxisLabels::Indices);
}

/// How large a unit is, in pixels, in a textbook's corner of this width: a weight with `weight_rows` rows above a
/// matrix with a row for each token. If words are written beside it, it may be a third higher.
pub(crate) fn pixels_of_corner(
    staging: &Staging<'_>,
    width: f32,
    weight_rows: f32,
    beside: bool,
) -> f32 {
    /// What is left of the picture's height where words say that not all is shown.
    const LEFT: f32 = 0.8;
    let in_part = [
        AxisKind::Hidden,
        AxisKind::Features,
        AxisKind::Tokens,
        AxisKind::Vocabulary,
    ]
    .into_iter()
    .any(|kind| staging.parts().along(kind).is_some());
    let share = match (beside, in_part) {
        (true, _) => 0.75,
        (false, true) => 1.0 / LEFT,
        (false, false) => 1.0,
    };
    let unit = |rooms: f32| {
        let height = weight_rows + staging.parts().tokens() as f32 + rooms;
        pixels_of_unit(width, share * height)
    };
    // the fewer pixels a unit has, the more units do the names need
    unit(2.0 * room_for_name(unit(2.0 * GAP)) + 1.0)
}

/// How many units to leave above a matrix for its name, where a unit has so many pixels.
pub(crate) fn room_for_name(unit: f32) -> f32 {
    const NAME: f32 = 26.0;
    // between cells, whose halves reach into it
    (NAME / unit + 1.0).max(GAP - 0.6)
}

/// Places the right factor of a product above its result, as in a textbook: the result's first cell at
/// `(left, 0)`, the weight above it, a bias row between the two. The fewer pixels a unit has, the larger the
/// distances in units: the names need room.
pub(crate) fn corner(
    staging: &mut Staging<'_>,
    weight: Operand,
    bias: Option<Operand>,
    result: Operand,
    (left, unit): (f32, f32),
    columns: AxisLabels,
) {
    let rows = staging.values_of(weight).nrows() as f32;
    let bias = bias.filter(|&bias| staging.pass().matrix(bias).is_some());
    let name = room_for_name(unit);
    let room = match bias {
        Some(_) => name + name.max(GAP),
        None => name,
    };
    staging.stand(weight, Placement::at(left, rows - 1.0 + room));
    if let Some(bias) = bias {
        staging.stand(bias, Placement::at(left, name));
    }
    let made = staging.produce(result, Placement::at(left, 0.0));
    staging.axes(made, AxisLabels::None, columns);
}
