//! The words in the upper left: the text so far with the slot of the next token, where we are, what
//! happens, and the formula with the numbers in it.

use bevy::{prelude::*, text::FontSize};
use orrery_pipeline::SafeArea;

use super::{Fonts, TakenAreas, fonts::Face, letter_scale, projection::PictureView};
use crate::camera::Direction;
use crate::far_view::FlightOn;
use crate::show::{CurrentShow, Now, now::CaptionNow};

/// Where we are: the stage's own line, written by the stage's plugin.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct Headline(pub String);

/// Whether the picture says what happens: words, formula and numbers.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Captions(pub bool);

impl Default for Captions {
    fn default() -> Self {
        Self(true)
    }
}

/// The lines of the overlay.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Column,
    TextSoFar,
    Slot,
    Where,
    Words,
    Formula,
    Numbers,
}

/// Font and size of each line, in logical pixels at 720 lines.
const LETTERS: [(Line, Face, f32); 6] = [
    (Line::TextSoFar, Face::Bold, 28.0),
    (Line::Slot, Face::Bold, 28.0),
    (Line::Where, Face::Regular, 16.0),
    (Line::Words, Face::Regular, 16.5),
    (Line::Formula, Face::Mono, 14.5),
    (Line::Numbers, Face::Mono, 14.5),
];

impl Line {
    fn letters(self) -> (Face, f32) {
        let found = LETTERS.iter().find(|(of, ..)| *of == self);
        found.map_or((Face::Regular, 16.0), |&(_, face, size)| (face, size))
    }
}

/// Where the words begin, in logical pixels at 720 lines.
const LEFT_TOP: Vec2 = Vec2::new(36.0, 24.0);
/// Height of the frame around the slot of the next token, likewise.
const SLOT_HEIGHT: f32 = 34.0;
/// Its width at least, and its distance from the text, in logical pixels.
const SLOT_WIDTH: f32 = 20.0;
const BEFORE_SLOT: f32 = 2.0;
/// Space between lines of different kinds, in logical pixels.
const BETWEEN_LINES: f32 = 5.0;
/// Height of a line relative to its letters: Bevy's own default.
const LINE_HEIGHT: f32 = 1.2;

/// What dims the picture behind the words.
const BEHIND_WORDS: Color = Color::srgba(0.02, 0.025, 0.04, 0.62);

/// At most so many characters of the text are shown; the beginning is left out first.
const MOST_CHARACTERS: usize = 56;

pub(super) fn spawn(mut commands: Commands, fonts: Res<Fonts>) {
    let text = |line: Line, colour: Color| {
        let (face, size) = line.letters();
        (
            line,
            Text::default(),
            TextFont {
                font: fonts.handle(face).into(),
                font_size: FontSize::Px(size),
                ..default()
            },
            TextColor(colour),
        )
    };
    let soft = Color::srgb_u8(146, 156, 176);
    commands
        .spawn((
            Line::Column,
            Node {
                position_type: PositionType::Absolute,
                left: Val::Px(LEFT_TOP.x),
                top: Val::Px(LEFT_TOP.y),
                flex_direction: FlexDirection::Column,
                row_gap: Val::Px(BETWEEN_LINES),
                ..default()
            },
        ))
        .with_children(|column| {
            column
                .spawn(Node {
                    flex_direction: FlexDirection::Row,
                    align_items: AlignItems::Center,
                    column_gap: Val::Px(BEFORE_SLOT),
                    ..default()
                })
                .with_children(|row| {
                    row.spawn((
                        text(Line::TextSoFar, Color::srgb_u8(240, 243, 250)),
                        TextLayout::no_wrap(),
                    ));
                    row.spawn((
                        Node {
                            border: UiRect::all(Val::Px(1.5)),
                            padding: UiRect::horizontal(Val::Px(3.0)),
                            min_width: Val::Px(SLOT_WIDTH),
                            min_height: Val::Px(SLOT_HEIGHT),
                            justify_content: JustifyContent::Center,
                            ..default()
                        },
                        BorderColor::all(Color::srgb_u8(255, 176, 84)),
                        BackgroundColor(Color::srgba_u8(255, 176, 84, 56)),
                    ))
                    .with_children(|slot| {
                        slot.spawn((
                            text(Line::Slot, Color::srgb_u8(255, 214, 150)),
                            TextLayout::no_wrap(),
                        ));
                    });
                });
            column.spawn(text(Line::Where, soft));
            column.spawn(text(Line::Words, Color::srgb_u8(222, 227, 238)));
            column.spawn(text(Line::Formula, Color::srgb_u8(140, 196, 255)));
            column.spawn(text(Line::Numbers, Color::srgb_u8(255, 206, 140)));
        });
}

