//! From ids to rows of numbers: token look-up, position look-up, sum.

use glam::Vec3;
use orrery_model::{TensorId, WeightId};

use super::GAP;
use crate::camera::SafeArea;
use crate::placement::Placement;
use crate::scene::AxisLabels;
use crate::staging::Staging;

/// Where everything stands here; the stage before uses the same places.
pub(super) struct Places {
    pub table: Placement,
    positions: Placement,
    step: f32,
    d_model: usize,
}

impl Places {
    pub fn new(staging: &Staging<'_>) -> Self {
        let pass = staging.pass();
        let d_model = pass.config().d_model;
        let step = d_model as f32 + GAP + 1.0;
        let rows = pass.trace.tokens() as f32;
        Self {
            table: Placement::at(0.0, 0.0),
            positions: Placement::at(2.0 * step + 1.0, -(rows + GAP + 1.0)),
            step,
            d_model,
        }
    }

    /// Where one of the three results stands: token, position, sum.
    pub fn result(&self, id: TensorId) -> Placement {
        let column = match id {
            TensorId::TokenEmbedding => 1.0,
            TensorId::PositionEmbedding => 2.0,
            _ => 3.0,
        };
        Placement::at(column * self.step + 1.0, 0.0)
    }

    pub fn right_edge(&self) -> f32 {
        self.result(TensorId::Embedded).origin.x + self.d_model as f32
    }
}

pub(super) fn set(staging: &mut Staging<'_>) {
    let places = Places::new(staging);
    let table = staging.stand(WeightId::Embedding.into(), places.table);
    staging.axes(table, AxisLabels::Vocabulary, AxisLabels::Indices);
    let positions = staging.stand(WeightId::PositionEmbedding.into(), places.positions);
    staging.axes(positions, AxisLabels::Indices, AxisLabels::None);
    for id in [
        TensorId::TokenEmbedding,
        TensorId::PositionEmbedding,
        TensorId::Embedded,
    ] {
        let group = staging.produce(id.into(), places.result(id));
        if id == TensorId::PositionEmbedding {
            continue;
        }
        super::token_axes(staging, group);
    }
    let middle = -(staging.pass().trace.tokens() as f32 - 1.0) * 0.5;
    for (sign, column) in [("+", 2.0), ("=", 3.0)] {
        let x = column * places.step - GAP * 0.5 - 0.4;
        staging.operator(sign, Vec3::new(x, middle, 0.0));
    }
    staging.frame_all(SafeArea::BAND);
}
