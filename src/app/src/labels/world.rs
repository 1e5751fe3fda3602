//! Labels that stand in the world: they face the screen, keep their size in pixels, fade in and out,
//! and thin out along an axis where they would touch.

use bevy::prelude::*;
use orrery_pipeline::label::{Align, Label, LabelKind};
use orrery_plugin_api::StageView;

use super::{
    Fonts, letter_scale,
    projection::{PictureView, View},
    rich::{Style, spawn_pieces},
};

/// On the node of a label: which of the scene's labels it is.
#[derive(Component)]
pub(super) struct WorldLabel(usize);

/// What the labels were made for.
#[derive(Default)]
pub(super) struct MadeFor(Option<(u64, f32)>);

/// Height of the letters in logical pixels at 720 lines.
fn letter_size(kind: LabelKind) -> f32 {
    match kind {
        LabelKind::Name => 20.0,
        LabelKind::Operator => 30.0,
        LabelKind::Token => 17.0,
        LabelKind::Axis => 14.0,
        LabelKind::Glyph => 46.0,
        LabelKind::Note => 16.0,
    }
}

fn style(kind: LabelKind, fonts: &Fonts, scale: f32) -> Style {
    let (font, colour) = match kind {
        LabelKind::Name => (&fonts.bold, Color::srgb_u8(236, 240, 248)),
        LabelKind::Operator => (&fonts.bold, Color::srgb_u8(255, 190, 110)),
        LabelKind::Token => (&fonts.mono, Color::srgb_u8(226, 230, 240)),
        LabelKind::Axis => (&fonts.mono, Color::srgb_u8(138, 148, 168)),
        LabelKind::Glyph => (&fonts.bold, Color::srgb_u8(250, 244, 230)),
        LabelKind::Note => (&fonts.mono, Color::srgb_u8(255, 206, 140)),
    };
    Style {
        font: font.clone(),
        size: letter_size(kind) * scale,
        colour,
    }
}

/// A new scene or another picture height: all labels are made anew.
pub(super) fn set_labels(
    mut commands: Commands,
    stage: Res<StageView>,
    fonts: Res<Fonts>,
    picture: PictureView,
    old: Query<Entity, With<WorldLabel>>,
    mut made_for: Local<MadeFor>,
) {
    let Some(view) = picture.get() else {
        return;
    };
    let scale = letter_scale(view.size.y);
    let wanted = Some((stage.revision, scale));
    if made_for.0 == wanted {
        return;
    }
    made_for.0 = wanted;
    for label in &old {
        commands.entity(label).despawn();
    }
    let Some(scene) = stage.scene.as_deref() else {
        return;
    };
    for (index, label) in scene.labels.iter().enumerate() {
        let main = style(label.kind, &fonts, scale);
        let detail = Style {
            font: fonts.mono.clone(),
            size: 14.0 * scale,
            colour: Color::srgb_u8(138, 148, 168),
        };
        // the outer node has no size and lies on the anchor; the inner one hangs on it
        let (across, down) = match (label.align, label.kind) {
            (Align::Left, _) => (0.0, -50.0),
            (Align::Centre, _) => (-50.0, -50.0),
            (Align::Right, _) => (-100.0, -50.0),
        };
        commands
            .spawn((
                WorldLabel(index),
                Node {
                    position_type: PositionType::Absolute,
                    width: Val::Px(0.0),
                    height: Val::Px(0.0),
                    ..default()
                },
                UiTransform::default(),
                Visibility::Hidden,
                ZIndex(-1),
            ))
            .with_children(|anchor| {
                anchor
                    .spawn((
                        Node {
                            position_type: PositionType::Absolute,
                            flex_direction: FlexDirection::Row,
                            align_items: AlignItems::Center,
                            ..default()
                        },
                        UiTransform::from_translation(Val2::percent(across, down)),
                    ))
                    .with_children(|row| {
                        spawn_pieces(row, &label.text, &main, &label.detail, &detail);
                    });
            });
    }
}

/// Whether there is room for the detail behind a name.
fn detail_fits(label: &Label, view: &View, scale: f32) -> bool {
    let Some(room) = label.room else {
        return true;
    };
    let ends = (
        view.project(label.anchor),
        view.project(label.anchor + Vec3::X * room),
    );
    let (Some(left), Some(right)) = ends else {
        return false;
    };
    let letters = label
        .text
        .0
        .iter()
        .map(|(text, _)| text.chars().count())
        .sum::<usize>();
    let name = letters as f32 * letter_size(label.kind) * 0.58;
    let detail = label.detail.chars().count() as f32 * 14.0 * 0.62;
    (name + detail + letter_size(label.kind)) * scale <= left.distance(right)
}

/// Whether a label of an axis is left out because its neighbours are too close.
fn thinned_out(label: &Label, view: &View, scale: f32) -> bool {
    let Some((index, step)) = label.along_axis else {
        return false;
    };
    let (Some(a), Some(b)) = (
        view.project(label.anchor),
        view.project(label.anchor + step),
    ) else {
        return true;
    };
    let pitch = a.distance(b).max(0.1);
    let vertical = (b - a).y.abs() > (b - a).x.abs();
    let letters = label
        .text
        .0
        .iter()
        .map(|(text, _)| text.chars().count())
        .sum::<usize>();
    let room = if vertical {
        letter_size(label.kind) * 0.95
    } else {
        letter_size(label.kind) * 0.66 * letters.max(1) as f32
    } * scale;
    let every = (room / pitch).ceil().max(1.0) as usize;
    // a glance at a tiny axis helps nobody: leave it empty where less than one in eight would show
    every > 8 || !index.is_multiple_of(every)
}

/// Puts every label in its place and fades it.
pub(super) fn place_labels(
    stage: Res<StageView>,
    picture: PictureView,
    mut labels: Query<(&WorldLabel, &mut UiTransform, &mut Visibility, &Children)>,
    rows: Query<&Children>,
    mut colours: Query<&mut TextColor>,
    mut details: Query<&mut Visibility, Without<WorldLabel>>,
) {
    let (Some(view), Some(scene)) = (picture.get(), stage.scene.as_deref()) else {
        return;
    };
    let scale = letter_scale(view.size.y);
    for (&WorldLabel(index), mut transform, mut visibility, children) in &mut labels {
        let Some(label) = scene.labels.get(index) else {
            continue;
        };
        let opacity = label.opacity(stage.seconds);
        let place = view.project(label.position(stage.seconds));
        let shown = opacity > 0.0 && place.is_some() && !thinned_out(label, &view, scale);
        let wanted = if shown {
            Visibility::Inherited
        } else {
            Visibility::Hidden
        };
        visibility.set_if_neq(wanted);
        let Some(place) = place.filter(|_| shown) else {
            continue;
        };
        transform.set_if_neq(UiTransform::from_translation(Val2::px(place.x, place.y)));
        if !label.detail.is_empty()
            && let Some(row) = children.first()
            && let Some(mut detail) = rows
                .get(*row)
                .ok()
                .and_then(|pieces| pieces.last())
                .and_then(|piece| details.get_mut(*piece).ok())
        {
            let display = if detail_fits(label, &view, scale) {
                Visibility::Inherited
            } else {
                Visibility::Hidden
            };
            detail.set_if_neq(display);
        }
        for piece in children
            .iter()
            .filter_map(|row| rows.get(row).ok())
            .flatten()
        {
            if let Ok(mut colour) = colours.get_mut(*piece) {
                let faded = colour.0.with_alpha(opacity);
                if colour.0 != faded {
                    colour.0 = faded;
                }
            }
        }
    }
}
