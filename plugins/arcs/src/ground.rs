//! What is placed where: the stage as it is, and below it the line of tokens with room for the curves. Both stay where
//! they are through all stages of a block.

use std::sync::Arc;

use bevy::math::{Vec2, Vec3};
use orrery_plugin_api::pipeline::{
    Label, LabelKind, RichText, SafeArea, Scene, Segment, visible_token,
    camera::Shot,
    label::Align,
    rich_text::Level,
    shaping::{Setting, framing_of},
};

use crate::{ArcsSettings, curves, geometry::Ground};

/// The block is seen nearly from the front, as it usually is.
const ANGLES: (f32, f32) = (-0.10, 0.06);
const SAFE: SafeArea = SafeArea {
    left: 0.05,
    right: 0.05,
    top: 0.22,
    bottom: 0.19,
    words: 0.93,
};
/// Distance of two tokens at most, in units.
const MOST_PITCH: f32 = 14.0;

/// The tokens that have a place on the line, by their place in the text.
pub(crate) fn tokens(setting: &Setting<'_>) -> Vec<usize> {
    setting.standard().parts.token_places()
}

/// The box around everything that is framed while a block is on: (least corner, greatest corner).
fn framed(setting: &Setting<'_>) -> Option<(Vec3, Vec3)> {
    let on = setting.segment();
    let same = |segment: &Segment| (segment.pass, segment.block) == (on.pass, on.block);
    let segments = setting.show().timeline().segments().iter().enumerate();
    segments
        .filter(|(_, segment)| same(segment))
        .filter_map(|(index, _)| setting.show().scene(index))
        .flat_map(|scene| &scene.shots)
        .map(|shot| {
            let half = shot.framing.half_extent.extend(0.0);
            (shot.framing.centre - half, shot.framing.centre + half)
        })
        .reduce(|(least, most), (l, m)| (least.min(l), most.max(m)))
}

/// Where the line of tokens is; none outside of blocks.
pub(crate) fn ground(setting: &Setting<'_>) -> Option<Ground> {
    setting.segment().block?;
    let (least, most) = framed(setting)?;
    let tokens = tokens(setting).len();
    let (width, high) = (most.x - least.x, most.y - least.y);
    let pitch = (width.max(1.4 * high) * 0.92 / tokens.max(1) as f32).min(MOST_PITCH);
    let length = pitch * tokens.saturating_sub(1) as f32;
    let height = (0.42 * length).min(1.1 * high).max(pitch * 1.2);
    Some(Ground {
        origin: Vec3::new(
            0.5 * (least.x + most.x) - 0.5 * length,
            least.y - height - 0.14 * (height + high),
            0.0,
        ),
        pitch,
        tokens,
        height,
    })
}

/// The stage with the line of tokens below it.
pub(crate) fn scene(setting: &Setting<'_>, settings: ArcsSettings) -> Arc<Scene> {
    let (Some(ground), Some((least, most))) = (ground(setting), framed(setting)) else {
        return setting.standard().clone();
    };
    let mut scene = (**setting.standard()).clone();
    let always = orrery_plugin_api::pipeline::Window::new(-1.0, scene.duration + 1.0);
    let places = tokens(setting);
    for (at, &place) in places.iter().enumerate() {
        let Some(token) = setting.pass().tokens.get(place) else {
            continue;
        };
        scene.labels.push(Label {
            along_axis: Some((at, Vec3::X * ground.pitch)),
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
            nudge: Vec2::new(0.0, -2.2),
            ..Label::new(
                LabelKind::Note,
                RichText::parse(&words),
                ground.origin,
                always,
            )
        });
    }
    let top = most.max(ground.origin + Vec3::Y * ground.height);
    let foot = Vec3::Y * (0.08 * (top.y - ground.origin.y));
    let last = ground.token(ground.tokens.saturating_sub(1) as f32);
    let points = [
        least,
        most,
        ground.origin - foot - Vec3::X * ground.pitch * 0.5,
        last + Vec3::X * ground.pitch * 0.5,
    ];
    scene.shots = vec![Shot {
        start: 0.0,
        seconds: setting.segment().appear.clamp(0.1, 1.4),
        framing: framing_of(&points, ANGLES, SAFE),
    }];
    Arc::new(scene)
}
