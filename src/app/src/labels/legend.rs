//! What colours mean: for each quantity on the stage its map, with the range of its numbers.

use bevy::{prelude::*, text::FontSize};
use orrery_pipeline::{ColourMap, Palette, Quantity, Tint};

use super::{Fonts, letter_scale, projection::PictureView};
use crate::show::{CurrentShow, current::PaletteInUse};

/// The quantities of the stage that is on, written by the stage's plugin.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct LegendQuantities(pub Vec<Quantity>);

#[derive(Component)]
pub(super) struct LegendBox;

/// Stops of the drawn gradient: enough that it follows the map's own bends.
const STOPS: usize = 13;

pub(super) fn spawn(mut commands: Commands) {
    commands.spawn((
        LegendBox,
        Node {
            position_type: PositionType::Absolute,
            right: Val::Px(36.0),
            bottom: Val::Px(84.0),
            flex_direction: FlexDirection::Row,
            column_gap: Val::Px(28.0),
            ..default()
        },
    ));
}

fn gradient(palette: Palette, quantity: Quantity) -> BackgroundGradient {
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
            ColorStop::percent(Color::srgb_u8(r, g, b), along * 100.0)
        })
        .collect();
    BackgroundGradient::from(LinearGradient::to_right(stops))
}

/// The numbers under a gradient: (left, middle, right).
fn ends(quantity: Quantity, range: f32) -> (String, String, String) {
    let number = |x: f32| {
        if x.abs() >= 100.0 {
            format!("{x:.0}")
        } else {
            format!("{x:.2}")
        }
    };
    match quantity.map() {
        ColourMap::Diverging => (
            format!("≤ −{}", number(range)),
            "0".to_owned(),
            format!("≥ {}", number(range)),
        ),
        ColourMap::Sequential => ("0".to_owned(), String::new(), number(range)),
    }
}

pub(super) fn fill(
    mut commands: Commands,
    show: Option<Res<CurrentShow>>,
    quantities: Res<LegendQuantities>,
    palette: Res<PaletteInUse>,
    fonts: Res<Fonts>,
    picture: PictureView,
    legend: Single<Entity, With<LegendBox>>,
    mut made_for: Local<Option<(u64, Vec<Quantity>, Palette, f32)>>,
) {
    let (Some(show), Some(view)) = (show, picture.get()) else {
        return;
    };
    let scale = letter_scale(view.size.y);
    let wanted = Some((show.revision, quantities.0.clone(), palette.0, scale));
    if *made_for == wanted {
        return;
    }
    *made_for = wanted;
    let small = |text: String, colour: Color| {
        (
            Text::new(text),
            TextFont {
                font: fonts.mono.clone().into(),
                font_size: FontSize::Px(14.0 * scale),
                ..default()
            },
            TextColor(colour),
            TextLayout::no_wrap(),
        )
    };
    let mut legend = commands.entity(*legend);
    legend.despawn_related::<Children>();
    legend.with_children(|row| {
        for &quantity in &quantities.0 {
            let (left, middle, right) = ends(quantity, show.show.range(quantity));
            row.spawn(Node {
                flex_direction: FlexDirection::Column,
                row_gap: Val::Px(3.0),
                ..default()
            })
            .with_children(|column| {
                let soft = Color::srgb_u8(150, 160, 180);
                column.spawn(small(quantity.name().to_owned(), soft));
                column.spawn((
                    Node {
                        width: Val::Px(170.0 * scale),
                        height: Val::Px(11.0 * scale),
                        ..default()
                    },
                    gradient(palette.0, quantity),
                ));
                column
                    .spawn(Node {
                        justify_content: JustifyContent::SpaceBetween,
                        ..default()
                    })
                    .with_children(|numbers| {
                        for text in [left, middle, right] {
                            numbers.spawn(small(text, Color::srgb_u8(200, 206, 220)));
                        }
                    });
            });
        }
    });
}
