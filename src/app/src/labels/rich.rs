//! Text with sub- and superscripts as UI nodes in a row.

use bevy::{prelude::*, text::FontSize};
use orrery_pipeline::RichText;
use orrery_pipeline::rich_text::Level;

use super::fonts::{Face, Fonts};

/// Font, size in logical pixels, and colour of a text.
#[derive(Clone, Debug)]
pub(super) struct Style {
    pub face: Face,
    pub size: f32,
    pub colour: Color,
}

impl Style {
    /// The components of a piece of text.
    pub fn text(&self, fonts: &Fonts, text: &str) -> impl Bundle + use<> {
        (
            Text::new(text),
            TextFont {
                font: fonts.handle(self.face).into(),
                font_size: FontSize::Px(self.size),
                ..default()
            },
            TextColor(self.colour),
            TextLayout::no_wrap(),
        )
    }
}

/// Size of a sub- or superscript relative to its line.
pub(super) const SMALL: f32 = 0.72;

/// Space before a detail, relative to the letters before it.
const BEFORE_DETAIL: f32 = 0.5;

/// Size of the letters of a piece, and how far it is below the line, both in logical pixels.
fn size_and_shift(level: Level, size: f32) -> (f32, f32) {
    match level {
        Level::Base => (size, 0.0),
        Level::Sub => (size * SMALL, 0.26 * size),
        Level::Super => (size * SMALL, -0.30 * size),
    }
}

/// How wide [`spawn_pieces`] makes a text, in logical pixels.
pub(super) fn width_of(
    fonts: &Fonts,
    text: &RichText,
    style: &Style,
    detail: &str,
    detail_style: &Style,
) -> f32 {
    let pieces: f32 = text
        .0
        .iter()
        // the interface gives each piece whole pixels
        .map(|(piece, level)| {
            let (size, _) = size_and_shift(*level, style.size);
            fonts.width(style.face, piece, size).ceil() + 1.0
        })
        .sum();
    if detail.is_empty() {
        return pieces;
    }
    let behind = fonts.width(detail_style.face, detail, detail_style.size);
    pieces + style.size * BEFORE_DETAIL + behind
}

/// Spawns the pieces of a text as children of a row, with a smaller detail behind them.
pub(super) fn spawn_pieces(
    row: &mut ChildSpawnerCommands<'_>,
    fonts: &Fonts,
    text: &RichText,
    style: &Style,
    detail: &str,
    detail_style: &Style,
) {
    for (piece, level) in &text.0 {
        let (size, shift) = size_and_shift(*level, style.size);
        let style = Style {
            size,
            ..style.clone()
        };
        row.spawn((
            style.text(fonts, piece),
            UiTransform::from_translation(Val2::px(0.0, shift)),
        ));
    }
    if !detail.is_empty() {
        row.spawn((
            detail_style.text(fonts, detail),
            Node {
                margin: UiRect::left(Val::Px(style.size * BEFORE_DETAIL)),
                ..default()
            },
        ));
    }
}
