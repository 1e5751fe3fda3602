//! What is being typed, written by the text that writes everything else: a field of the interface puts every character
//! for itself, so that letters which join, stack or run from right to left look wrong there. Above the field they are
//! seen as they will stand in the show; a character that no font has shows its code point.

use bevy::{prelude::*, text::FontSize};

use super::{Fonts, fonts::Face, scale::Room};

/// What is typed and not shown yet; empty where there is nothing of that kind.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview(pub String);

#[derive(Component)]
pub(super) struct PreviewBox;

/// Distance from the right edge, in pixels of a picture of 720 lines.
const EDGE: f32 = 30.0;
/// Distance from what lies at the foot, likewise: above the legend.
const ABOVE_FOOT: f32 = 78.0;
/// The widest line, likewise.
const WIDTH: f32 = 560.0;

/// Whether a field that puts every character for itself writes this one as it should be.
fn stands_for_itself(letter: char) -> bool {
    !matches!(letter,
        '\u{300}'..='\u{36f}' // marks over the letter before
        | '\u{590}'..='\u{8ff}' // Hebrew, Arabic, Syriac, Thaana
        | '\u{900}'..='\u{109f}' // the scripts of India, Thai, Lao, Tibetan, Myanmar
        | '\u{1780}'..='\u{18af}' // Khmer, Mongolian
        | '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{fb1d}'..='\u{fdff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe70}'..='\u{feff}'
        | '\u{1f000}'..='\u{1faff}' // emoji, whose parts join
    )
}

pub(super) fn spawn(mut commands: Commands, fonts: Res<Fonts>) {
    commands.spawn((
        PreviewBox,
        BackgroundColor(Color::srgb(0.055, 0.063, 0.09)),
        Node {
            position_type: PositionType::Absolute,
            right: Val::Px(EDGE),
            max_width: Val::Px(WIDTH),
            padding: UiRect::axes(Val::Px(10.0), Val::Px(6.0)),
            border_radius: BorderRadius::all(Val::Px(5.0)),
            display: Display::None,
            ..default()
        },
        // over the letters of the show
        GlobalZIndex(50),
        children![(
            Text::default(),
            TextFont {
                font: fonts.handle(Face::Mono).into(),
                font_size: FontSize::Px(16.0),
                ..default()
            },
            TextColor(Color::srgb(0.95, 0.96, 1.0)),
        )],
    ));
}

pub(super) fn fill(
    preview: Res<Preview>,
    fonts: Res<Fonts>,
    room: Res<Room>,
    preview_box: Single<(&mut Node, &Children), With<PreviewBox>>,
    mut texts: Query<&mut Text>,
) {
    if !(preview.is_changed() || fonts.is_changed() || room.is_changed()) {
        return;
    }
    let shown = fonts.shown(&preview.0);
    let needed = shown != preview.0 || !preview.0.chars().all(stands_for_itself);
    let (mut node, children) = preview_box.into_inner();
    node.bottom = Val::Px(room.foot + ABOVE_FOOT);
    node.display = if needed { Display::Flex } else { Display::None };
    for &child in children {
        if let Ok(mut text) = texts.get_mut(child)
            && text.0 != shown
        {
            text.0 = shown.clone().into_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_field_cannot_write_is_written_once_more() {
        let plain = |text: &str| text.chars().all(stands_for_itself);
        for text in ["hello", "grüße", "привет", "你好", "こんにちは", "안녕"] {
            assert!(plain(text), "{text}");
        }
        for text in ["שלום", "مرحبا", "नमस्ते", "สวัสดี", "👍🏽", "e\u{301}"]
        {
            assert!(!plain(text), "{text}");
        }
    }
}
