//! Of matrices too large for the stage, which part is on it: lower left each whole matrix in few dots, the
//! part that is shown bright.

use bevy::{
    asset::RenderAssetUsages,
    prelude::*,
    render::render_resource::{Extent3d, TextureDimension, TextureFormat},
};
use orrery_pipeline::{Palette, part::Overview};
use orrery_plugin_api::StageView;

use super::{
    Fonts, TakenAreas,
    fonts::Face,
    projection::PictureView,
    rich::{Style, spawn_pieces},
    scale::Room,
};
use crate::{
    far_view::FlightOn,
    render::Quality,
    show::{CurrentShow, Now},
};

#[derive(Component)]
pub(super) struct OverviewRow;

/// Longest side of a whole matrix in dots, and the size of a dot in logical pixels at 720 lines.
const DOTS: usize = 24;
const DOT: f32 = 2.0;
/// Distance from the left and the lower edge of the picture, in logical pixels.
const LEFT: f32 = 36.0;
const ABOVE_FOOT: f32 = 10.0;
/// Space between two matrices, and from one to its name, likewise.
const BETWEEN: f32 = 18.0;
const BEFORE_NAME: f32 = 8.0;
/// Size of the letters, likewise.
const NAME: f32 = 16.0;
const LETTERS: f32 = 14.0;
/// Light of what is not on the stage, as a share of its sRGB number.
const DIMMED: f32 = 0.36;
/// The least light of a dot of which something is.
const SOME: f32 = 0.75;

pub(super) fn spawn(mut commands: Commands) {
    commands.spawn((
        OverviewRow,
        Node {
            position_type: PositionType::Absolute,
            left: Val::Px(LEFT),
            flex_direction: FlexDirection::Row,
            align_items: AlignItems::Center,
            column_gap: Val::Px(BETWEEN),
            ..default()
        },
    ));
}

/// The dots as a picture whose texture holds what the interface draws.
fn picture(overview: &Overview, palette: Palette, quality: Quality) -> Image {
    let (height, width) = overview.dots.dim();
    let dots = overview.dots.iter().zip(&overview.shown);
    let data = dots
        .flat_map(|(&tint, &shown)| {
            let light = match shown {
                0.0 => DIMMED,
                share => SOME + (1.0 - SOME) * share,
            };
            let [r, g, b] = palette
                .colour(tint)
                .map(|channel| (f32::from(channel) * light).round() as u8);
            [r, g, b, 255]
        })
        .collect();
    // where the picture holds sRGB numbers as they are, nothing may convert them on the way
    let format = match quality {
        Quality::Full => TextureFormat::Rgba8UnormSrgb,
        Quality::Software => TextureFormat::Rgba8Unorm,
    };
    let mut image = Image::new(
        Extent3d {
            width: width as u32,
            height: height as u32,
            depth_or_array_layers: 1,
        },
        TextureDimension::D2,
        data,
        format,
        RenderAssetUsages::RENDER_WORLD,
    );
    image.sampler = bevy::image::ImageSampler::nearest();
    image
}

/// What the row was made for.
#[derive(Default)]
pub(super) struct MadeFor(Option<(u64, Palette, bool)>);

pub(super) fn fill(
    mut commands: Commands,
    (show, now, stage): (Option<Res<CurrentShow>>, Res<Now>, Res<StageView>),
    (quality, fonts, flight, room): (Res<Quality>, Res<Fonts>, Option<Res<FlightOn>>, Res<Room>),
    picture_view: PictureView,
    mut images: ResMut<Assets<Image>>,
    mut taken: ResMut<TakenAreas>,
    row: Single<(Entity, &mut Node), With<OverviewRow>>,
    mut made_for: Local<MadeFor>,
) {
    let (Some(show), Some(view)) = (show, picture_view.get()) else {
        return;
    };
    let (row, mut node) = row.into_inner();
    let bottom = Val::Px(room.foot + ABOVE_FOOT);
    if node.bottom != bottom {
        node.bottom = bottom;
    }
    let far = room.narrow || flight.is_some_and(|flight| flight.is_far());
    let wanted = Some((stage.revision, stage.palette, far));
    if made_for.0 == wanted {
        return;
    }
    made_for.0 = wanted;
    let overviews = match (&stage.scene, now.pass(&show)) {
        (Some(scene), Some(pass)) if !far => scene.overviews(pass, DOTS),
        _ => Vec::new(),
    };
    let style = |face, size: f32, colour| Style { face, size, colour };
    let name = style(Face::Bold, NAME, Color::srgb_u8(222, 227, 238));
    let small = style(Face::Mono, LETTERS, Color::srgb_u8(150, 160, 180));
    let mut width = 0.0;
    let mut row = commands.entity(row);
    row.despawn_related::<Children>();
    row.with_children(|row| {
        for overview in &overviews {
            let image = picture(overview, stage.palette, *quality);
            let size = image.size_f32() * DOT;
            let detail = format!("{} × {}", overview.whole.rows, overview.whole.columns);
            width += size.x + BEFORE_NAME + fonts.width(small.face, &detail, small.size) + BETWEEN;
            row.spawn(Node {
                align_items: AlignItems::Center,
                column_gap: Val::Px(BEFORE_NAME),
                ..default()
            })
            .with_children(|whole| {
                whole.spawn((
                    ImageNode::new(images.add(image)),
                    Node {
                        width: Val::Px(size.x),
                        height: Val::Px(size.y),
                        ..default()
                    },
                ));
                whole
                    .spawn(Node {
                        flex_direction: FlexDirection::Column,
                        ..default()
                    })
                    .with_children(|words| {
                        words.spawn(Node::default()).with_children(|line| {
                            spawn_pieces(line, &fonts, &overview.name, &name, "", &small);
                        });
                        words.spawn(small.text(&fonts, &detail));
                    });
            });
        }
        if !overviews.is_empty() {
            let words = "bright:\nshown";
            width += fonts.width(small.face, "bright:", small.size);
            row.spawn(small.text(&fonts, words));
        }
    });
    let height = DOTS as f32 * DOT + 6.0;
    let area = if overviews.is_empty() {
        Rect::default()
    } else {
        let corner = Vec2::new(0.0, view.size.y - room.foot - ABOVE_FOOT);
        Rect::from_corners(corner, corner + Vec2::new(LEFT + width + 8.0, -height))
    };
    let areas = TakenAreas {
        overviews: area,
        ..*taken
    };
    taken.set_if_neq(areas);
}
