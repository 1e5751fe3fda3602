//! A script as a visualization: its tables shape the cells of the show's own scenes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use glam::Vec3;
use orrery_pipeline::camera::Shot;
use orrery_pipeline::easing::smoothstep;
use orrery_pipeline::scene::{Group, Role};
use orrery_pipeline::shaping::{
    CellFacts, CellShape, Setting, Shaping, framing_of, relabelled, seen_corners,
};
use orrery_pipeline::{CellPose, SafeArea, Scene};

use crate::error::ScriptError;
use crate::script::Script;
use crate::tables::{Table, has_bars, tables};

/// What went wrong in a script that could be compiled, if something did.
#[derive(Clone, Debug, Default)]
pub struct Problem(Arc<Mutex<Option<ScriptError>>>);

impl Problem {
    /// The last thing that went wrong.
    pub fn get(&self) -> Option<ScriptError> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, error: ScriptError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

/// How long the tables of the scene that was made last took.
#[derive(Clone, Debug, Default)]
pub struct TablesTime(Arc<AtomicU64>);

impl TablesTime {
    /// None where no scene has been made.
    pub fn get(&self) -> Option<Duration> {
        let micros = self.0.load(Ordering::Relaxed);
        (micros > 0).then(|| Duration::from_micros(micros))
    }

    fn set(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.0.store(micros.max(1), Ordering::Relaxed);
    }
}

/// A script that shapes scenes. A scene with which it does not get along is shown as it is, and the problem is kept.
#[derive(Clone, Debug)]
pub struct ScriptShaping {
    script: Arc<Script>,
    problem: Problem,
    time: TablesTime,
}

impl ScriptShaping {
    /// Of a script; what goes wrong and how long it takes is told through the handles.
    pub fn new(script: Arc<Script>, problem: Problem, time: TablesTime) -> Self {
        Self {
            script,
            problem,
            time,
        }
    }

    /// The scene of a segment.
    ///
    /// # Errors
    /// What is wrong with the script, and where.
    pub fn try_scene(&self, setting: &Setting<'_>) -> Result<Scene, ScriptError> {
        let mut scene = (**setting.standard()).clone();
        let about = self.script.about();
        let began = Instant::now();
        let all = tables(&self.script, &scene)?;
        self.time.set(began.elapsed());
        for (group, table) in scene.groups.iter_mut().zip(all) {
            group.shape = match table {
                Some(table) => Some(Arc::new(Shape {
                    table,
                    times: about
                        .times
                        .iter()
                        .map(|time| time * scene.duration)
                        .collect(),
                    stays: about.stays,
                })),
                // what flies between the usual places would have lost its way
                None if !about.stays && group.role != Role::Departing && !has_bars(group) => {
                    Some(Arc::new(Hidden))
                }
                None => None,
            };
        }
        if about.stays {
            for shot in &mut scene.shots {
                (shot.framing.yaw, shot.framing.pitch) = about.angles;
            }
            return Ok(scene);
        }
        scene.labels = relabelled(&scene, setting.pass());
        let (appear, duration) = (setting.segment().appear, scene.duration);
        let times = [appear, 0.5 * (appear + duration), duration];
        scene.shots = vec![Shot {
            start: 0.0,
            seconds: appear.clamp(0.1, 1.0),
            framing: framing_of(&seen_corners(&scene, &times), about.angles, SafeArea::PAGE),
        }];
        Ok(scene)
    }
}

impl Shaping for ScriptShaping {
    fn scene(&self, setting: &Setting<'_>) -> Arc<Scene> {
        match self.try_scene(setting) {
            Ok(scene) => Arc::new(scene),
            Err(error) => {
                self.problem.set(error);
                setting.standard().clone()
            }
        }
    }

    fn arrangement(&self, setting: &Setting<'_>) -> usize {
        // each stage is placed for itself
        if self.script.about().stays {
            0
        } else {
            1 + setting.index()
        }
    }
}

/// The cells of a group by their table.
#[derive(Debug)]
struct Shape {
    table: Table,
    /// Key times, in seconds of the stage.
    times: Vec<f32>,
    stays: bool,
}

impl Shape {
    /// The tables between which a time lies, and how far from the first to the second.
    fn between(&self, s: f32) -> (usize, usize, f32) {
        let next = self.times.partition_point(|&time| time <= s);
        let Some(before) = next.checked_sub(1) else {
            return (0, 0, 0.0);
        };
        if next >= self.times.len() {
            return (before, before, 0.0);
        }
        let (from, to) = (self.times[before], self.times[next]);
        (before, next, smoothstep((s - from) / (to - from).max(1e-6)))
    }
}

impl CellShape for Shape {
    fn pose(&self, cell: &CellFacts<'_>, standard: CellPose) -> CellPose {
        let at = cell.row * cell.group.columns + cell.column;
        let (before, after, t) = self.between(cell.seconds);
        let (Some(from), Some(to)) = (self.table[before].get(at), self.table[after].get(at)) else {
            return standard;
        };
        let there = from.position.lerp(to.position, t);
        let position = if self.stays {
            // with its flights and its rising
            standard.position + there - cell.group.final_placement().position(cell.row, cell.column)
        } else {
            let usual = cell.placement().position(cell.row, cell.column);
            there + Vec3::Z * (standard.position.z - usual.z).clamp(-1.0, 1.0)
        };
        let size = if standard.ghost {
            standard.size
        } else {
            standard.size * from.size.lerp(to.size, t).max(Vec3::splat(0.02))
        };
        let light = from.light + (to.light - from.light) * t;
        CellPose {
            position,
            size,
            glow: standard.glow.max(light),
            ..standard
        }
    }

    fn changes_between(&self, _: &Group, from: f32, to: f32) -> bool {
        let (Some(&first), Some(&last)) = (self.times.first(), self.times.last()) else {
            return false;
        };
        first < to && from < last
    }
}

/// Nothing is to be seen of a group.
#[derive(Debug)]
struct Hidden;

impl CellShape for Hidden {
    fn pose(&self, _: &CellFacts<'_>, standard: CellPose) -> CellPose {
        CellPose {
            size: Vec3::ZERO,
            ghost: false,
            ..standard
        }
    }
}
