//! Text with sub- and superscripts as UI nodes in a row.

use bevy::{prelude::*, text::FontSize};
use orrery_pipeline::RichText;
use orrery_pipeline::rich_text::Level;

/// Font, size in logical pixels, and colour of a text.
#[derive(Clone, Debug)]
pub(super) struct Style {
    pub font: Handle<Font>,
    pub size: f32,
    pub colour: Color,
}

impl Style {
    /// The components of a piece of text.
    pub fn text(&self, text: &str) -> impl Bundle + use<> {
        (
            Text::new(text),
            TextFont {
                font: self.font.clone().into(),
                font_size: FontSize::Px(self.size),
                ..default()
            },
            TextColor(self.colour),
            TextLayout::no_wrap(),
        )
    }
}

/// Size of a sub- or superscript relative to its line.
const SMALL: f32 = 0.68;

/// Spawns the pieces of a text as children of a row, with a smaller detail behind them.
pub(super) fn spawn_pieces(
    row: &mut ChildSpawnerCommands<'_>,
    text: &RichText,
    style: &Style,
    detail: &str,
    detail_style: &Style,
) {
    for (piece, level) in &text.0 {
        let (size, shift) = match level {
            Level::Base => (style.size, 0.0),
            Level::Sub => (style.size * SMALL, 0.26),
            Level::Super => (style.size * SMALL, -0.30),
        };
        let style = Style {
            size,
            ..style.clone()
        };
        row.spawn((
            style.text(piece),
            UiTransform::from_translation(Val2::px(0.0, shift * style.size)),
        ));
    }
    if !detail.is_empty() {
        row.spawn((
            detail_style.text(detail),
            Node {
                margin: UiRect::left(Val::Px(style.size * 0.5)),
                ..default()
            },
        ));
    }
}
