//! Shaping: what a visualization makes of the scenes of a show. It is pure: a scene is shaped before anybody reads
//! it, so that labels, camera, picking and pictures follow by themselves, and numbers cannot be changed. No drawing
//! and no Bevy may live here.

mod blend;
mod board;
mod camera;
mod facts;
mod made;
mod shaped_show;
mod words;

use std::fmt::Debug;
use std::sync::Arc;

use crate::pass::Pass;
use crate::program::{Program, Stage};
use crate::scene::{CellPose, Group, Scene};
use crate::show::Show;
use crate::timeline::{Segment, Window};

pub use blend::{Blend, Progress, blended};
pub use board::Board;
pub use camera::{framing_of, seen_corners};
pub use facts::CellFacts;
pub use made::Made;
pub use shaped_show::{Look, Looks, ShapedShow, between, blended_framing};
pub use words::relabelled;

/// How a visualization shows a show.
///
/// The same show and segment must always give the same scene: a picture may depend on nothing else.
pub trait Shaping: Debug + Send + Sync {
    /// The scene of a segment. The numbers in it must be those of the standard scene or of the pass.
    fn scene(&self, setting: &Setting<'_>) -> Arc<Scene>;

    /// Scenes of the same arrangement flow into each other as the standard scenes do. Where the number changes from
    /// one segment to the next, cells fly over from where they were in the scene before.
    fn arrangement(&self, setting: &Setting<'_>) -> usize {
        let _ = setting;
        0
    }
}

/// The show as it is without a visualization's doing: what `cubes` shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standard;

impl Shaping for Standard {
    fn scene(&self, setting: &Setting<'_>) -> Arc<Scene> {
        setting.standard().clone()
    }
}

/// What shapes each cell of a group by itself, at any time.
pub trait CellShape: Debug + Send + Sync {
    /// The pose of a cell, from its facts and its standard pose. What stands for a number must keep its tint.
    fn pose(&self, cell: &CellFacts<'_>, standard: CellPose) -> CellPose;

    /// Whether cells may look different at `to` than at `from` (seconds of the stage, in order) though their
    /// standard poses do not.
    fn changes_between(&self, group: &Group, from: f32, to: f32) -> bool {
        let _ = (group, from, to);
        false
    }
}

/// A scene with all its cells shaped.
pub fn shaped(scene: &Scene, shape: &Arc<dyn CellShape>) -> Scene {
    let mut scene = scene.clone();
    for group in &mut scene.groups {
        group.shape = Some(shape.clone());
    }
    scene
}

/// The segment of a show that is to be shaped.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    show: &'a Show,
    index: usize,
}

impl<'a> Setting<'a> {
    /// A segment of a show; none where the show has no such segment.
    pub fn new(show: &'a Show, index: usize) -> Option<Self> {
        let segment = show.timeline().segments().get(index)?;
        let known = show.scene(index).is_some()
            && show.passes().get(segment.pass).is_some()
            && show.programs().get(segment.pass)?.stages().len() > segment.stage;
        known.then_some(Self { show, index })
    }

    /// The show.
    pub fn show(&self) -> &'a Show {
        self.show
    }

    /// The index of the segment.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The segment.
    pub fn segment(&self) -> &'a Segment {
        &self.show.timeline().segments()[self.index]
    }

    /// The scene as it is without a visualization's doing.
    pub fn standard(&self) -> &'a Arc<Scene> {
        self.show.standard_scene(self.index)
    }

    /// The pass that is shown.
    pub fn pass(&self) -> &'a Arc<Pass> {
        &self.show.passes()[self.segment().pass]
    }

    /// Its program.
    pub fn program(&self) -> &'a Program {
        &self.show.programs()[self.segment().pass]
    }

    /// The stage of the program.
    pub fn stage(&self) -> &'a Stage {
        &self.program().stages()[self.segment().stage]
    }

    /// When each step of a segment's stage runs, in seconds of the stage. Where the show does not play them one by
    /// one they share the time in which it computes.
    pub fn steps_of(&self, segment: usize) -> Vec<Window> {
        let played = self.show.steps(segment);
        let Some(on) = self.show.timeline().segments().get(segment) else {
            return Vec::new();
        };
        let Some(stage) = self.program().stages().get(on.stage) else {
            return Vec::new();
        };
        if played.len() == stage.steps.len() {
            return played.to_vec();
        }
        let computes = on.window(crate::timeline::Phase::Compute);
        let share = |at: usize| at as f32 / stage.steps.len().max(1) as f32;
        (0..stage.steps.len())
            .map(|at| computes.part(share(at), share(at + 1)))
            .collect()
    }
}
