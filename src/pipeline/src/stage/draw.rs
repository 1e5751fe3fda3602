//! From the last row of logits to the next token: temperature, top-k and top-p, softmax, the draw.

use glam::Vec3;
use orrery_model::TensorId;

use crate::camera::SafeArea;
use crate::motion::{Motion, Wave};
use crate::operand::{Operand, SamplingTensor};
use crate::operation::BAR_HEIGHT;
use crate::placement::Placement;
use crate::scene::AxisLabels;
use crate::staging::Staging;

/// Height of the row's cells until they become bars, in units.
const TALL: f32 = 4.0;

pub(super) fn set(staging: &mut Staging<'_>) {
    let row = staging.stand(
        Operand::from(TensorId::Logits).last_row(),
        Placement::at(0.0, 0.0),
    );
    staging.axes(row, AxisLabels::None, AxisLabels::Vocabulary);
    let bar = staging.produce(SamplingTensor::Cumulative.into(), Placement::at(0.0, -5.5));
    staging.no_ghosts(bar);
    staging.name_beside(row);
    staging.name_beside(bar);
    let (_, columns) = staging.size(row);
    // one row alone would be a thread across the picture: its cells stand tall
    let place = staging.placement(row);
    let size = Vec3::new(place.cell_size, TALL, place.cell_size);
    let lift = Vec3::Y * (TALL - place.cell_size) * 0.5;
    let standing = (0..columns).map(|column| (place.position(0, column) + lift, size));
    let rise = staging.appear().part(0.6, 1.0);
    staging.add(
        row,
        Motion::Reshape(Wave::columns(rise.start, rise.end), standing.collect()),
    );
    staging.frame_box(
        (
            Vec3::new(-9.0, -8.5, 0.0),
            Vec3::new(columns as f32, BAR_HEIGHT + 1.0, 0.0),
        ),
        SafeArea::BAND,
    );
}
