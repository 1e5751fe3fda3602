//! The frame around the cell whose number is told: in every preset and from every side it is seen which one it is.

use bevy::prelude::*;
use orrery_plugin_api::StageView;

use super::{
    projection::{PictureView, View},
    scale::Room,
};
use crate::far_view::FlightOn;
use crate::show::Now;

#[derive(Component)]
pub(super) struct WorkedFrame;

/// Width of the frame's line, and its distance from the cell, in pixels of a picture of 720 lines.
const LINE: f32 = 2.0;
const AWAY: f32 = 1.5;

pub(super) fn spawn(mut commands: Commands) {
    commands.spawn((
        WorkedFrame,
        Node {
            position_type: PositionType::Absolute,
            border: UiRect::all(Val::Px(LINE)),
            border_radius: BorderRadius::all(Val::Px(3.0)),
            ..default()
        },
        BorderColor::all(Color::srgb_u8(255, 206, 140)),
        Visibility::Hidden,
        ZIndex(-2),
    ));
}

/// Where a cell lies in the picture.
fn rect_of(pose: &orrery_pipeline::CellPose, view: &View) -> Option<Rect> {
    let half = pose.size * 0.5;
    let corners = [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)];
    let corners = corners
        .map(|(x, y)| view.project(pose.position + Vec3::new(half.x * x, half.y * y, half.z)));
    let mut all: Option<Rect> = None;
    for corner in corners {
        let corner = corner?;
        let point = Rect::from_corners(corner, corner);
        all = Some(all.map_or(point, |all| all.union(point)));
    }
    all
}

pub(super) fn place(
    now: Res<Now>,
    stage: Res<StageView>,
    (room, flight): (Res<Room>, Option<Res<FlightOn>>),
    picture: PictureView,
    frame: Single<(&mut Node, &mut Visibility), With<WorkedFrame>>,
) {
    let (mut node, mut visibility) = frame.into_inner();
    let far = flight.is_some_and(|flight| flight.0.is_some());
    let worked = now.caption.as_ref().and_then(|caption| caption.worked);
    let found = worked.filter(|_| !room.narrow && !far).and_then(|at| {
        let view = picture.get()?;
        let group = stage.scene.as_deref()?.groups.get(at.group)?;
        let pose = group.pose(at.row, at.column, stage.seconds);
        let rect = rect_of(&pose, &view).filter(|_| pose.visible() && !pose.ghost)?;
        // a piece of the strip seen from near is larger than the picture
        let whole = Rect::from_corners(Vec2::ZERO, view.size);
        (whole.contains(rect.min) && whole.contains(rect.max)).then_some(rect)
    });
    let Some(rect) = found else {
        visibility.set_if_neq(Visibility::Hidden);
        return;
    };
    visibility.set_if_neq(Visibility::Inherited);
    let rect = rect.inflate(AWAY + LINE);
    let (left, top) = (Val::Px(rect.min.x), Val::Px(rect.min.y));
    let (width, height) = (Val::Px(rect.width()), Val::Px(rect.height()));
    if (node.left, node.top, node.width, node.height) != (left, top, width, height) {
        (node.left, node.top, node.width, node.height) = (left, top, width, height);
    }
}
