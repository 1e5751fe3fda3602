//! From the last row of logits to the next token: temperature, top-k and top-p, softmax, the draw.

use glam::Vec3;
use orrery_model::TensorId;

use crate::camera::SafeArea;
use crate::motion::Wave;
use crate::operand::{Operand, SamplingTensor};
use crate::operation::{BAR_HEIGHT, STRIP_HEIGHT};
use crate::placement::{CELL_SIZE, Placement};
use crate::scene::AxisLabels;
use crate::staging::{Heights, Staging};

/// Width of all bars together, in units, however many there are.
const WIDTH: f32 = 34.0;
/// Few bars are no broader than this, in units.
const BROADEST: f32 = 2.4;
/// From the feet of the bars to the upper edge of the strip beneath them: room for the tokens.
const BETWEEN: f32 = 1.1;
/// Room for names at the left, for the row's sum at the right.
const LEFT: f32 = 5.6;
const RIGHT: f32 = 2.2;
/// Below the strip: its tokens, the random number.
const BELOW: f32 = 2.2;

/// Where the bars stand, and the strip under them, for this many tokens.
fn places(columns: usize) -> (Placement, Placement) {
    let pitch = (WIDTH / columns.max(1) as f32).min(BROADEST);
    let row = Placement {
        cell_size: pitch * CELL_SIZE,
        right: Vec3::X * pitch,
        ..Placement::at(pitch * 0.5, 0.0)
    };
    let foot = -row.cell_size * 0.5;
    let strip = row.shifted(Vec3::Y * (foot - BETWEEN - STRIP_HEIGHT * 0.5));
    (row, strip)
}

/// The point under the drawn token's piece of the strip, where its name stands.
pub(super) fn under_drawn(staging: &Staging<'_>) -> Vec3 {
    let columns = staging
        .values_of(SamplingTensor::Probabilities.into())
        .ncols();
    let (_, strip) = places(columns);
    crate::operation::under_strip(strip, columns, &staging.pass().draw)
}

pub(super) fn set(staging: &mut Staging<'_>) {
    let logits = Operand::from(TensorId::Logits).last_row();
    let values = staging.values_of(logits);
    let columns = values.ncols();
    let (place, strip) = places(columns);
    let row = staging.stand(logits, place);
    staging.axes(row, AxisLabels::None, AxisLabels::Vocabulary);
    staging.name_beside(row);
    // one row alone would be a thread across the picture: its cells become bars
    let tempered = staging.values_of(SamplingTensor::Tempered.into());
    staging.stand_as_bars(row, BAR_HEIGHT, &[&values, &tempered]);
    let rise = staging.appear().part(0.6, 1.0);
    let wave = Wave::columns(rise.start, rise.end);
    staging.raise(row, &values, Heights::Signed, wave);

    let made = staging.lay_out(SamplingTensor::Probabilities.into(), strip);
    staging.short_name(made, "end to end");
    staging.name_beside(made);
    let foot = -place.cell_size * 0.5;
    staging.frame_box(
        (
            Vec3::new(-LEFT, strip.origin.y - STRIP_HEIGHT * 0.5 - BELOW, 0.0),
            Vec3::new(
                place.right.x * columns as f32 + RIGHT,
                foot + BAR_HEIGHT + 0.9,
                0.0,
            ),
        ),
        SafeArea::BAND,
    );
}
