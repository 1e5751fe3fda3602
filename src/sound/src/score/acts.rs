//! Notes of cells: what a motion lets a cell do, in the voice of its operation. When is asked of the motion, pitch and
//! loudness of the colour, the pan of the place on the screen.

use std::sync::Arc;

use orrery_pipeline::motion::{Act, Acts, MotionKind, ProductRole, ProductSchedule};
use orrery_pipeline::scene::Role;
use orrery_pipeline::{Framing, Group, OperationKind, Scene, Show, Size, Tint};

use super::thinning::{Candidate, louder, thin};
use super::{Cause, Event, frames};
use crate::table::{Mapping, Sonification};
use crate::timbre::Timbre;

/// A motion that is heard.
struct Heard<'a> {
    acts: Acts<'a>,
    mapping: &'a Mapping,
    operation: Option<OperationKind>,
    group: &'a Group,
    product: Option<Factors<'a>>,
}

/// What meets in a product.
struct Factors<'a> {
    schedule: &'a ProductSchedule,
    left: Option<&'a Group>,
    result: Option<&'a Group>,
}

impl<'a> Factors<'a> {
    fn of(scene: &'a Scene, schedule: &'a Arc<ProductSchedule>) -> Self {
        let find = |wanted: ProductRole| {
            scene.groups.iter().find(|group| {
                group.motions.iter().any(|motion| match &motion.kind {
                    MotionKind::Product(other, role) => {
                        *role == wanted && Arc::ptr_eq(other, schedule)
                    }
                    _ => false,
                })
            })
        };
        Self {
            schedule,
            left: find(ProductRole::Left),
            result: find(ProductRole::Result),
        }
    }

    /// Which number of the walking column weighs most where it meets a row.
    fn weightiest(&self, walkers: &Acts<'_>, row: usize, column: usize) -> usize {
        let left = self
            .left
            .and_then(|left| left.layer_at(self.schedule.start));
        let product = |k: usize| {
            let b = walkers
                .layer
                .values
                .get((k, column))
                .copied()
                .unwrap_or_default();
            let a = left.and_then(|left| left.values.get((row, k)).copied());
            (a.unwrap_or(1.0) * b).abs()
        };
        (0..self.schedule.inner).fold(
            0,
            |best, k| if product(k) > product(best) { k } else { best },
        )
    }
}

/// All notes of the cells of a segment's scene.
pub(super) fn collect(show: &Show, segment: usize, table: &Sonification, events: &mut Vec<Event>) {
    let (Some(scene), Some(on)) = (show.scene(segment), show.timeline().segments().get(segment))
    else {
        return;
    };
    let program = show.programs().get(on.pass);
    let kind_of = |operation: usize| program?.operations().get(operation).map(|o| o.kind());
    let duration = on.duration();
    let mut heard = Vec::new();
    let mut candidates: Vec<Candidate> = Vec::new();
    for (group_index, group) in scene.groups.iter().enumerate() {
        for (motion_index, motion) in group.motions.iter().enumerate() {
            let operation = motion.operation.and_then(kind_of);
            let (start, end) = motion.window();
            if end <= 0.0 || start >= duration {
                continue;
            }
            let Some(acts) = motion.acts(group) else {
                continue;
            };
            // left over from the pass before: its operations are of another program
            let operation = operation.filter(|_| group.pass == on.pass);
            let Some(mapping) = table.mapping(operation, acts.act) else {
                continue;
            };
            let product = match &motion.kind {
                MotionKind::Product(schedule, ProductRole::Walkers) => {
                    Some(Factors::of(scene, schedule))
                }
                _ => None,
            };
            let motion = Heard {
                acts,
                mapping,
                operation,
                group,
                product,
            };
            let mut of_motion = of_motion(&motion, (group_index, motion_index), duration);
            thin(&mut of_motion, table.per_second.motion);
            candidates.append(&mut of_motion);
            heard.push(((group_index as u32, motion_index as u32), motion));
        }
    }
    thin(&mut candidates, table.per_second.stage);
    let mut chosen: Option<u64> = None;
    for candidate in candidates {
        let Ok(at) = heard.binary_search_by_key(&candidate.owner, |&(owner, _)| owner) else {
            continue;
        };
        let time = on.start + f64::from(candidate.at);
        if show.overview(time) > 0.5 {
            continue;
        }
        let Some(event) = event(&heard[at].1, &candidate, scene, (segment, time), table) else {
            continue;
        };
        if let Cause::Cell {
            act: Act::Choose, ..
        } = event.cause
        {
            // it is chosen once, however often it is on the stage
            if chosen.replace(event.at) == Some(event.at) {
                continue;
            }
            certainty(
                &event,
                tint_of(&heard[at].1, &candidate).0.coordinate,
                events,
            );
        }
        events.push(event);
    }
}

