//! The words in the upper left: the text so far with the slot of the next token, where we are, what
//! happens, and the formula with the numbers in it.

use bevy::{prelude::*, text::FontSize};
use orrery_pipeline::{RichText, SafeArea};

use super::{
    Fonts, TakenAreas,
    fonts::Face,
    plate,
    projection::PictureView,
    rich::{Style, size_in_column, spawn_words},
    scale::Room,
};
use crate::far_view::FlightOn;
use crate::show::{CurrentShow, Now, now::CaptionNow};

/// Where we are: the stage's own line, written by the stage's plugin.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct Headline {
    /// The stage's name, and its block's.
    pub title: String,
    /// A word on sizes or settings; may be empty.
    pub remark: String,
}

impl Headline {
    /// In one line.
    fn line(&self) -> String {
        if self.remark.is_empty() {
            self.title.clone()
        } else {
            format!("{}  ·  {}", self.title, self.remark)
        }
    }
}

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
    /// The text so far with its slot.
    Text,
    TextSoFar,
    Slot,
    Where,
    Words,
    Formula,
    Numbers,
}

/// Font and size of each line, in pixels of a picture of 720 lines.
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

    fn colour(self) -> Color {
        match self {
            Self::TextSoFar => Color::srgb_u8(240, 243, 250),
            Self::Slot => Color::srgb_u8(255, 214, 150),
            Self::Formula => Color::srgb_u8(140, 196, 255),
            Self::Numbers => Color::srgb_u8(255, 206, 140),
            Self::Words => Color::srgb_u8(222, 227, 238),
            Self::Column | Self::Text | Self::Where => Color::srgb_u8(146, 156, 176),
        }
    }
}

/// Where the words begin, in pixels of a picture of 720 lines; all sizes here are in those.
const LEFT_TOP: Vec2 = Vec2::new(36.0, 24.0);
/// Height of the frame around the slot of the next token.
const SLOT_HEIGHT: f32 = 34.0;
/// Its width at least, and its distance from the text.
const SLOT_WIDTH: f32 = 20.0;
const BEFORE_SLOT: f32 = 2.0;
/// Space between lines of different kinds.
const BETWEEN_LINES: f32 = 5.0;
/// Height of a line relative to its letters: Bevy's own default.
const LINE_HEIGHT: f32 = 1.2;

/// At most so many characters of the text are shown; the beginning is left out first.
const MOST_CHARACTERS: usize = 56;

pub(super) fn spawn(mut commands: Commands, fonts: Res<Fonts>) {
    let text = |line: Line| {
        let (face, size) = line.letters();
        (
            line,
            Text::default(),
            TextFont {
                font: fonts.handle(face).into(),
                font_size: FontSize::Px(size),
                ..default()
            },
            TextColor(line.colour()),
        )
    };
    // broken between words where it is too long
    let formula = |line: Line| {
        let node = Node {
            flex_wrap: FlexWrap::Wrap,
            align_items: AlignItems::Center,
            ..default()
        };
        (line, node)
    };
    commands
        .spawn((
            Line::Column,
            plate(1.0),
            Node {
                position_type: PositionType::Absolute,
                left: Val::Px(LEFT_TOP.x - PLATE.x),
                top: Val::Px(LEFT_TOP.y - PLATE.y),
                padding: UiRect::axes(Val::Px(PLATE.x), Val::Px(PLATE.y)),
                border_radius: BorderRadius::all(Val::Px(6.0)),
                flex_direction: FlexDirection::Column,
                row_gap: Val::Px(BETWEEN_LINES),
                ..default()
            },
        ))
        .with_children(|column| {
            column
                .spawn((
                    Line::Text,
                    Node {
                        flex_direction: FlexDirection::Row,
                        align_items: AlignItems::Center,
                        column_gap: Val::Px(BEFORE_SLOT),
                        ..default()
                    },
                ))
                .with_children(|row| {
                    row.spawn((text(Line::TextSoFar), TextLayout::no_wrap()));
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
                        slot.spawn((text(Line::Slot), TextLayout::no_wrap()));
                    });
                });
            column.spawn(text(Line::Where));
            column.spawn(text(Line::Words));
            column.spawn(formula(Line::Formula));
            column.spawn(formula(Line::Numbers));
        });
}

