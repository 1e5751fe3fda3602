//! Labels that belong to places in the world: they face the screen, keep their size in pixels, fade in and out. Which of
//! them are shown, and where, is found in [`super::places`].

use bevy::prelude::*;
use orrery_pipeline::label::{Align, LabelKind};
use orrery_plugin_api::StageView;

use crate::far_view::FlightOn;

use super::{
    Fonts, LabelOnScreen, LabelsOnScreen, TakenAreas,
    fonts::Face,
    places::{place_of, size_now, standing_labels},
    plate,
    projection::PictureView,
    rich::{Style, spawn_pieces, width_of},
    scale::Room,
};

/// On the node of a label: which of the scene's labels it is, and how large, in logical pixels.
#[derive(Component)]
pub(super) struct WorldLabel {
    pub index: usize,
    /// Without the detail.
    pub width: f32,
    /// With it.
    pub with_detail: f32,
    pub height: f32,
}

/// What the labels were made for.
#[derive(Default)]
pub(super) struct MadeFor(Option<u64>);

/// Height of the letters in logical pixels at 720 lines.
pub(super) fn letter_size(kind: LabelKind) -> f32 {
    match kind {
        LabelKind::Name => 20.0,
        LabelKind::Operator => 30.0,
        LabelKind::Token => 17.0,
        LabelKind::Axis => 14.0,
        LabelKind::Glyph => 46.0,
        LabelKind::Note => 16.0,
    }
}

fn style(kind: LabelKind) -> Style {
    let (face, colour) = match kind {
        LabelKind::Name => (Face::Bold, Color::srgb_u8(236, 240, 248)),
        LabelKind::Operator => (Face::Bold, Color::srgb_u8(255, 190, 110)),
        LabelKind::Token => (Face::Mono, Color::srgb_u8(226, 230, 240)),
        LabelKind::Axis => (Face::Mono, Color::srgb_u8(138, 148, 168)),
        LabelKind::Glyph => (Face::Bold, Color::srgb_u8(250, 244, 230)),
        LabelKind::Note => (Face::Mono, Color::srgb_u8(255, 206, 140)),
    };
    Style {
        face,
        size: letter_size(kind),
        colour,
    }
}

/// A new scene: all labels are made anew.
pub(super) fn set_labels(
    mut commands: Commands,
    stage: Res<StageView>,
    fonts: Res<Fonts>,
    old: Query<Entity, With<WorldLabel>>,
    mut made_for: Local<MadeFor>,
) {
    let wanted = Some(stage.revision);
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
        let main = style(label.kind);
        let detail = Style {
            face: Face::Mono,
            size: 14.0,
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
                WorldLabel {
                    index,
                    width: width_of(&fonts, &label.text, &main, "", &detail),
                    with_detail: width_of(&fonts, &label.text, &main, &label.detail, &detail),
                    // neighbours along an axis may be as near as their letters allow
                    height: main.size
                        * match label.along_axis {
                            // a low sign
                            Some(_) if label.text.to_string() == "␣" => 0.5,
                            Some(_) => 0.8,
                            None => 1.12,
                        },
                },
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
                            // along an axis plates must not cover the feet of the letters above them
                            height: match label.along_axis {
                                Some(_) => Val::Px(main.size * 0.72),
                                None => Val::Auto,
                            },
                            flex_direction: FlexDirection::Row,
                            align_items: AlignItems::Center,
                            border_radius: BorderRadius::all(Val::Px(3.0)),
                            ..default()
                        },
                        UiTransform::from_translation(Val2::percent(across, down)),
                        BackgroundColor(Color::NONE),
                    ))
                    .with_children(|row| {
                        spawn_pieces(row, &fonts, &label.text, &main, &label.detail, &detail);
                    });
            });
    }
}

/// Puts every label in its place and fades it.
pub(super) fn place_labels(
    stage: Res<StageView>,
    picture: PictureView,
    (taken, room): (Res<TakenAreas>, Res<Room>),
    mut on_screen: ResMut<LabelsOnScreen>,
    flight: Option<Res<FlightOn>>,
    mut labels: Query<(
        Entity,
        &WorldLabel,
        &mut UiTransform,
        &mut Visibility,
        &Children,
    )>,
    mut rows: Query<(&Children, &mut BackgroundColor)>,
    mut colours: Query<&mut TextColor>,
    mut details: Query<&mut Visibility, Without<WorldLabel>>,
) {
    on_screen.0.clear();
    let (Some(view), Some(scene)) = (picture.get(), stage.scene.as_deref()) else {
        return;
    };
    // the stage's words leave when the view flies away from it
    let near = match room.narrow {
        true => 0.0,
        false => flight.map_or(1.0, |flight| flight.stage_words()),
    };
    let standing = if near > 0.0 {
        let all = labels.iter().map(|(_, label, ..)| label);
        standing_labels(all, &stage, &view, &taken)
    } else {
        Vec::new()
    };
    for (
        entity,
        &WorldLabel {
            index,
            width,
            with_detail,
            ..
        },
        mut transform,
        mut visibility,
        children,
    ) in &mut labels
    {
        let found = standing.iter().find(|standing| standing.label == index);
        let (Some(standing), Some(label)) = (found, scene.labels.get(index)) else {
            visibility.set_if_neq(Visibility::Hidden);
            continue;
        };
        let Some(at) = place_of(label, stage.seconds, &view, taken.slot) else {
            continue;
        };
        let opacity = label.opacity(stage.seconds) * near;
        let size = size_now(label, stage.seconds, &view);
        visibility.set_if_neq(Visibility::Inherited);
        on_screen.0.push(LabelOnScreen {
            entity,
            text: label.text.to_string(),
            kind: label.kind,
            rect: standing.rect,
            letters: letter_size(label.kind) * size,
            opacity,
            flies: label.flies(stage.seconds),
        });
        // a detail that is not shown keeps its room: the rest must not move into it
        let hidden = if standing.detailed {
            0.0
        } else {
            (with_detail - width) * size
        };
        let aside = match label.align {
            Align::Left => 0.0,
            Align::Centre => hidden * 0.5,
            Align::Right => hidden,
        };
        let left = match label.align {
            Align::Left if !label.flies(stage.seconds) => standing.rect.min.x,
            _ => at.x + aside,
        };
        let middle = if label.flies(stage.seconds) {
            at.y
        } else {
            standing.rect.center().y
        };
        transform.set_if_neq(UiTransform {
            translation: Val2::px(left, middle),
            scale: Vec2::splat(size),
            ..default()
        });
        let row = children.first().and_then(|&row| rows.get_mut(row).ok());
        let Some((row, mut ground)) = row else {
            continue;
        };
        // signs between matrices and large letters need none
        if !matches!(label.kind, LabelKind::Operator | LabelKind::Glyph) {
            ground.set_if_neq(plate(opacity));
        }
        if !label.detail.is_empty()
            && let Some(mut detail) = row.last().and_then(|&piece| details.get_mut(piece).ok())
        {
            detail.set_if_neq(if standing.detailed {
                Visibility::Inherited
            } else {
                Visibility::Hidden
            });
        }
        for &piece in row {
            if let Ok(mut colour) = colours.get_mut(piece) {
                let faded = colour.0.with_alpha(opacity);
                if colour.0 != faded {
                    colour.0 = faded;
                }
            }
        }
    }
}
