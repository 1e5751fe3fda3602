//! Where the cinematic camera looks at a time.

use std::f64::consts::TAU;

use glam::{Vec2, Vec3};

use super::table::{Drift, Look, ShotRule, ShotTable};
use crate::camera::Framing;
use crate::easing::cubic_in_out;
use crate::number_place::Numbers;
use crate::show::Show;
use crate::timeline::Window;

/// The shots of a whole show.
#[derive(Clone, Debug)]
pub struct Cinema {
    shots: Vec<PlacedShot>,
    work: Vec<Vec<Work>>,
    drift: Drift,
}

/// A shot of a stage.
#[derive(Clone, Copy, Debug)]
struct PlacedShot {
    /// When the camera sets out, in seconds of the show.
    start: f64,
    /// Index of the segment.
    segment: usize,
    rule: ShotRule,
}

/// A matrix that an operation makes.
#[derive(Clone, Copy, Debug)]
struct Work {
    /// When, in seconds of the stage.
    window: Window,
    least: Vec3,
    most: Vec3,
}

impl Cinema {
    /// The shots of this show by a table.
    pub fn new(show: &Show, table: &ShotTable) -> Self {
        let mut shots = Vec::new();
        let mut work = Vec::new();
        for (index, segment) in show.timeline().segments().iter().enumerate() {
            for &rule in table.of(segment.kind) {
                let start = segment.start + f64::from(rule.at) * f64::from(segment.duration());
                shots.push(PlacedShot {
                    start,
                    segment: index,
                    rule,
                });
            }
            work.push(work_of(show, index));
        }
        Self {
            shots,
            work,
            drift: table.drift,
        }
    }

    /// What is framed at a time, in seconds of the show; none where the show frames nothing.
    pub fn framing(&self, show: &Show, time: f64) -> Option<Framing> {
        let next = self.shots.partition_point(|shot| shot.start <= time);
        let current = next.saturating_sub(1);
        let shot = self.shots.get(current)?;
        // ways that have not ended when the next one begins go on beneath it
        const BENEATH: usize = 3;
        let first = current.saturating_sub(BENEATH);
        let mut framing = self.looked_at(show, &self.shots[first], time)?;
        for shot in self.shots.get(first + 1..=current).unwrap_or_default() {
            let passed = (time - shot.start) as f32;
            let part = if shot.rule.seconds > 0.0 {
                cubic_in_out((passed / shot.rule.seconds).clamp(0.0, 1.0))
            } else {
                1.0
            };
            framing = framing.lerp(self.looked_at(show, shot, time)?, part);
        }
        let words = self.looked_at(show, shot, time)?.safe.words;
        framing.safe.words = words;
        let Drift {
            yaw,
            pitch,
            seconds,
        } = self.drift;
        let swing = |share: f64| (time * TAU / (f64::from(seconds) * share)).sin() as f32;
        framing.yaw += yaw * swing(1.0);
        framing.pitch += pitch * swing(0.618);
        Some(framing)
    }

    fn looked_at(&self, show: &Show, shot: &PlacedShot, time: f64) -> Option<Framing> {
        let segment = show.timeline().segments().get(shot.segment)?;
        let seconds = ((time - segment.start) as f32).clamp(0.0, segment.duration());
        let stage = show.framing(time.clamp(segment.start, segment.end()))?;
        let works = self.work.get(shot.segment)?;
        let rule = shot.rule;
        let mut framing = match rule.look {
            Look::Stage => Framing {
                half_extent: stage.half_extent * rule.extent,
                ..stage
            },
            Look::Work => {
                along(works, seconds, rule.extent).map_or(stage, |(centre, half)| Framing {
                    centre,
                    half_extent: half,
                    ..stage
                })
            }
            Look::Result => {
                whole(works, seconds, rule.extent).map_or(stage, |(centre, half)| Framing {
                    centre,
                    half_extent: half,
                    ..stage
                })
            }
        };
        framing.yaw += rule.yaw;
        framing.pitch += rule.pitch;
        Some(framing)
    }
}

/// The smallest half of a picture: so that one number does not fill it.
const SMALLEST: f32 = 3.5;

/// A part of the matrix in the making, and where it is by now: from its first row and column to its last.
/// Between two matrices the camera goes from the end of one to the beginning of the other.
fn along(works: &[Work], seconds: f32, extent: f32) -> Option<(Vec3, Vec2)> {
    let at = |work: &Work, share: f32| {
        let (size, middle) = (work.most - work.least, work.least.midpoint(work.most));
        let half = (size.truncate() * 0.5 * extent).max(Vec2::splat(SMALLEST));
        let reach = (size.truncate() * 0.5 - half).max(Vec2::ZERO);
        let way = Vec2::new(2.0 * share - 1.0, 1.0 - 2.0 * share) * reach;
        (middle + way.extend(0.0), half)
    };
    let next = works.iter().position(|work| seconds < work.window.end);
    let Some(next) = next else {
        return works.last().map(|last| at(last, 1.0));
    };
    let work = &works[next];
    let share = work.window.progress(seconds);
    let here = at(work, cubic_in_out(share));
    let Some(before) = next.checked_sub(1).and_then(|before| works.get(before)) else {
        return Some(here);
    };
    // the first third of the time goes into the way from the one before
    const WAY: f32 = 0.33;
    let part = cubic_in_out((share / WAY).min(1.0));
    let there = at(before, 1.0);
    Some((there.0.lerp(here.0, part), there.1.lerp(here.1, part)))
}

/// The matrix that was made last, whole.
fn whole(works: &[Work], seconds: f32, extent: f32) -> Option<(Vec3, Vec2)> {
    let made = works
        .iter()
        .rev()
        .find(|work| work.window.end <= seconds + 1e-3);
    let work = made.or(works.last())?;
    let half = (work.most - work.least).truncate() * 0.5 * extent;
    Some((
        work.least.midpoint(work.most),
        half.max(Vec2::splat(SMALLEST)),
    ))
}

/// What the operations of a segment make, in order, as far as it stands on the stage.
fn work_of(show: &Show, segment: usize) -> Vec<Work> {
    let found = || {
        let on = show.timeline().segments().get(segment)?;
        let scene = show.scene(segment)?;
        let pass = show.passes().get(on.pass)?;
        let program = show.programs().get(on.pass)?;
        let numbers = Numbers::new(pass.config(), pass.tokens.len());
        let works = scene.captions.iter().filter_map(|caption| {
            let operation = program.operations().get(caption.operation?)?;
            let group = scene.group_of(operation.output(), &numbers)?;
            let group = scene.groups.get(group)?;
            let placement = group.placement_at(caption.window.end);
            let bounds = placement.bounds(group.size());
            Some(Work {
                window: caption.window,
                least: bounds.least,
                most: bounds.most,
            })
        });
        Some(works.collect())
    };
    found().unwrap_or_default()
}
