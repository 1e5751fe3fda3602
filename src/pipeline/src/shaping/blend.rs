//! Between two pictures: each cell of the one flies to where the same number is in the other; what only one of them
//! has grows or shrinks where it is. How far this has come is given by a share, or by a window of the stage.

use std::collections::HashMap;
use std::sync::Arc;

use crate::easing::cubic_in_out;
use crate::label::{AlongAxis, Label};
use crate::operand::Operand;
use crate::scene::{CellPose, Group, Role, Scene, index_of};
use crate::timeline::Window;

/// How far one picture has given way to the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Progress {
    /// A share, 0…1, whatever the time.
    Share(f32),
    /// From none to all of it in this window of the stage.
    During(Window),
}

impl Progress {
    fn at(self, s: f32) -> f32 {
        cubic_in_out(match self {
            Self::Share(share) => share.clamp(0.0, 1.0),
            Self::During(window) => window.progress(s),
        })
    }
}

/// A group's share in the change from one picture to another.
#[derive(Clone, Debug)]
pub struct Blend {
    progress: Progress,
    with: With,
}

/// What a group is mixed with.
#[derive(Clone, Debug)]
enum With {
    /// The picture before does not have it: it grows.
    Nothing,
    /// The picture after does not have it: it shrinks. The time of its own scene, where that stands still.
    Leaving(Option<f32>),
    /// The same matrix in the picture before.
    Group {
        scene: Arc<Scene>,
        group: usize,
        /// The time of that scene, where it stands still.
        at: Option<f32>,
        /// Whether rows are columns there.
        transposed: bool,
    },
}

impl Blend {
    /// The pose of a cell of a group, whose own pose is given. It is the group's blend number `place`.
    pub(crate) fn pose(
        &self,
        (group, place): (&Group, usize),
        (row, column): (usize, usize),
        s: f32,
        own: CellPose,
    ) -> CellPose {
        let t = self.progress.at(s);
        match &self.with {
            With::Nothing => CellPose {
                size: own.size * t,
                ..own
            },
            With::Leaving(at) => {
                let own = match at {
                    // its own clock stands still
                    Some(at) => group.pose_before(place, (row, column), *at),
                    None => own,
                };
                CellPose {
                    size: own.size * (1.0 - t),
                    ..own
                }
            }
            With::Group { .. } if t >= 1.0 => own,
            With::Group {
                scene,
                group: other,
                at,
                transposed,
            } => {
                let other = &scene.groups[*other];
                match counterpart(group, other, (row, column), *transposed) {
                    Some((r, c)) => mixed(other.pose(r, c, at.unwrap_or(s)), own, t),
                    None => CellPose {
                        size: own.size * t,
                        ..own
                    },
                }
            }
        }
    }

    /// Whether the change itself moves cells between two times (in order). What moves the cells of the other group
    /// counts as well.
    pub(crate) fn changes_between(&self, from: f32, to: f32) -> bool {
        let moves = match self.progress {
            Progress::Share(_) => false,
            Progress::During(window) => window.start < to && from < window.end,
        };
        moves
            || match &self.with {
                With::Group {
                    scene,
                    group,
                    at: None,
                    ..
                } if self.progress.at(from).min(self.progress.at(to)) < 1.0 => {
                    scene.groups[*group].changes_between(from, to)
                }
                _ => false,
            }
    }
}

/// Between two poses.
fn mixed(from: CellPose, to: CellPose, t: f32) -> CellPose {
    let late = t >= 0.5;
    let mut tint = if late { to.tint } else { from.tint };
    if from.tint.map == to.tint.map && from.tint.masked == to.tint.masked {
        tint.coordinate = from.tint.coordinate + (to.tint.coordinate - from.tint.coordinate) * t;
    }
    // a ghost is drawn as a dot within its cell; what only becomes one shrinks to it
    CellPose {
        position: from.position.lerp(to.position, t),
        size: from.size.lerp(to.size, t),
        tint,
        glow: from.glow + (to.glow - from.glow) * t,
        ghost: if late { to.ghost } else { from.ghost },
    }
}

/// The cell of another group that shows the same place of the same matrix.
fn counterpart(
    group: &Group,
    other: &Group,
    (row, column): (usize, usize),
    transposed: bool,
) -> Option<(usize, usize)> {
    let mut whole = (group.whole_row(row), group.whole_column(column));
    if transposed {
        whole = (whole.1, whole.0);
    }
    let row = index_of(&other.shown_rows, whole.0).filter(|&row| row < other.rows)?;
    let column = index_of(&other.shown_columns, whole.1).filter(|&c| c < other.columns)?;
    Some((row, column))
}

/// How two pictures are told to be of one matrix.
struct Names<'a> {
    canonical: &'a dyn Fn(Operand) -> Operand,
}

