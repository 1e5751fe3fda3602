//! A title over the picture: two lines in its middle on darkened ground. Who sets it decides when.

use bevy::{prelude::*, text::FontSize};

use super::{Fonts, fonts::Face};

/// What the card says, and how visible it is.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct TitleCard {
    /// In large letters.
    pub title: String,
    /// Beneath, in small ones.
    pub subtitle: String,
    /// 0…1; nothing is drawn at 0.
    pub opacity: f32,
}

#[derive(Component, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Title,
    Subtitle,
}

/// The whole card.
#[derive(Component)]
pub(super) struct Card;

impl Line {
    /// Font and size in pixels of a picture of 720 lines: of those that are in the atlases before the first picture.
    fn letters(self) -> (Face, f32) {
        match self {
            Self::Title => (Face::Bold, 46.0),
            Self::Subtitle => (Face::Regular, 16.5),
        }
    }
}

/// How dark the ground becomes.
const DARKEST: f32 = 0.84;

pub(super) fn spawn(mut commands: Commands, fonts: Res<Fonts>) {
    let line = |line: Line| {
        let (face, size) = line.letters();
        (
            line,
            Text::default(),
            TextFont {
                font: fonts.handle(face).into(),
                font_size: FontSize::Px(size),
                ..default()
            },
            TextColor(Color::NONE),
            TextLayout::justify(Justify::Center),
        )
    };
    commands
        .spawn((
            Card,
            Node {
                position_type: PositionType::Absolute,
                width: Val::Percent(100.0),
                height: Val::Percent(100.0),
                flex_direction: FlexDirection::Column,
                align_items: AlignItems::Center,
                justify_content: JustifyContent::Center,
                row_gap: Val::Px(14.0),
                display: Display::None,
                ..default()
            },
            // over all words of the show
            GlobalZIndex(100),
        ))
        .with_children(|card| {
            card.spawn(line(Line::Title));
            card.spawn(line(Line::Subtitle));
        });
}

pub(super) fn fill(
    card: Res<TitleCard>,
    mut ground: Query<(&mut Node, &mut BackgroundColor), With<Card>>,
    mut lines: Query<(&Line, &mut Text, &mut TextFont, &mut TextColor)>,
) {
    if !card.is_changed() {
        return;
    }
    let opacity = card.opacity.clamp(0.0, 1.0);
    for (mut node, mut colour) in &mut ground {
        node.display = if opacity > 0.0 {
            Display::Flex
        } else {
            Display::None
        };
        colour.0 = Color::srgba(0.01, 0.012, 0.02, DARKEST * opacity);
    }
    for (line, mut text, mut font, mut colour) in &mut lines {
        let (words, [red, green, blue]) = match line {
            Line::Title => (&card.title, [0.95, 0.96, 1.0]),
            Line::Subtitle => (&card.subtitle, [0.68, 0.72, 0.80]),
        };
        if text.0 != *words {
            text.0.clone_from(words);
        }
        font.font_size = FontSize::Px(line.letters().1);
        colour.0 = Color::srgba(red, green, blue, opacity);
    }
}
