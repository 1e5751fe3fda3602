//! What is placed where: the stage in a window above, as large as it fits there, and below it the line of tokens with
//! the curves over it. Both are in the same places in every block and stage, and the camera rests.

use std::sync::Arc;

use bevy::math::{Vec2, Vec3};
use orrery_plugin_api::pipeline::{
    Bounds, CellPose, Label, LabelKind, RichText, SafeArea, Scene, Window,
    camera::Shot,
    label::{Align, AlongAxis, Destination, Flight},
    rich_text::Level,
    shaping::{CellFacts, CellShape, Setting, framing_of},
    visible_token,
};

use crate::{ArcsSettings, curves, geometry::Ground};

/// The picture is seen nearly from the front, as it usually is.
const ANGLES: (f32, f32) = (-0.08, 0.05);
const SAFE: SafeArea = SafeArea {
    left: 0.03,
    right: 0.03,
    top: 0.225,
    bottom: 0.195,
    words: 0.93,
};
/// Width of everything; height of the stage's window; height of the curves, and the room below and above them.
const WIDTH: f32 = 150.0;
const STAGE: f32 = 23.0;
const CURVES: f32 = 28.0;
const BELOW: f32 = 4.0;
const BETWEEN: f32 = 5.0;
/// Distance of two tokens at most.
const MOST_PITCH: f32 = 16.0;

/// The tokens that have a place on the line, by their place in the text.
pub(crate) fn tokens(setting: &Setting<'_>) -> Vec<usize> {
    setting.standard().parts.token_places()
}

/// Where the line of tokens is; none outside of blocks.
pub(crate) fn ground(setting: &Setting<'_>) -> Option<Ground> {
    setting.segment().block?;
    let tokens = tokens(setting).len();
    let pitch = (0.94 * WIDTH / tokens.max(1) as f32).min(MOST_PITCH);
    let length = pitch * tokens.saturating_sub(1) as f32;
    Some(Ground {
        origin: Vec3::new(-0.5 * length, 0.0, 0.0),
        pitch,
        tokens,
        height: CURVES,
    })
}

/// What the stage frames while it is on.
fn framed(setting: &Setting<'_>) -> Option<Bounds> {
    let shots = setting.standard().shots.iter();
    let boxes = shots.map(|shot| {
        let half = shot.framing.half_extent.extend(0.0);
        Bounds::new(shot.framing.centre - half, shot.framing.centre + half)
    });
    boxes.reduce(Bounds::union)
}

/// From the stage's own places to those in its window.
#[derive(Clone, Copy, Debug)]
struct Smaller {
    scale: f32,
    from: Vec3,
    to: Vec3,
}

impl Smaller {
    fn of(framed: Bounds) -> Self {
        let size = framed.size();
        Self {
            scale: (WIDTH / size.x.max(1.0))
                .min(STAGE / size.y.max(1.0))
                .min(1.2),
            from: framed.least.midpoint(framed.most),
            to: Vec3::Y * (CURVES + BETWEEN + 0.5 * STAGE),
        }
    }

    fn place(&self, point: Vec3) -> Vec3 {
        self.to + (point - self.from) * self.scale
    }

    fn label(&self, label: &Label) -> Label {
        let flight = label.flight.map(|flight| Flight {
            to: match flight.to {
                Destination::Stage(to) => Destination::Stage(self.place(to)),
                Destination::Slot => Destination::Slot,
            },
            ..flight
        });
        Label {
            anchor: self.place(label.anchor),
            along_axis: label.along_axis.map(|axis| AlongAxis {
                step: axis.step * self.scale,
                ..axis
            }),
            flight,
            ..label.clone()
        }
    }
}

impl CellShape for Smaller {
    fn pose(&self, _: &CellFacts<'_>, standard: CellPose) -> CellPose {
        CellPose {
            position: self.place(standard.position),
            size: standard.size * self.scale,
            ..standard
        }
    }
}

/// The stage with the line of tokens below it.
pub(crate) fn scene(setting: &Setting<'_>, settings: ArcsSettings) -> Arc<Scene> {
    let (Some(ground), Some(framed)) = (ground(setting), framed(setting)) else {
        return setting.standard().clone();
    };
    let mut scene = (**setting.standard()).clone();
    let smaller = Smaller::of(framed);
    let shape: Arc<dyn CellShape> = Arc::new(smaller);
    for group in &mut scene.groups {
        group.shape = Some(shape.clone());
    }
    scene.labels = scene
        .labels
        .iter()
        .map(|label| smaller.label(label))
        .collect();
    let always = Window::new(-1.0, scene.duration + 1.0);
    for (at, &place) in tokens(setting).iter().enumerate() {
        let Some(token) = setting.pass().tokens.get(place) else {
            continue;
        };
        scene.labels.push(Label {
            along_axis: Some(AlongAxis {
                step: Vec3::X * ground.pitch,
                letters: 1,
                whole: None,
                instead_of: None,
            }),
            nudge: Vec2::new(0.0, -0.8),
            ..Label::new(
                LabelKind::Token,
                RichText(vec![(visible_token(token), Level::Base)]),
                ground.token(at as f32),
                always,
            )
        });
    }
    if let Some(words) = curves::remark(setting, settings) {
        scene.labels.push(Label {
            align: Align::Left,
            ..Label::new(
                LabelKind::Note,
                RichText(vec![(words, Level::Base)]),
                Vec3::new(-0.5 * WIDTH, CURVES, 0.0),
                always,
            )
        });
    }
    let (left, right) = (-0.5 * WIDTH, 0.5 * WIDTH);
    let top = CURVES + BETWEEN + STAGE;
    let points = [Vec3::new(left, -BELOW, 0.0), Vec3::new(right, top, 0.0)];
    scene.shots = vec![Shot {
        start: 0.0,
        seconds: setting.segment().appear.clamp(0.1, 1.0),
        framing: framing_of(&points, ANGLES, SAFE),
    }];
    Arc::new(scene)
}
