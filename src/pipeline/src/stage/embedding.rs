//! From ids to rows of numbers: token look-up, position look-up, sum.

use glam::Vec3;
use orrery_model::{TensorId, WeightId};

use super::layout::{GAP, better_stacked, gap_below, pixels_of_unit, token_axes};
use super::{StageDescription, labels};
use crate::camera::SafeArea;
use crate::colour::Quantity;
use crate::part::{PagedAxis, ShownTokens};
use crate::placement::Placement;
use crate::scene::AxisLabels;
use crate::staging::Staging;

pub(super) static STAGE: StageDescription = StageDescription {
    title: |_| "Token and position embedding",
    slug: "embedding",
    mark: "in",
    quantities: &[Quantity::Weight, Quantity::Activation],
    remark: |pass| format!("rows of {} numbers", pass.config().d_model),
    paged_axes: &[PagedAxis::Table, PagedAxis::Features, PagedAxis::Tokens],
    shown_tokens: ShownTokens::OfTheText,
    work: |clock| clock.before_blocks(0.3, 1.0),
    set,
    ..StageDescription::COMMON
};

/// Where the tables and the results are placed; the stage before uses the same places.
pub(super) struct Places {
    pub table: Placement,
    positions: Placement,
    step: f32,
    down: f32,
    stacked: bool,
    d_model: usize,
}

impl Places {
    pub fn new(staging: &Staging<'_>) -> Self {
        let pass = staging.pass();
        let d_model = staging.parts().features();
        let narrow = d_model as f32 + GAP + 1.0;
        // words beside the rows need room between the matrices
        let unit = pixels_of_unit(4.0 * narrow, 1.0);
        let letters = labels::longest(&pass.tokens).saturating_sub(2);
        let step = narrow + letters as f32 * 10.5 / unit;
        let tokens = staging.parts().tokens() as f32;
        let down = tokens + GAP + 1.0;
        let rows = |table: WeightId| staging.values_of(table.into()).nrows() as f32;
        let (symbols, places) = (rows(WeightId::Embedding), rows(WeightId::PositionEmbedding));
        let stacked = better_stacked(
            (4.0 * step, symbols.max(down + places)),
            (3.0 * step, symbols.max(places).max(3.0 * down)),
        );
        let down = if stacked {
            let unit = pixels_of_unit(3.0 * step, symbols.max(places).max(3.0 * down));
            tokens + gap_below(unit)
        } else {
            down
        };
        let positions = if stacked {
            Placement::at(2.0 * step + 1.0, 0.0)
        } else {
            Placement::at(2.0 * step + 1.0, -down)
        };
        Self {
            table: Placement::at(0.0, 0.0),
            positions,
            step,
            down,
            stacked,
            d_model,
        }
    }

    /// Where one of the three results is placed (token, position, sum): side by side, or one below the other
    /// between the tables.
    pub fn result(&self, id: TensorId) -> Placement {
        let at = match id {
            TensorId::TokenEmbedding => 0.0,
            TensorId::PositionEmbedding => 1.0,
            _ => 2.0,
        };
        if self.stacked {
            Placement::at(self.step + 1.0, -at * self.down)
        } else {
            Placement::at((at + 1.0) * self.step + 1.0, 0.0)
        }
    }

    pub fn right_edge(&self) -> f32 {
        let last = self
            .result(TensorId::Embedded)
            .origin
            .x
            .max(self.positions.origin.x);
        last + self.d_model as f32
    }
}

/// What is worth knowing of the tables, when they are looked into.
fn facts(staging: &mut Staging<'_>) {
    let config = staging.pass().config();
    let table = if config.tied_head {
        "E is learned, and used twice: at the end, laid on its side, it makes the logits. It is one matrix, drawn twice."
    } else {
        "E is learned. The table that makes the logits at the end is another one."
    };
    staging.fact_of(TensorId::TokenEmbedding.into(), table);
    staging.fact_of(
        TensorId::PositionEmbedding.into(),
        format!(
            "P is learned too. It has {} rows: that is the longest text that this model can read at once.",
            config.context_length
        ),
    );
}

fn set(staging: &mut Staging<'_>) {
    facts(staging);
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
        token_axes(staging, group);
    }
    let middle = -(staging.parts().tokens() as f32 - 1.0) * 0.5;
    for (sign, id) in [
        ("+", TensorId::PositionEmbedding),
        ("=", TensorId::Embedded),
    ] {
        let first = places.result(id).origin;
        let anchor = if places.stacked {
            first + Vec3::new(-2.4, middle, 0.0)
        } else {
            first + Vec3::new(-GAP * 0.5 - 1.4, middle, 0.0)
        };
        staging.operator(sign, anchor);
    }
    // the sum is no darker than its summands: its scale is wider
    let [sum, summand] =
        [TensorId::Embedded, TensorId::TokenEmbedding].map(|id| staging.scale_of(id.into()).range);
    if sum > 1.5 * summand {
        staging.fact(format!(
            "X looks darker than e and p only because its colours have another scale: they reach to ±{sum:.1}, those of the tables to ±{summand:.2}."
        ));
    }
    staging.frame_all(SafeArea::BAND);
}
