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
            Text::new(fonts.shown(text)),
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

/// One word of a formula: its pieces, and how many spaces stand before it.
struct Word {
    spaces: usize,
    pieces: Vec<(String, Level)>,
}

/// A text cut at its spaces: what stands between two of them stays together.
fn words(text: &RichText) -> Vec<Word> {
    let mut all = vec![Word {
        spaces: 0,
        pieces: Vec::new(),
    }];
    for (piece, level) in &text.0 {
        for (at, part) in piece.split(' ').enumerate() {
            if let Some(last) = all
                .last_mut()
                .filter(|last| at > 0 && last.pieces.is_empty())
            {
                last.spaces += 1;
            } else if at > 0 {
                all.push(Word {
                    spaces: 1,
                    pieces: Vec::new(),
                });
            }
            if let Some(last) = all.last_mut().filter(|_| !part.is_empty()) {
                last.pieces.push((part.to_owned(), *level));
            }
        }
    }
    all.retain(|word| !word.pieces.is_empty());
    all
}

fn width_of_word(fonts: &Fonts, word: &Word, style: &Style) -> f32 {
    let pieces = word.pieces.iter().map(|(piece, level)| {
        let (size, _) = size_and_shift(*level, style.size);
        fonts.width(style.face, piece, size).ceil()
    });
    pieces.sum()
}

/// Width that a text takes which may be broken at its spaces, and its number of lines, in a column of this width.
pub(super) fn size_in_column(
    fonts: &Fonts,
    text: &RichText,
    style: &Style,
    column: f32,
) -> (f32, usize) {
    let space = fonts.width(style.face, " ", style.size);
    let (mut widest, mut lines, mut across) = (0.0f32, 0, 0.0);
    for word in words(text) {
        let wide = word.spaces as f32 * space + width_of_word(fonts, &word, style);
        if lines == 0 || across + wide > column {
            lines += 1;
            across = 0.0;
        }
        across += wide;
        widest = widest.max(across);
    }
    (widest.min(column), lines)
}

/// Spawns a text as words in a row that may be broken between them.
pub(super) fn spawn_words(
    row: &mut ChildSpawnerCommands<'_>,
    fonts: &Fonts,
    text: &RichText,
    style: &Style,
) {
    let space = fonts.width(style.face, " ", style.size);
    for word in words(text) {
        row.spawn(Node {
            flex_direction: FlexDirection::Row,
            align_items: AlignItems::Center,
            margin: UiRect::left(Val::Px(word.spaces as f32 * space)),
            ..default()
        })
        .with_children(|node| {
            for (piece, level) in &word.pieces {
                let (size, shift) = size_and_shift(*level, style.size);
                let style = Style {
                    size,
                    ..style.clone()
                };
                node.spawn((
                    style.text(fonts, piece),
                    UiTransform::from_translation(Val2::px(0.0, shift)),
                ));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_its_spaces_alone() {
        let text = RichText::parse("S^{(1)}[h_{7} → l_{3}]  = 0.5");
        let cut: Vec<(usize, String)> = words(&text)
            .iter()
            .map(|word| {
                let pieces: String = word
                    .pieces
                    .iter()
                    .map(|(piece, _)| piece.as_str())
                    .collect();
                (word.spaces, pieces)
            })
            .collect();
        let wanted = [(0, "S(1)[h7"), (1, "→"), (1, "l3]"), (2, "="), (1, "0.5")];
        let wanted = wanted.map(|(spaces, word)| (spaces, word.to_owned()));
        assert_eq!(cut, wanted);
    }
}
