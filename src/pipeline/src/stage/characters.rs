//! The text as the model gets it: letters, their ids, and the table in which each has a row.

use glam::Vec3;
use orrery_model::{TensorId, WeightId};

use super::labels::visible_token;
use crate::camera::SafeArea;
use crate::label::{Destination, Flight, Label, LabelKind};
use crate::rich_text::RichText;
use crate::scene::{AxisLabels, Caption};
use crate::staging::{GroupIndex, Staging};
use crate::timeline::Window;

/// How many rows of the vocabulary fit on the stage.
pub(super) const MOST_TOKENS_ACROSS: usize = 16;

/// The table, where this stage shows it.
pub(super) fn stand_table(staging: &mut Staging<'_>) -> GroupIndex {
    let places = super::embedding::Places::new(staging);
    let table = staging.stand(WeightId::Embedding.into(), places.table);
    staging.axes(table, AxisLabels::Vocabulary, AxisLabels::Indices);
    table
}

pub(super) fn set(staging: &mut Staging<'_>) {
    let places = super::embedding::Places::new(staging);
    let table = stand_table(staging);

    let pass = staging.pass();
    let ids = pass.trace.ids().to_vec();
    let (appear, duration) = (staging.appear(), staging.duration());
    let fly = Window::new(
        duration - 0.9 * (duration - staging.compute().end),
        duration,
    );
    // letters across the free part of the stage, each above its id
    let row = places.result(TensorId::TokenEmbedding);
    let wide = (places.right_edge() - row.origin.x).max(12.0);
    let step = wide / ids.len().clamp(4, MOST_TOKENS_ACROSS) as f32;
    let each = (staging.compute().end - appear.end) / ids.len().max(1) as f32;
    for (at, (&id, token)) in ids.iter().zip(&pass.tokens).enumerate() {
        let line = (at / MOST_TOKENS_ACROSS) as f32;
        let across = (at % MOST_TOKENS_ACROSS) as f32;
        let anchor = Vec3::new(row.origin.x + step * (across + 0.5), -8.0 - line * 5.0, 0.0);
        let from = appear.part(0.1, 1.0).start + 0.03 * at as f32;
        staging.label(Label {
            flight: Some(Flight {
                to: Destination::Stage(row.position(at, 0) - Vec3::X * 0.9),
                window: fly,
                letters: 0.37,
            }),
            ..Label::new(
                LabelKind::Glyph,
                RichText(vec![(visible_token(token), crate::rich_text::Level::Base)]),
                anchor,
                Window::new(from, duration + 0.2),
            )
        });
        let read = appear.end + each * at as f32;
        staging.label(Label::new(
            LabelKind::Note,
            RichText::parse(&format!("id {id}")),
            anchor - Vec3::Y * 3.2,
            Window::new(read, fly.start),
        ));
        if let Some(row) = staging.row_of(table, id) {
            staging.pulse_row(table, row, Window::new(read, read + each.max(0.5)));
        }
    }
    staging.caption(Caption {
        window: Window::new(0.0, duration),
        words: "The model knows no letters, only numbers: each token has an id, and each id has its row in the embedding table."
            .to_owned(),
        formula: format!("ids = {ids:?}"),
        operation: None,
    });
    let (least, most) = places
        .table
        .bounds(staging.size(table).0, staging.size(table).1);
    let right = Vec3::new(places.right_edge(), most.y, 0.0);
    staging.frame_box((least, most.max(right)), SafeArea::BAND);
}
