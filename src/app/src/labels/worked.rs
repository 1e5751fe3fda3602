//! The frames around the cell whose number is told: in every preset and from every side it is seen which one it is. One
//! goes with the cell while it flies, the other is on the place where it lands.

use bevy::prelude::*;
use orrery_plugin_api::StageView;

use super::{
    projection::{PictureView, View},
    scale::Room,
};
use crate::far_view::FlightOn;
use crate::show::Now;

/// What a frame is around.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WorkedFrame {
    /// The cell, wherever it is.
    Cell,
    /// Where it is when its number is made.
    Place,
}

impl WorkedFrame {
    /// Width of the line, in pixels of a picture of 720 lines.
    fn line(self) -> f32 {
        match self {
            Self::Cell => 2.0,
            Self::Place => 1.0,
        }
    }
}

/// Distance of a frame from its cell, in pixels of a picture of 720 lines.
const AWAY: f32 = 1.5;

pub(super) fn spawn(mut commands: Commands) {
    for frame in [WorkedFrame::Cell, WorkedFrame::Place] {
        commands.spawn((
            frame,
            Node {
                position_type: PositionType::Absolute,
                border: UiRect::all(Val::Px(frame.line())),
                border_radius: BorderRadius::all(Val::Px(3.0)),
                ..default()
            },
            BorderColor::all(Color::srgb_u8(255, 206, 140)),
            Visibility::Hidden,
            ZIndex(-2),
        ));
    }
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
    mut frames: Query<(&WorkedFrame, &mut Node, &mut Visibility)>,
) {
    let far = flight.is_some_and(|flight| flight.0.is_some());
    let worked = now.caption.as_ref().and_then(|caption| caption.worked);
    let worked = worked.filter(|_| !room.narrow && !far);
    let rect_at = |s: f32| {
        let view = picture.get()?;
        let scene = stage.scene.as_deref()?;
        // a visualization may have other groups than the stage of which is told
        let told = stage.show.as_ref()?.scene(stage.segment)?;
        let at = told.counterpart(worked?.shown, s, scene)?;
        let group = scene.groups.get(at.group)?;
        let pose = group.pose(at.row, at.column, s);
        let rect = rect_of(&pose, &view).filter(|_| pose.visible() && !pose.ghost)?;
        // a piece of the strip seen from near is larger than the picture
        let whole = Rect::from_corners(Vec2::ZERO, view.size);
        (whole.contains(rect.min) && whole.contains(rect.max)).then_some(rect)
    };
    let cell = rect_at(stage.seconds);
    // just before the next number is told
    let lands = worked.and_then(|worked| rect_at(worked.window.end - 1e-3));
    for (frame, mut node, mut visibility) in &mut frames {
        let found = match frame {
            WorkedFrame::Cell => cell,
            WorkedFrame::Place => lands.filter(|place| {
                // around a cell that is there already one frame is enough
                cell.is_none_or(|cell| cell.center().distance(place.center()) > cell.width() * 0.5)
            }),
        };
        let Some(rect) = found else {
            visibility.set_if_neq(Visibility::Hidden);
            continue;
        };
        visibility.set_if_neq(Visibility::Inherited);
        let rect = rect.inflate(AWAY + frame.line());
        let (left, top) = (Val::Px(rect.min.x), Val::Px(rect.min.y));
        let (width, height) = (Val::Px(rect.width()), Val::Px(rect.height()));
        if (node.left, node.top, node.width, node.height) != (left, top, width, height) {
            (node.left, node.top, node.width, node.height) = (left, top, width, height);
        }
    }
}
