//! The timeline at the foot of stills and films: the stages of the token being made, and how far the
//! show has come. A window has its transport bar in this place.

use bevy::{prelude::*, text::FontSize};

use super::{Fonts, fonts::Face, projection::PictureView, scale::Room};
use crate::{
    sets::OrrerySystems,
    show::{CurrentShow, Now},
};

/// Draws the strip.
pub struct ProgressStripPlugin;

impl Plugin for ProgressStripPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, spawn).add_systems(
            Update,
            (set_marks, follow).chain().in_set(OrrerySystems::Labels),
        );
    }
}

#[derive(Component)]
struct Strip;

/// The part of the line that has passed.
#[derive(Component)]
struct Passed;

#[derive(Component)]
struct Mark;

fn spawn(mut commands: Commands) {
    commands
        .spawn((
            Strip,
            Node {
                position_type: PositionType::Absolute,
                left: Val::Px(36.0),
                right: Val::Px(36.0),
                bottom: Val::Px(20.0),
                height: Val::Px(34.0),
                ..default()
            },
        ))
        .with_child((
            Node {
                position_type: PositionType::Absolute,
                left: Val::Px(0.0),
                right: Val::Px(0.0),
                bottom: Val::Px(0.0),
                height: Val::Px(2.0),
                ..default()
            },
            BackgroundColor(Color::srgb_u8(62, 68, 84)),
        ))
        .with_child((
            Passed,
            Node {
                position_type: PositionType::Absolute,
                left: Val::Px(0.0),
                bottom: Val::Px(-1.0),
                height: Val::Px(4.0),
                ..default()
            },
            BackgroundColor(Color::srgb_u8(255, 176, 84)),
        ));
}

/// Begin and end of a pass, in seconds of the show.
fn span(show: &CurrentShow, pass: usize) -> (f64, f64) {
    let segments = show.show.timeline().segments();
    segments
        .iter()
        .filter(|segment| segment.pass == pass)
        .fold((f64::MAX, 0.0), |(begin, end), segment| {
            (begin.min(segment.start), segment.end().max(end))
        })
}

/// The stages of the pass that is on, as marks along the line.
fn set_marks(
    mut commands: Commands,
    show: Option<Res<CurrentShow>>,
    now: Res<Now>,
    fonts: Res<Fonts>,
    (picture, room): (PictureView, Res<Room>),
    strip: Single<Entity, With<Strip>>,
    marks: Query<Entity, With<Mark>>,
    mut made_for: Local<Option<(u64, usize, usize, Vec2, bool)>>,
) {
    let (Some(show), Some(segment), Some(view)) = (show, now.segment, picture.get()) else {
        return;
    };
    let wanted = Some((
        show.revision,
        segment.pass,
        now.index,
        view.size,
        room.narrow,
    ));
    if *made_for == wanted {
        return;
    }
    *made_for = wanted;
    for mark in &marks {
        commands.entity(mark).despawn();
    }
    let width = view.size.x - 72.0;
    let (begin, end) = span(&show, segment.pass);
    let share = |time: f64| ((time - begin) / (end - begin).max(1e-9)) as f32;
    let segments = show.show.timeline().segments();
    let letters = 14.0;
    for other in segments.iter().filter(|other| other.pass == segment.pass) {
        let (left, right) = (share(other.start), share(other.end()));
        let name = other.kind.description().mark;
        let fits = !room.narrow
            && (right - left) * width > (name.chars().count() as f32 + 1.0) * letters * 0.56;
        let is_on = *other == segment;
        let colour = if is_on {
            Color::srgb_u8(255, 206, 140)
        } else {
            Color::srgb_u8(134, 144, 164)
        };
        let mut mark = commands.spawn((
            Mark,
            ChildOf(*strip),
            Node {
                position_type: PositionType::Absolute,
                left: Val::Percent(left * 100.0),
                bottom: Val::Px(0.0),
                height: Val::Px(8.0),
                border: UiRect::left(Val::Px(1.0)),
                ..default()
            },
            BorderColor::all(Color::srgb_u8(110, 120, 142)),
        ));
        if fits {
            mark.with_child((
                Text::new(name),
                TextFont {
                    font: fonts.handle(Face::Regular).into(),
                    font_size: FontSize::Px(letters),
                    ..default()
                },
                TextColor(colour),
                TextLayout::no_wrap(),
                Node {
                    position_type: PositionType::Absolute,
                    left: Val::Px(5.0),
                    bottom: Val::Px(6.0),
                    ..default()
                },
            ));
        }
    }
}

fn follow(
    show: Option<Res<CurrentShow>>,
    now: Res<Now>,
    mut passed: Single<&mut Node, With<Passed>>,
) {
    let (Some(show), Some(segment)) = (show, now.segment) else {
        return;
    };
    let (begin, end) = span(&show, segment.pass);
    let share = ((now.time - begin) / (end - begin).max(1e-9)).clamp(0.0, 1.0);
    let width = Val::Percent(share as f32 * 100.0);
    if passed.width != width {
        passed.width = width;
    }
}