/// The cells that a motion lets act, with the importance of each.
fn of_motion(motion: &Heard<'_>, owner: (usize, usize), duration: f32) -> Vec<Candidate> {
    let Size { rows, columns } = motion.acts.size;
    let mut all = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            let Some(at) = motion.acts.at(row, column) else {
                continue;
            };
            if !(at >= 0.0 && at < duration) {
                continue;
            }
            let result = motion.product.as_ref().and_then(|product| product.result);
            let tint = match (&motion.product, result) {
                // what meets matters as much as what comes of it
                (Some(_), Some(result)) => {
                    result.layers.first().map(|layer| layer.tint(row, column))
                }
                (Some(_), None) => None,
                (None, _) => Some(motion.acts.layer.tint(row, column)),
            };
            if tint.is_some_and(|tint| tint.masked) {
                continue;
            }
            // what is chosen, and what the caption tells, is heard whatever else happens
            let certain = if motion.acts.act == Act::Choose {
                10.0
            } else if motion.acts.is_ahead(row, column) {
                5.0
            } else {
                0.0
            };
            all.push(Candidate {
                at,
                importance: certain + tint.map_or(0.5, |tint| tint.coordinate.abs()),
                owner: (owner.0 as u32, owner.1 as u32),
                row: row as u32,
                column: column as u32,
                stands_for: 1.0,
                rank: 0,
            });
        }
    }
    all
}

/// The place on the colour map of the number that is heard, and the number.
fn tint_of(motion: &Heard<'_>, candidate: &Candidate) -> (Tint, f32, usize) {
    let (row, column) = (candidate.row as usize, candidate.column as usize);
    let layer = motion.acts.layer;
    let row = match &motion.product {
        Some(product) => product.weightiest(&motion.acts, row, column),
        None => row,
    };
    let value = layer.values.get((row, column)).copied().unwrap_or(f32::NAN);
    (layer.tint(row, column), value, row)
}

fn event(
    motion: &Heard<'_>,
    candidate: &Candidate,
    scene: &Scene,
    (segment, time): (usize, f64),
    table: &Sonification,
) -> Option<Event> {
    let (row, column) = (candidate.row as usize, candidate.column as usize);
    let (tint, value, shown_row) = tint_of(motion, candidate);
    if tint.masked {
        return None;
    }
    let x = match &motion.product {
        Some(product) => product.schedule.a.position(row, shown_row).x,
        None => {
            let pose = motion.group.pose(row, column, candidate.at);
            if !pose.visible() || pose.ghost {
                return None;
            }
            pose.position.x
        }
    };
    let shot = scene
        .shots
        .iter()
        .rev()
        .find(|shot| shot.start <= candidate.at);
    let side = shot
        .or(scene.shots.first())
        .map_or(0.0, |shot| across(&shot.framing, x));
    // what waits out of the picture is not heard
    if side.abs() > 1.25 && motion.group.role != Role::Departing {
        return None;
    }
    let mapping = motion.mapping;
    let seconds = match mapping.seconds {
        0.0 => motion.acts.lasts(row, column).clamp(0.01, 2.0),
        seconds => seconds,
    };
    Some(Event {
        at: frames(time),
        timbre: mapping.voice,
        hz: table.pitch(mapping, tint),
        gain: table.gain(mapping, tint) * louder(candidate.stands_for),
        pan: side.clamp(-1.0, 1.0) * table.width,
        seconds,
        rank: candidate.rank,
        segment: segment as u32,
        cause: Cause::Cell {
            act: motion.acts.act,
            operation: motion.operation,
            group: candidate.owner.0,
            motion: candidate.owner.1,
            row: candidate.row,
            column: candidate.column,
            value,
        },
    })
}

/// Where a place lies between the left edge (−1) and the right edge (1) of a picture of 16:9 that is framed so.
fn across(framing: &Framing, x: f32) -> f32 {
    let safe = framing.safe;
    let wide = framing.half_extent.x / (1.0 - safe.left - safe.right).max(0.1);
    let high = framing.half_extent.y * (16.0 / 9.0) / (1.0 - safe.top - safe.bottom).max(0.1);
    (x - framing.centre.x) / wide.max(high).max(1e-3)
}

/// The chord of a choice: fifth and octave as far as it was likely, the semitone beside it as far as it was not.
/// `coordinate` is the root of the share, as its colour shows it.
fn certainty(event: &Event, coordinate: f32, events: &mut Vec<Event>) {
    let share = (coordinate * coordinate).clamp(0.0, 1.0);
    let mut add = |timbre: Timbre, semitones: f32, gain: f32, seconds: f32| {
        if gain > 0.01 {
            let (least, most) = timbre.range();
            events.push(Event {
                timbre,
                hz: crate::signal::semitones(event.hz, semitones).clamp(least, most),
                gain: event.gain * gain,
                seconds,
                ..*event
            });
        }
    };
    add(Timbre::Glow, 0.0, 0.5 + 0.5 * share, 0.8);
    add(Timbre::Glow, 7.0, 0.9 * share, 0.8);
    add(Timbre::Bell, 12.0, 0.7 * share, event.seconds);
    add(Timbre::Bell, 1.0, 0.8 * (1.0 - share), event.seconds);
    add(Timbre::Glow, 6.0, 0.6 * (1.0 - share), 0.8);
}