/// The end of a text that is too long, behind an ellipsis.
fn last_part(text: &str) -> String {
    let count = text.chars().count();
    let shown: String = if count > MOST_CHARACTERS {
        std::iter::once('…')
            .chain(text.chars().skip(count - MOST_CHARACTERS))
            .collect()
    } else {
        text.to_owned()
    };
    // a line end would break the line; a space at the end must be seen
    shown.replace('\n', "↵")
}

pub(super) fn fill(
    show: Option<Res<CurrentShow>>,
    now: Res<Now>,
    headline: Res<Headline>,
    picture: PictureView,
    fonts: Res<Fonts>,
    mut taken: ResMut<TakenAreas>,
    flight: Option<Res<FlightOn>>,
    captions: Res<Captions>,
    mut lines: Query<(&Line, &mut Text, &mut TextFont)>,
    direction: Option<Res<Direction>>,
    mut columns: Query<(&Line, &mut Node, &mut BackgroundColor), Without<Text>>,
) {
    let (Some(show), Some(view)) = (show, picture.get()) else {
        return;
    };
    let Some(pass) = now.pass(&show) else {
        return;
    };
    let scale = letter_scale(view.size.y);
    // words keep to the corner that the stage leaves empty, or to the band above it
    let safe = now.framing.map_or(SafeArea::BAND, |framing| framing.safe);
    let far = flight.is_some_and(|flight| flight.is_far());
    let words = if far {
        SafeArea::BAND.words
    } else {
        safe.words
    };
    let width = words * view.size.x;
    // the guided camera leaves the corner empty; others may not
    let behind = match direction.as_deref() {
        None | Some(Direction::Guided | Direction::Static) => Color::NONE,
        Some(_) if captions.0 => BEHIND_WORDS,
        Some(_) => Color::NONE,
    };
    for (line, mut column, mut ground) in &mut columns {
        if *line != Line::Column {
            continue;
        }
        ground.set_if_neq(BackgroundColor(behind));
        let [left, top] = (LEFT_TOP * scale).to_array().map(Val::Px);
        let max_width = Val::Px(width);
        if column.max_width != max_width || column.left != left {
            column.max_width = max_width;
            column.left = left;
            column.top = top;
        }
    }
    let caption = now.caption.as_ref().filter(|_| captions.0);
    let said = |part: fn(&CaptionNow) -> &String| caption.map(part).cloned();
    let slot = now.kind().map(|kind| (kind.description().slot)(pass));
    let slot = slot.unwrap_or_default();
    let mut bottom = LEFT_TOP.y * scale + SLOT_HEIGHT.max(28.0 * scale * LINE_HEIGHT);
    let (mut right, mut text_end) = (0.0f32, 0.0);
    for (line, mut text, mut font) in &mut lines {
        let wanted = match line {
            Line::Column => continue,
            Line::TextSoFar => last_part(&pass.text),
            Line::Slot => slot.clone(),
            Line::Where => headline.0.clone(),
            Line::Words => said(|caption| &caption.words).unwrap_or_default(),
            Line::Formula => said(|caption| &caption.formula).unwrap_or_default(),
            Line::Numbers => said(|caption| &caption.numbers).unwrap_or_default(),
        };
        let (face, size) = line.letters();
        let size = size * scale;
        let count = fonts.lines(face, &wanted, size, width);
        if *line == Line::TextSoFar {
            text_end = fonts.width(face, &wanted, size);
        }
        right = right.max(fonts.width(face, &wanted, size).min(width));
        // the text so far is as high as the frame of the slot behind it
        if !matches!(line, Line::TextSoFar | Line::Slot) && count > 0 {
            bottom += BETWEEN_LINES + count as f32 * size * LINE_HEIGHT;
        }
        if text.0 != wanted {
            text.0 = wanted;
        }
        if font.font_size != FontSize::Px(size) {
            font.font_size = FontSize::Px(size);
        }
    }
    let left_top = LEFT_TOP * scale;
    let words = Rect::from_corners(
        Vec2::new(0.0, 0.0),
        Vec2::new(left_top.x + right + 12.0, bottom + 4.0),
    );
    let slot_left = left_top.x + text_end + BEFORE_SLOT;
    let slot = Rect::new(
        slot_left,
        left_top.y,
        slot_left + SLOT_WIDTH,
        left_top.y + SLOT_HEIGHT,
    );
    let areas = TakenAreas {
        words,
        slot,
        ..*taken
    };
    taken.set_if_neq(areas);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_shows_its_end() {
        let text = "a".repeat(80) + "end";
        let shown = last_part(&text);
        assert!(shown.starts_with('…') && shown.ends_with("end"));
        assert_eq!(shown.chars().count(), MOST_CHARACTERS + 1);
        assert_eq!(last_part("to be "), "to be ");
    }
}
