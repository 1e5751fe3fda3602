//! What colours mean: for each quantity on the stage its map, with the range of its numbers.

use bevy::{prelude::*, text::FontSize};
use orrery_pipeline::{ColourMap, Palette, Quantity, Scale, Tint};

use super::{Fonts, TakenAreas, fonts::Face, plate, projection::PictureView, scale::Room};
use crate::{
    render::{Quality, stored_interface::stored_colour},
    show::{CurrentShow, Now, current::PaletteInUse},
};

/// The quantities of the stage that is on, written by the stage's plugin.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct LegendQuantities(pub Vec<Quantity>);

#[derive(Component)]
pub(super) struct LegendBox;

/// Width and height of a gradient and space between two of them, in pixels of a picture of 720 lines.
const WIDTH: f32 = 150.0;
const HEIGHT: f32 = 9.0;
const BETWEEN: f32 = 22.0;
/// Size of the letters, likewise.
const LETTERS: f32 = 14.0;
/// Distance from the right and the lower edge of the picture, likewise.
const RIGHT: f32 = 36.0;
/// Above the timeline or the transport bar.
const ABOVE_FOOT: f32 = 4.0;

/// How far the plate under it reaches beyond it.
const PLATE: f32 = 6.0;

/// Stops of the drawn gradient: enough that it follows the map's own bends.
const STOPS: usize = 13;

pub(super) fn spawn(mut commands: Commands) {
    commands.spawn((
        LegendBox,
        plate(1.0),
        Node {
            position_type: PositionType::Absolute,
            right: Val::Px(RIGHT - PLATE),
            padding: UiRect::all(Val::Px(PLATE)),
            border_radius: BorderRadius::all(Val::Px(5.0)),
            flex_direction: FlexDirection::Row,
            column_gap: Val::Px(BETWEEN),
            ..default()
        },
    ));
}

fn gradient(palette: Palette, quantity: Quantity, quality: Quality) -> BackgroundGradient {
    let map = quantity.map();
    let stops = (0..STOPS)
        .map(|i| {
            let along = i as f32 / (STOPS - 1) as f32;
            let coordinate = match map {
                ColourMap::Diverging => along * 2.0 - 1.0,
                ColourMap::Sequential => along,
            };
            let [r, g, b] = palette.colour(Tint {
                map,
                coordinate,
                masked: false,
            });
            let colour = stored_colour(quality, Color::srgb_u8(r, g, b));
            ColorStop::percent(colour, along * 100.0)
        })
        .collect();
    // straight between the numbers that the stops give, whatever they mean
    BackgroundGradient::from(
        LinearGradient::to_right(stops).in_color_space(InterpolationColorSpace::LinearRgba),
    )
}

/// The numbers under a gradient, at equal distances. Where numbers lie beyond an end, and so have its colour, the end
/// says so.
fn ticks(quantity: Quantity, range: f32, clips: (bool, bool)) -> Vec<String> {
    let scale = Scale { quantity, range };
    let places: &[f32] = match quantity.map() {
        ColourMap::Diverging => &[-1.0, 0.0, 1.0],
        ColourMap::Sequential => &[0.0, 0.5, 1.0],
    };
    let last = places.len() - 1;
    let write = |(at, &place): (usize, &f32)| {
        let value = scale.value_at(place);
        let digits = match value.abs() {
            0.0 | 100.0.. => 0,
            ..1.0 => 2,
            _ => 1,
        };
        let sign = match quantity.map() {
            _ if value < 0.0 => "−",
            ColourMap::Diverging if value > 0.0 && quantity.centre() == 0.0 => "+",
            _ => "",
        };
        let beyond = match at {
            0 if clips.0 => "≤ ",
            at if at == last && clips.1 => "≥ ",
            _ => "",
        };
        format!("{beyond}{sign}{:.digits$}", value.abs())
    };
    places.iter().enumerate().map(write).collect()
}

/// Before all of them: that they are none of equal steps.
const ROOT: &str = "√ scale";

