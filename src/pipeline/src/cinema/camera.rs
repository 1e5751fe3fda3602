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
            // what it is made from stays in the picture
            Look::Work => along(works, seconds).map_or(stage, |centre| Framing {
                centre: stage.centre.lerp(centre, TOWARDS_WORK),
                half_extent: stage.half_extent * rule.extent,
                ..stage
            }),
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

/// How far the camera goes from the middle of the stage to the matrix in the making.
const TOWARDS_WORK: f32 = 0.6;

/// Where in the matrix in the making the work is by now: it goes from its first row and column to its last.
/// Between two matrices the camera goes from the end of one to the beginning of the other.
fn along(works: &[Work], seconds: f32) -> Option<Vec3> {
    // half way to the edges: a part of the matrix is seen, not a corner
    const REACH: f32 = 0.5;
    let at = |work: &Work, share: f32| {
        let half = (work.most - work.least) * 0.5 * REACH;
        let way = Vec3::new(2.0 * share - 1.0, 1.0 - 2.0 * share, 0.0);
        work.least.midpoint(work.most) + way * half
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
    // the first part of the time goes into the way from the one before
    const WAY: f32 = 0.4;
    let part = cubic_in_out((share / WAY).min(1.0));
    Some(at(before, 1.0).lerp(here, part))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage_kind::StageKind;

    fn work(start: f32, end: f32, left: f32) -> Work {
        Work {
            window: Window::new(start, end),
            least: Vec3::new(left, 0.0, 0.0),
            most: Vec3::new(left + 10.0, 4.0, 0.0),
        }
    }

    #[test]
    fn the_camera_travels_along_the_work_without_a_jump() {
        let works = [work(1.0, 3.0, 0.0), work(3.0, 5.0, 20.0)];
        let at = |seconds| along(&works, seconds).unwrap();
        assert_eq!(at(0.0), Vec3::new(2.5, 3.0, 0.0));
        assert_eq!(at(9.0), Vec3::new(27.5, 1.0, 0.0));
        let mut last = at(0.0);
        for step in 1..700 {
            let now = at(step as f32 / 100.0);
            assert!(now.distance(last) < 1.2, "{step}: {last} {now}");
            last = now;
        }
        assert_eq!(along(&[], 1.0), None);
        let (centre, half) = whole(&works, 3.5, 1.0).unwrap();
        assert_eq!((centre.x, half.x), (5.0, 5.0));
    }

    #[test]
    fn every_stage_of_the_shipped_table_looks_somewhere() {
        let table = ShotTable::shipped().unwrap();
        for kind in StageKind::ALL {
            assert_eq!(table.of(kind)[0].at, 0.0, "{kind:?}");
        }
    }
}
