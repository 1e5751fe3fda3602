//! Cards: short facts at the moments at which they help, at the lower left. A key puts them away.

use bevy::{prelude::*, text::FontSize};

use super::{Fonts, TakenAreas, fonts::Face, projection::PictureView, scale::Room};
use crate::far_view::FlightOn;
use crate::show::Now;

/// Whether cards are shown.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cards(pub bool);

impl Default for Cards {
    /// They are.
    fn default() -> Self {
        Self(true)
    }
}

#[derive(Component)]
pub(super) struct CardBox;

/// Distance from the left edge and from the foot, in pixels of a picture of 720 lines; all sizes here are in those.
const LEFT: f32 = 36.0;
const ABOVE_FOOT: f32 = 6.0;
/// Size of the letters.
const LETTERS: f32 = 14.0;
/// Space around them, and the width of the line at their left.
const PADDING: (f32, f32) = (10.0, 4.0);
const EDGE: f32 = 2.0;
/// A card is no wider than this, and is not shown where there is less room than that.
const WIDEST: f32 = 560.0;
const NARROWEST: f32 = 250.0;
/// No more lines than the band at the foot has room for.
const MOST_LINES: usize = 3;
/// Height of a line relative to its letters.
const LINE_HEIGHT: f32 = 1.2;

pub(super) fn spawn(mut commands: Commands, fonts: Res<Fonts>) {
    commands
        .spawn((
            CardBox,
            Node {
                position_type: PositionType::Absolute,
                left: Val::Px(LEFT),
                padding: UiRect::axes(Val::Px(PADDING.0), Val::Px(PADDING.1)),
                border: UiRect::left(Val::Px(EDGE)),
                ..default()
            },
            BackgroundColor(Color::srgba_u8(20, 24, 34, 205)),
            BorderColor::all(Color::srgb_u8(140, 196, 255)),
            Visibility::Hidden,
        ))
        .with_child((
            Text::default(),
            TextFont {
                font: fonts.handle(Face::Regular).into(),
                font_size: FontSize::Px(LETTERS),
                ..default()
            },
            TextColor(Color::srgb_u8(196, 206, 224)),
        ));
}

pub(super) fn fill(
    now: Res<Now>,
    (cards, room, flight): (Res<Cards>, Res<Room>, Option<Res<FlightOn>>),
    fonts: Res<Fonts>,
    picture: PictureView,
    mut taken: ResMut<TakenAreas>,
    card: Single<(&mut Node, &mut Visibility, &Children), With<CardBox>>,
    mut texts: Query<&mut Text>,
) {
    let Some(view) = picture.get() else {
        return;
    };
    let (mut node, mut visibility, children) = card.into_inner();
    let far = flight.is_some_and(|flight| flight.is_far());
    let wanted = now
        .caption
        .as_ref()
        .map_or("", |caption| caption.card.as_str());
    // beside the whole matrices at the left, if there are any, up to the legend
    let left = taken.overviews.max.x.max(LEFT - 12.0) + 12.0;
    let right = match taken.legend.width() {
        0.0 => view.size.x - LEFT,
        _ => taken.legend.min.x - 8.0,
    };
    let outside = 2.0 * PADDING.0 + EDGE;
    let width = (right - left - outside).min(WIDEST);
    let lines = fonts.lines(Face::Regular, wanted, LETTERS, width);
    let shown = cards.0
        && !room.narrow
        && !far
        && !wanted.is_empty()
        && width >= NARROWEST
        && lines <= MOST_LINES;
    let area = if shown {
        let high = lines as f32 * LETTERS * LINE_HEIGHT + 2.0 * PADDING.1;
        let foot = view.size.y - room.foot - ABOVE_FOOT;
        let wide = fonts.width(Face::Regular, wanted, LETTERS).min(width) + outside;
        Rect::new(left, foot - high, left + wide, foot)
    } else {
        Rect::default()
    };
    let areas = TakenAreas {
        card: area,
        ..*taken
    };
    taken.set_if_neq(areas);
    visibility.set_if_neq(if shown {
        Visibility::Inherited
    } else {
        Visibility::Hidden
    });
    if !shown {
        return;
    }
    let (left, max_width) = (Val::Px(left), Val::Px(width + outside));
    let bottom = Val::Px(room.foot + ABOVE_FOOT);
    if (node.left, node.bottom, node.max_width) != (left, bottom, max_width) {
        (node.left, node.bottom, node.max_width) = (left, bottom, max_width);
    }
    if let Some(mut text) = children.first().and_then(|&text| texts.get_mut(text).ok())
        && text.0 != wanted
    {
        text.0 = fonts.shown(wanted).into_owned();
    }
}