/// How far the plate under the words reaches beyond them.
const PLATE: Vec2 = Vec2::new(10.0, 7.0);

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

/// A formula and the width of its column: what a line was written for.
#[derive(Default)]
pub(super) struct Written(Option<(RichText, RichText)>);

pub(super) fn fill(
    mut commands: Commands,
    show: Option<Res<CurrentShow>>,
    now: Res<Now>,
    (headline, room): (Res<Headline>, Res<Room>),
    picture: PictureView,
    fonts: Res<Fonts>,
    mut taken: ResMut<TakenAreas>,
    flight: Option<Res<FlightOn>>,
    captions: Res<Captions>,
    mut lines: Query<(&Line, &mut Text, &mut TextFont)>,
    mut columns: Query<(Entity, &Line, &mut Node), Without<Text>>,
    mut written: Local<Written>,
) {
    let (Some(show), Some(view)) = (show, picture.get()) else {
        return;
    };
    let Some(pass) = now.pass(&show) else {
        return;
    };
    // words keep to the corner that the stage leaves empty, or to the band above it
    let shape = view.size.x / view.size.y.max(1.0);
    let safe = now.framing.map_or(SafeArea::BAND, |framing| framing.safe);
    let far = flight.is_some_and(|flight| flight.is_far());
    let words = match far || room.narrow {
        true => SafeArea::BAND.words,
        false => safe.for_shape(shape).words,
    };
    let width = (words * view.size.x).min(view.size.x - 2.0 * LEFT_TOP.x);
    let caption = now.caption.as_ref().filter(|_| captions.0);
    let said = |part: fn(&CaptionNow) -> &RichText| match room.narrow {
        true => RichText::default(),
        false => caption.map(part).cloned().unwrap_or_default(),
    };
    let formulas = (said(|c| &c.formula), said(|c| &c.numbers));
    let words_of = |line: Line| match line {
        Line::Where if room.narrow => headline.title.clone(),
        Line::Where => headline.line(),
        Line::Words => caption.map_or_else(String::new, |caption| caption.words.clone()),
        _ => String::new(),
    };
    // many lines are laid out for the width that they have: else the plate would be as high as before they were broken
    let is_broken = room.narrow
        || [Line::Where, Line::Words].into_iter().any(|line| {
            let Style { face, size, .. } = style(line, room.letters);
            fonts.lines(face, &fonts.shown(&words_of(line)), size, width) > 1
        })
        || [(Line::Formula, &formulas.0), (Line::Numbers, &formulas.1)]
            .into_iter()
            .any(|(line, formula)| size_in_column(&fonts, formula, &style(line, 1.0), width).1 > 1);
    for (entity, line, mut node) in &mut columns {
        let display = match line {
            Line::Text if room.narrow => Display::None,
            _ => Display::Flex,
        };
        let max_width = match line {
            Line::Column => Val::Px(width + 2.0 * PLATE.x),
            _ => Val::Px(width),
        };
        let own = match (line, is_broken) {
            (Line::Column, true) => max_width,
            _ => Val::Auto,
        };
        if (node.max_width, node.width, node.display) != (max_width, own, display) {
            (node.max_width, node.width, node.display) = (max_width, own, display);
        }
        let (wanted, has) = match (line, &written.0) {
            (Line::Formula, Some((formula, _))) => (&formulas.0, Some(formula)),
            (Line::Numbers, Some((_, numbers))) => (&formulas.1, Some(numbers)),
            (Line::Formula, None) => (&formulas.0, None),
            (Line::Numbers, None) => (&formulas.1, None),
            _ => continue,
        };
        if has == Some(wanted) {
            continue;
        }
        let mut row = commands.entity(entity);
        row.despawn_related::<Children>();
        row.with_children(|row| spawn_words(row, &fonts, wanted, &style(*line, 1.0)));
    }
    let slot = now.kind().map(|kind| (kind.description().slot)(pass));
    let slot = slot.unwrap_or_default();
    let mut bottom = LEFT_TOP.y;
    let mut right = 0.0f32;
    let mut text_end = 0.0;
    if !room.narrow {
        bottom += SLOT_HEIGHT.max(28.0 * LINE_HEIGHT);
    }
    for (line, mut text, mut font) in &mut lines {
        let wanted = match line {
            Line::TextSoFar => last_part(&pass.text),
            Line::Slot => slot.clone(),
            Line::Where | Line::Words => words_of(*line),
            _ => continue,
        };
        let wanted = fonts.shown(&wanted).into_owned();
        let Style { face, size, .. } = style(*line, room.letters);
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
    for (line, formula) in [(Line::Formula, &formulas.0), (Line::Numbers, &formulas.1)] {
        let style = style(line, 1.0);
        let (wide, count) = size_in_column(&fonts, formula, &style, width);
        right = right.max(wide);
        if count > 0 {
            bottom += BETWEEN_LINES + count as f32 * style.size * LINE_HEIGHT;
        }
    }
    written.0 = Some(formulas);
    let words = Rect::from_corners(
        Vec2::new(0.0, 0.0),
        Vec2::new(LEFT_TOP.x + right + PLATE.x + 2.0, bottom + PLATE.y),
    );
    let slot_left = LEFT_TOP.x + text_end + BEFORE_SLOT;
    let slot = Rect::new(
        slot_left,
        LEFT_TOP.y,
        slot_left + SLOT_WIDTH,
        LEFT_TOP.y + SLOT_HEIGHT,
    );
    let areas = TakenAreas {
        words,
        slot,
        ..*taken
    };
    taken.set_if_neq(areas);
}

/// How a line is written, in letters so many times as large as usual.
fn style(line: Line, times: f32) -> Style {
    let (face, size) = line.letters();
    Style {
        face,
        size: size * times,
        colour: line.colour(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        render::{PictureSize, QualityChoice},
        show::{PictureSettings, ShowRenderer},
        test_support::small_show,
    };

    #[test]
    fn a_long_text_shows_its_end() {
        let text = "a".repeat(80) + "end";
        let shown = last_part(&text);
        assert!(shown.starts_with('…') && shown.ends_with("end"));
        assert_eq!(shown.chars().count(), MOST_CHARACTERS + 1);
        assert_eq!(last_part("to be "), "to be ");
    }

    #[test]
    fn the_plate_lies_under_all_lines_however_they_are_broken() {
        let show = small_show();
        let settings = PictureSettings {
            size: PictureSize {
                width: 640,
                height: 360,
            },
            quality: QualityChoice::Software,
            ..PictureSettings::default()
        };
        let segments = show.show.timeline().segments().to_vec();
        let mut renderer = ShowRenderer::new(show, settings).unwrap();
        let mut broken = 0;
        for segment in segments.iter().take(8) {
            renderer
                .picture(segment.start + f64::from(segment.duration()) * 0.4)
                .unwrap();
            let world = renderer.renderer().world_mut();
            let mut nodes = world.query::<(&Line, &ComputedNode, &UiGlobalTransform)>();
            let area = |node: &ComputedNode, at: &UiGlobalTransform| {
                Rect::from_center_size(at.translation, node.size())
            };
            let all: Vec<_> = nodes
                .iter(world)
                .map(|(line, node, at)| (*line, area(node, at)))
                .collect();
            let (_, plate) = all.iter().find(|(line, _)| *line == Line::Column).unwrap();
            for (line, rect) in all.iter().filter(|(_, rect)| !rect.is_empty()) {
                let inside = plate.inflate(0.6).union(*rect) == plate.inflate(0.6);
                assert!(inside, "{:?} {line:?}: {rect:?} in {plate:?}", segment.kind);
                let lines = rect.height() / (line.letters().1 * LINE_HEIGHT * 0.5);
                broken += usize::from(*line == Line::Words && lines > 1.5);
            }
        }
        assert!(broken > 0, "some words are broken");
    }
}
