//! The words of a scene whose cells stand elsewhere than on their grids: names above the boxes around them, tokens
//! beside their rows.

use glam::{Vec2, Vec3};

use super::camera::box_around;
use crate::label::{Align, AlongAxis, Label, LabelKind};
use crate::pass::Pass;
use crate::rich_text::{Level, RichText};
use crate::scene::{AxisLabels, Group, Role, Scene};
use crate::stage::labels::{shortened, visible_token};
use crate::timeline::Window;

/// A token with more letters than this is shortened.
const MOST_LETTERS: usize = 12;
/// A name is not shown for less than this, in seconds.
const LEAST_SECONDS: f32 = 0.3;

/// The labels of a shaped scene, found where its cells are.
pub fn relabelled(scene: &Scene, pass: &Pass) -> Vec<Label> {
    let mut labels = Vec::new();
    for group in scene
        .groups
        .iter()
        .filter(|group| group.role == Role::Matrix)
    {
        of_group(group, scene.duration, pass, &mut labels);
    }
    labels
}

fn of_group(group: &Group, duration: f32, pass: &Pass, labels: &mut Vec<Label>) {
    let (from, until) = group.presence();
    let there = Window::new(from.max(0.0), until.min(duration));
    let times = group.layer_times();
    for (at, &(from, layer)) in times.iter().enumerate() {
        let until = times.get(at + 1).map_or(f32::INFINITY, |&(next, _)| next);
        let window = Window::new(there.start.max(from), there.end.min(until));
        let last = at + 1 == times.len();
        let (Some(bounds), true) = (
            box_around(group, window.part(0.9, 1.0).start),
            window.end - window.start >= LEAST_SECONDS,
        ) else {
            continue;
        };
        let name = group.short_name.clone().or_else(|| {
            let operand = group.layers.get(layer)?.operand()?;
            Some(operand.name())
        });
        let corner = Vec3::new(bounds.least.x, bounds.most.y, bounds.most.z);
        if let Some(name) = name.filter(|_| group.named) {
            labels.push(Label {
                detail: format!("{} × {}", group.whole.rows, group.whole.columns),
                align: Align::Left,
                nudge: Vec2::new(0.0, 0.72),
                ..Label::new(LabelKind::Name, name, corner, window)
            });
        }
        if last && group.row_labels == AxisLabels::Tokens {
            rows(group, window, pass, labels);
        }
    }
}

fn rows(group: &Group, window: Window, pass: &Pass, labels: &mut Vec<Label>) {
    let s = window.part(0.9, 1.0).start;
    let first = |row: usize| group.pose(row, 0, s);
    let step = match group.rows {
        0 | 1 => Vec3::NEG_Y,
        _ => first(1).position - first(0).position,
    };
    // like no other axis's
    let axis = labels.len();
    for row in 0..group.rows {
        let Some(token) = pass.tokens.get(group.whole_row(row)) else {
            continue;
        };
        let pose = first(row);
        let text = shortened(&visible_token(token), MOST_LETTERS);
        labels.push(Label {
            along_axis: Some(AlongAxis {
                step,
                letters: 1,
                whole: Some(axis),
                instead_of: None,
            }),
            align: Align::Right,
            nudge: Vec2::new(-0.45, 0.0),
            ..Label::new(
                LabelKind::Token,
                RichText(vec![(text, Level::Base)]),
                pose.position - Vec3::X * (0.5 * pose.size.x),
                window,
            )
        });
    }
}