/// Width of all that is in a legend of these quantities, likewise.
fn width(quantities: &[Quantity], fonts: &Fonts) -> f32 {
    let written = |text: &str| fonts.width(Face::Mono, text, LETTERS);
    let columns = quantities
        .iter()
        .map(|quantity| BETWEEN + written(quantity.name()).max(WIDTH));
    written(ROOT) + columns.sum::<f32>()
}

/// Where a legend of this width lies in a picture, likewise.
fn area(width: f32, picture: Vec2, foot: f32) -> Rect {
    if width == 0.0 {
        return Rect::default();
    }
    let height = 2.4 * LETTERS + HEIGHT + 6.0;
    let corner = picture - Vec2::new(RIGHT, foot + ABOVE_FOOT);
    Rect::from_corners(corner - Vec2::new(width + 10.0, height + 4.0), picture)
}

pub(super) fn fill(
    mut commands: Commands,
    show: Option<Res<CurrentShow>>,
    (quantities, now, room): (Res<LegendQuantities>, Res<Now>, Res<Room>),
    palette: Res<PaletteInUse>,
    quality: Res<Quality>,
    fonts: Res<Fonts>,
    picture: PictureView,
    mut taken: ResMut<TakenAreas>,
    legend: Single<(Entity, &mut Node), With<LegendBox>>,
    mut made_for: Local<Option<(u64, Vec<Quantity>, Palette)>>,
) {
    let (Some(show), Some(view)) = (show, picture.get()) else {
        return;
    };
    let (legend, mut node) = legend.into_inner();
    let bottom = Val::Px(room.foot + ABOVE_FOOT - PLATE);
    if node.bottom != bottom {
        node.bottom = bottom;
    }
    // of the matrices that act now, else of the stage; as many as there is room for
    let acting = now.caption.as_ref().map(|caption| &caption.quantities);
    let acting = acting.filter(|acting| !acting.is_empty());
    let mut shown = acting.unwrap_or(&quantities.0).clone();
    let room_for_all = view.size.x - 2.0 * RIGHT;
    while room.narrow && !shown.is_empty() || width(&shown, &fonts) > room_for_all {
        if shown.pop().is_none() {
            break;
        }
    }
    let wide = match shown.is_empty() {
        true => 0.0,
        false => width(&shown, &fonts),
    };
    let areas = TakenAreas {
        legend: area(wide, view.size, room.foot),
        foot: Rect::from_corners(Vec2::new(0.0, view.size.y - room.foot), view.size),
        ..*taken
    };
    taken.set_if_neq(areas);
    let wanted = Some((show.revision, shown.clone(), palette.0));
    if *made_for == wanted {
        return;
    }
    *made_for = wanted;
    let small = |text: String, colour: Color| {
        (
            Text::new(text),
            TextFont {
                font: fonts.handle(Face::Mono).into(),
                font_size: FontSize::Px(LETTERS),
                ..default()
            },
            TextColor(colour),
            TextLayout::no_wrap(),
        )
    };
    let mut legend = commands.entity(legend);
    legend.despawn_related::<Children>();
    legend.with_children(|row| {
        if !shown.is_empty() {
            row.spawn(small(ROOT.to_owned(), Color::srgb_u8(150, 160, 180)));
        }
        for &quantity in &shown {
            let ticks = ticks(
                quantity,
                show.show.range(quantity),
                show.show.clips(quantity),
            );
            row.spawn(Node {
                flex_direction: FlexDirection::Column,
                row_gap: Val::Px(3.0),
                min_width: Val::Px(WIDTH),
                ..default()
            })
            .with_children(|column| {
                let soft = Color::srgb_u8(150, 160, 180);
                column.spawn(small(quantity.name().to_owned(), soft));
                column.spawn((
                    Node {
                        width: Val::Percent(100.0),
                        height: Val::Px(HEIGHT),
                        ..default()
                    },
                    gradient(palette.0, quantity, *quality),
                ));
                column
                    .spawn(Node {
                        justify_content: JustifyContent::SpaceBetween,
                        ..default()
                    })
                    .with_children(|numbers| {
                        for text in ticks {
                            numbers.spawn(small(text, Color::srgb_u8(200, 206, 220)));
                        }
                    });
            });
        }
    });
}
