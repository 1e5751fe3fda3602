//! What the parts of the whole model are called, in the far view. A name keeps its size in pixels; of two
//! that would touch the less important leaves.

use bevy::{prelude::*, text::FontSize};
use orrery_pipeline::LabelKind;
use orrery_pipeline::machine::{Name, NameKind};

use super::{
    Fonts, LabelOnScreen, LabelsOnScreen, TakenAreas,
    arrangement::{Candidate, arrange},
    fonts::Face,
    plate,
    projection::{PictureView, View},
    scale::Room,
};
use crate::far_view::{FlightOn, MachineOn};
use crate::show::{CurrentShow, Now};

/// On the node of a name: which of the machine's names it is.
#[derive(Component)]
pub(super) struct MachineName(usize);

/// Height of the letters in logical pixels at 720 lines.
fn letters(kind: NameKind) -> f32 {
    match kind {
        NameKind::Block => 16.0,
        NameKind::Part => 14.0,
    }
}

fn face(kind: NameKind) -> Face {
    match kind {
        NameKind::Block => Face::Bold,
        NameKind::Part => Face::Regular,
    }
}

/// A line is so many times as high as its letters.
const LINE: f32 = 1.25;
/// Free pixels around a name, at 720 lines, and between it and the edge of the picture.
const FREE: f32 = 2.0;
const EDGE: f32 = 8.0;

/// For which machine the names were made.
#[derive(Default)]
pub(super) struct MadeFor(Option<(u64, usize, orrery_pipeline::Palette)>);

/// Another machine: all names are made anew.
pub(super) fn set_names(
    mut commands: Commands,
    machine: Option<Res<MachineOn>>,
    fonts: Res<Fonts>,
    old: Query<Entity, With<MachineName>>,
    mut made_for: Local<MadeFor>,
) {
    let wanted = machine.as_ref().map(|machine| machine.made_for());
    if made_for.0 == wanted {
        return;
    }
    made_for.0 = wanted;
    for name in &old {
        commands.entity(name).despawn();
    }
    let Some(machine) = machine else {
        return;
    };
    for (index, name) in machine.machine().names.iter().enumerate() {
        commands.spawn((
            MachineName(index),
            Text::new(text_of(name, f32::MIN, true)),
            TextFont {
                font: fonts.handle(face(name.kind)).into(),
                font_size: FontSize::Px(letters(name.kind)),
                ..default()
            },
            TextColor(Color::NONE),
            BackgroundColor(Color::NONE),
            TextLayout::no_wrap(),
            Node {
                position_type: PositionType::Absolute,
                ..default()
            },
            UiTransform::default(),
            Visibility::Hidden,
            ZIndex(-1),
        ));
    }
}

fn text_of(name: &Name, hand: f32, detailed: bool) -> String {
    let text = match &name.then {
        Some(then) if hand >= name.window.end => then,
        _ => &name.text,
    };
    if name.detail.is_empty() || !detailed {
        text.clone()
    } else {
        format!("{text} ({})", name.detail)
    }
}

/// Where a name lies in the picture, in logical pixels.
fn place(name: &Name, width: f32, view: &View, root: (f32, Vec3)) -> Option<Rect> {
    let anchor = view.project(name.anchor * root.0 + root.1)?;
    let height = letters(name.kind) * LINE;
    let lift = FREE + height * 0.5;
    let middle = anchor + Vec2::Y * if name.above { -lift } else { lift };
    let size = Vec2::new(width + 2.0 * FREE, height);
    Some(Rect::from_center_size(middle, size))
}

/// Puts every name in its place.
pub(super) fn place_names(
    machine: Option<Res<MachineOn>>,
    flight: Option<Res<FlightOn>>,
    show: Option<Res<CurrentShow>>,
    now: Res<Now>,
    fonts: Res<Fonts>,
    (taken, room): (Res<TakenAreas>, Res<Room>),
    picture: PictureView,
    mut on_screen: ResMut<LabelsOnScreen>,
    mut nodes: Query<(
        Entity,
        &MachineName,
        &mut Text,
        &mut Node,
        &mut UiTransform,
        &mut TextColor,
        &mut BackgroundColor,
        &mut Visibility,
    )>,
) {
    let (Some(machine), Some(show), Some(view)) = (machine, show, picture.get()) else {
        return;
    };
    let (Some(flight), Some(hand)) = (
        flight.and_then(|flight| flight.0),
        machine.hand(&show, &now),
    ) else {
        return;
    };
    let names = &machine.machine().names;
    let acts = |name: &Name| hand >= name.window.start && hand < name.window.end;
    // with what is left out, or else the name alone, moved into the picture
    let places = |name: &Name| -> Vec<Rect> {
        let texts = [true, false].map(|detailed| text_of(name, hand, detailed));
        let widths = texts.map(|text| fonts.width(face(name.kind), &text, letters(name.kind)));
        let place = |width: f32| place(name, width, &view, flight.machine());
        let [detailed, alone] = widths.map(place);
        let inside = alone.map(|alone| {
            let most = alone.width() * 0.3;
            let left = (EDGE - alone.min.x).clamp(0.0, most);
            let right = (alone.max.x - view.size.x + EDGE).clamp(0.0, most);
            let aside = Vec2::X * (left - right);
            Rect::from_corners(alone.min + aside, alone.max + aside)
        });
        detailed.into_iter().chain(inside).collect()
    };
    let candidates = names
        .iter()
        .enumerate()
        .filter_map(|(label, name)| {
            let places = places(name);
            if places.is_empty() {
                return None;
            }
            // what acts now comes first, then blocks, then parts from left to right
            let rank = match (acts(name), name.kind) {
                (true, _) => 0,
                (false, NameKind::Block) => 1,
                (false, NameKind::Part) => 2,
            };
            Some(Candidate {
                label,
                rank,
                places,
                detailed: 1,
            })
        })
        .collect();
    let opacity = if room.narrow {
        0.0
    } else {
        flight.machine_words()
    };
    let standing = if opacity > 0.0 {
        arrange(candidates, view.size, &taken.rects())
    } else {
        Vec::new()
    };
    for (
        entity,
        &MachineName(index),
        mut text,
        mut node,
        mut transform,
        mut colour,
        mut ground,
        mut visibility,
    ) in &mut nodes
    {
        let Some(standing) = standing.iter().find(|standing| standing.label == index) else {
            visibility.set_if_neq(Visibility::Hidden);
            continue;
        };
        visibility.set_if_neq(Visibility::Inherited);
        let name = &names[index];
        let written = text_of(name, hand, standing.detailed);
        if text.0 != written {
            text.0.clone_from(&written);
        }
        on_screen.0.push(LabelOnScreen {
            entity,
            text: written,
            kind: LabelKind::Name,
            rect: standing.rect,
            letters: letters(name.kind),
            opacity,
            flies: false,
        });
        // the node's upper left corner lies in the middle, and half of its own size is taken back
        let middle = standing.rect.center();
        let (left, top) = (Val::Px(middle.x), Val::Px(middle.y));
        if node.left != left || node.top != top {
            (node.left, node.top) = (left, top);
        }
        transform.set_if_neq(UiTransform::from_translation(Val2::percent(-50.0, -50.0)));
        let ink = match (acts(name), name.kind) {
            (true, _) => Color::srgb_u8(255, 206, 140),
            (false, NameKind::Block) => Color::srgb_u8(226, 231, 242),
            (false, NameKind::Part) => Color::srgb_u8(150, 160, 182),
        };
        colour.set_if_neq(TextColor(ink.with_alpha(opacity)));
        ground.set_if_neq(plate(opacity));
    }
}