impl Names<'_> {
    /// The matrix that a group shows at a time, its pass and its role's rank; none for copies and marks.
    fn of(&self, group: &Group, s: f32) -> Option<(Operand, usize)> {
        let shown = group.layer_at(s).and_then(|layer| layer.operand());
        let first = || group.layers.first().and_then(|layer| layer.operand());
        let operand = shown.or_else(first)?;
        Some(((self.canonical)(operand), group.pass))
    }
}

/// The picture between two scenes: `from`, at its time `at` or at the time that is asked for, gives way to `to`.
/// `canonical` gives matrices that go under several names one of them.
pub fn blended(
    (from, at): (&Arc<Scene>, Option<f32>),
    to: &Scene,
    progress: Progress,
    canonical: &dyn Fn(Operand) -> Operand,
) -> Scene {
    let names = Names { canonical };
    let s = at.unwrap_or(0.0);
    let mut waiting: HashMap<(Operand, usize), Vec<usize>> = HashMap::new();
    for (index, group) in from.groups.iter().enumerate() {
        if let Some(name) = names.of(group, s) {
            waiting.entry(name).or_default().push(index);
        }
    }
    let mut taken = vec![false; from.groups.len()];
    let mut scene = to.clone();
    let alike = |index: usize, group: &Group| {
        from.groups.get(index).is_some_and(|other| {
            at.is_none()
                && (other.role, other.rows, other.columns)
                    == (group.role, group.rows, group.columns)
                && other.layers.first().map(|layer| layer.shows)
                    == group.layers.first().map(|layer| layer.shows)
        })
    };
    // pictures of one scene first, in their order; then by name
    let same: Vec<bool> = to
        .groups
        .iter()
        .enumerate()
        .map(|(index, group)| {
            let same = alike(index, group);
            if same {
                taken[index] = true;
            }
            same
        })
        .collect();
    for (index, group) in scene.groups.iter_mut().enumerate() {
        let found = if same[index] {
            Some((index, false))
        } else {
            names.of(group, 0.0).and_then(|(operand, pass)| {
                let mut of = |operand: Operand, transposed| {
                    let all = waiting.get(&(operand, pass))?;
                    let free = all.iter().copied().find(|&at| !taken[at]);
                    let found = free.or_else(|| all.first().copied())?;
                    taken[found] = true;
                    Some((found, transposed))
                };
                of(operand, false).or_else(|| of((canonical)(operand.transposed()), true))
            })
        };
        let with = match found {
            Some((other, transposed)) => With::Group {
                scene: from.clone(),
                group: other,
                at,
                transposed,
            },
            None => With::Nothing,
        };
        group.blends.push(Blend { progress, with });
    }
    let left = from.groups.iter().zip(taken).filter(|(_, taken)| !taken);
    for (group, _) in left {
        let mut group = group.clone();
        (group.role, group.named) = (Role::Departing, false);
        group.blends.push(Blend {
            progress,
            with: With::Leaving(at),
        });
        scene.groups.push(group);
    }
    scene.labels = labels((&from.labels, at), &to.labels, progress);
    scene
}

/// The labels of both pictures: those of one text fly over, others come and go.
fn labels((from, at): (&[Label], Option<f32>), to: &[Label], progress: Progress) -> Vec<Label> {
    let Progress::Share(share) = progress else {
        // while cells fly over at the begin of a stage its own words come as they always do
        return to.to_vec();
    };
    let _ = at;
    let t = cubic_in_out(share);
    let key = |label: &Label| {
        (
            label.kind as u8,
            label.text.to_string(),
            label.detail.clone(),
        )
    };
    let mut waiting: HashMap<_, Vec<usize>> = HashMap::new();
    for (index, label) in from.iter().enumerate().rev() {
        waiting.entry(key(label)).or_default().push(index);
    }
    let mut taken = vec![false; from.len()];
    let mut labels: Vec<Label> = to
        .iter()
        .map(|label| {
            let other = waiting.get_mut(&key(label)).and_then(Vec::pop);
            let alike = other.map(|at| &from[at]).filter(|other| {
                other.window == label.window
                    && other.align == label.align
                    && other.flight.is_none()
                    && label.flight.is_none()
            });
            match (alike, other) {
                (Some(before), Some(at)) => {
                    taken[at] = true;
                    Label {
                        anchor: before.anchor.lerp(label.anchor, t),
                        nudge: before.nudge.lerp(label.nudge, t),
                        along_axis: label.along_axis.map(|axis| {
                            let from = before.along_axis.map_or(axis.step, |before| before.step);
                            AlongAxis {
                                step: from.lerp(axis.step, t),
                                ..axis
                            }
                        }),
                        ..label.clone()
                    }
                }
                _ => Label {
                    presence: label.presence * (t * 2.0 - 1.0).max(0.0),
                    ..label.clone()
                },
            }
        })
        .collect();
    let left = from.iter().zip(taken).filter(|(_, taken)| !taken);
    labels.extend(left.map(|(label, _)| Label {
        presence: label.presence * (1.0 - t * 2.0).max(0.0),
        ..label.clone()
    }));
    labels
}
