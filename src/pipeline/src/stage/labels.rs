//! The labels that follow from a group: its name and size, its axes.

use glam::Vec3;

use crate::label::{Align, Label, LabelKind};
use crate::motion::{Motion, ProductRole};
use crate::pass::Pass;
use crate::rich_text::RichText;
use crate::scene::{AxisLabels, Group, Role};
use crate::timeline::Window;

/// How a token is written as a label: spaces and line ends must be seen.
pub fn visible_token(token: &str) -> String {
    token
        .chars()
        .map(|c| match c {
            ' ' => '␣',
            '\n' => '↵',
            '\t' => '⇥',
            other => other,
        })
        .collect()
}

/// When the group stands in its place, so that names may stand at it, in seconds of the stage.
fn standing(group: &Group, duration: f32) -> Window {
    let mut from: f32 = 0.0;
    let mut until = duration;
    for motion in &group.motions {
        let (start, end) = motion.window();
        match motion {
            Motion::Appear(_) | Motion::Arrive(..) => from = from.max(f32::midpoint(start, end)),
            Motion::Fly(..) => from = from.max(start + (end - start) * 0.8),
            Motion::Product(_, ProductRole::Result) => {
                from = from.max(start + (end - start) * 0.05)
            }
            Motion::Disappear(_) => until = until.min(start),
            _ => {}
        }
    }
    Window::new(from, until)
}

/// Adds the labels of one group.
pub(crate) fn of_group(group: &Group, pass: &Pass, duration: f32, labels: &mut Vec<Label>) {
    if group.cells() == 0 || !matches!(group.role, Role::Matrix | Role::Transient) {
        return;
    }
    let window = standing(group, duration);
    let placement = group.final_placement();
    let (least, most) = placement.bounds(group.rows, group.columns);
    // drawn lying: rows run to the right
    let lying = placement.right.y.abs() > placement.right.x.abs();
    if group.named {
        let times = group.layer_times();
        for (at, &(from, layer)) in times.iter().enumerate() {
            let until = times.get(at + 1).map_or(f32::INFINITY, |&(next, _)| next);
            let window = Window::new(window.start.max(from), window.end.min(until));
            if window.end - window.start < 0.05 {
                continue;
            }
            let layer = &group.layers[layer];
            let text = match (layer.operand, layer.name) {
                _ if group.short_name.is_some() => group.short_name.clone().unwrap_or_default(),
                (Some(operand), _) if lying && group.cells() > group.rows.max(group.columns) => {
                    operand.transposed().name()
                }
                (Some(operand), _) => operand.name(),
                (None, name) => RichText::parse(name.unwrap_or("")),
            };
            let (rows, columns) = if lying {
                (group.columns, group.rows)
            } else {
                (group.rows, group.columns)
            };
            // a row alone has its name at its left, where nothing rises from it
            let beside = group.name_beside;
            let single = rows == 1 && columns == 1;
            labels.push(Label {
                kind: LabelKind::Name,
                text,
                detail: if single || (columns == 1 && layer.operand.is_none()) {
                    String::new()
                } else {
                    format!("{rows} × {columns}")
                },
                anchor: if beside {
                    placement.position(0, 0) - Vec3::X * 1.0
                } else {
                    Vec3::new(least.x, most.y + 0.75, placement.origin.z)
                },
                flight: None,
                along_axis: None,
                room: (!beside).then_some(most.x - least.x + 1.5),
                align: if beside { Align::Right } else { Align::Left },
                window,
            });
        }
    }
    let mut axis = |kind, text: String, (index, step): (usize, Vec3), anchor, align| {
        labels.push(Label {
            kind,
            text: RichText(vec![(text, crate::rich_text::Level::Base)]),
            detail: String::new(),
            anchor,
            flight: None,
            along_axis: Some((index, step)),
            room: None,
            align,
            window,
        });
    };
    for row in 0..group.rows {
        let anchor = placement.position(row, 0) - placement.right * 0.9;
        match group.row_labels {
            AxisLabels::Tokens => {
                if let Some(token) = pass.tokens.get(row) {
                    axis(
                        LabelKind::Token,
                        visible_token(token),
                        (row, placement.down),
                        anchor,
                        Align::Right,
                    );
                }
            }
            AxisLabels::Vocabulary => {
                if let Some(token) = pass.vocabulary.get(row) {
                    axis(
                        LabelKind::Axis,
                        visible_token(token),
                        (row, placement.down),
                        anchor,
                        Align::Right,
                    );
                }
            }
            AxisLabels::Indices if row % 4 == 0 || row + 1 == group.rows => {
                axis(
                    LabelKind::Axis,
                    row.to_string(),
                    (0, placement.down),
                    anchor,
                    Align::Right,
                );
            }
            _ => {}
        }
    }
    for column in 0..group.columns {
        let anchor = placement.position(group.rows - 1, column) + placement.down * 1.0;
        match group.column_labels {
            AxisLabels::Tokens => {
                if let Some(token) = pass.tokens.get(column) {
                    axis(
                        LabelKind::Axis,
                        visible_token(token),
                        (column, placement.right),
                        anchor,
                        Align::Centre,
                    );
                }
            }
            AxisLabels::Vocabulary => {
                if let Some(token) = pass.vocabulary.get(column) {
                    axis(
                        LabelKind::Axis,
                        visible_token(token),
                        (column, placement.right),
                        anchor,
                        Align::Centre,
                    );
                }
            }
            AxisLabels::Indices if shown_index(column, group.columns) => {
                axis(
                    LabelKind::Axis,
                    column.to_string(),
                    (0, placement.right),
                    anchor,
                    Align::Centre,
                );
            }
            _ => {}
        }
    }
}

/// Some indices along an axis: the first, the last, and every fourth or sixteenth between them.
fn shown_index(index: usize, count: usize) -> bool {
    let step = if count > 32 { 16 } else { 4 };
    index + 1 == count || (index.is_multiple_of(step) && index + step / 2 < count)
}
