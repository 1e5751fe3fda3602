//! A show as visualizations show it: which one shows which block, the scenes that they make, and what the camera
//! frames in them. Each scene is made when it is first asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::blend::{Progress, blended};
use super::{Setting, Shaping, Standard};
use crate::camera::{CameraPath, Framing};
use crate::easing::cubic_in_out;
use crate::operand::Operand;
use crate::scene::Scene;
use crate::show::Show;
use crate::timeline::{Phase, Window};

/// A visualization with its settings.
#[derive(Clone, Debug)]
pub struct Look {
    /// Tells it from all others, those of the same visualization with other settings included.
    pub key: Arc<str>,
    /// What it does.
    pub shaping: Arc<dyn Shaping>,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            key: "cubes".into(),
            shaping: Arc::new(Standard),
        }
    }
}

impl PartialEq for Look {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

/// Which visualization shows which block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Looks {
    /// What shows everything that has no look of its own.
    pub all: Look,
    /// The looks of single blocks, counted from 0.
    pub blocks: BTreeMap<usize, Look>,
}

impl Looks {
    /// The look of a block, or of what belongs to none.
    pub fn of(&self, block: Option<usize>) -> &Look {
        block
            .and_then(|block| self.blocks.get(&block))
            .unwrap_or(&self.all)
    }
}

/// So many moves of the camera before a time decide what it frames then.
const ENOUGH_SHOTS: usize = 3;
/// How long cells fly over at most where the arrangement changes between two stages, in seconds of the stage.
const ENTRANCE_SECONDS: f32 = 1.0;

/// A show as these looks show it.
#[derive(Debug)]
pub struct ShapedShow {
    show: Arc<Show>,
    looks: Looks,
    /// By segment: as its look makes it, and as it is shown.
    own: Vec<OnceLock<Option<Arc<Scene>>>>,
    shown: Vec<OnceLock<Option<Arc<Scene>>>>,
}

impl ShapedShow {
    /// Nothing is made yet.
    pub fn new(show: Arc<Show>, looks: Looks) -> Self {
        let segments = show.timeline().segments().len();
        let empty = || (0..segments).map(|_| OnceLock::new()).collect();
        Self {
            own: empty(),
            shown: empty(),
            show,
            looks,
        }
    }

    /// The show.
    pub fn show(&self) -> &Arc<Show> {
        &self.show
    }

    /// Which visualization shows which block.
    pub fn looks(&self) -> &Looks {
        &self.looks
    }

    fn look(&self, segment: usize) -> Option<&Look> {
        let segment = self.show.timeline().segments().get(segment)?;
        Some(self.looks.of(segment.block))
    }

    /// The scene of a segment before cells fly over to it from the scene before.
    fn own(&self, index: usize) -> Option<&Arc<Scene>> {
        let make = || {
            let setting = Setting::new(&self.show, index)?;
            Some(self.look(index)?.shaping.scene(&setting))
        };
        self.own.get(index)?.get_or_init(make).as_ref()
    }

    /// Whether a segment goes on where the one before has ended.
    fn flows(&self, index: usize) -> bool {
        let arrangement = |index| {
            let setting = Setting::new(&self.show, index)?;
            let look = self.look(index)?;
            Some((&look.key, look.shaping.arrangement(&setting)))
        };
        match index.checked_sub(1) {
            None => true,
            Some(before) => arrangement(before) == arrangement(index),
        }
    }

    /// The scene of a segment; none where the show has no such segment.
    pub fn scene(&self, index: usize) -> Option<&Arc<Scene>> {
        let make = || {
            let own = self.own(index)?;
            if self.flows(index) {
                return Some(own.clone());
            }
            let segments = self.show.timeline().segments();
            let before = self.own(index - 1)?;
            let ended = segments[index - 1].duration();
            let appear = segments[index].window(Phase::Appear);
            let window = Window::new(0.0, appear.end.clamp(0.05, ENTRANCE_SECONDS));
            let program = &self.show.programs()[segments[index].pass];
            let canonical = |operand: Operand| program.numbers().canonical(operand);
            let entering = blended(
                (before, Some(ended)),
                own,
                Progress::During(window),
                &canonical,
            );
            Some(Arc::new(entering))
        };
        self.shown.get(index)?.get_or_init(make).as_ref()
    }

    /// Whether the scene of a segment is there already, or is there at once because nothing shapes it. What the show
    /// does not have need not be made.
    pub fn is_made(&self, index: usize) -> bool {
        let made = |index: usize| {
            self.shown
                .get(index)
                .is_none_or(|scene| scene.get().is_some())
        };
        self.looks == Looks::default() || made(index)
    }

    /// What the guided camera frames at a time, in seconds of the show.
    pub fn framing(&self, time: f64) -> Option<Framing> {
        if self.looks == Looks::default() {
            return self.show.framing(time);
        }
        let (index, _) = self.show.timeline().at(time)?;
        let segments = self.show.timeline().segments();
        let shots = |at: usize| self.own(at).map_or(&[][..], |scene| &scene.shots);
        // a move may still be under way from the stage before, and begins where the one before that has led; stages
        // that frame nothing are seen as the one before them, the first as the one behind them
        let (mut first, mut found) = (index, shots(index).len());
        while first > 0 && (found < ENOUGH_SHOTS || index - first < 2) {
            first -= 1;
            found += shots(first).len();
        }
        let mut last = index;
        while found == 0 && last + 1 < segments.len() {
            last += 1;
            found += shots(last).len();
        }
        let mut path = CameraPath::default();
        for (at, segment) in segments.iter().enumerate().take(last + 1).skip(first) {
            path.append(segment.start, shots(at));
        }
        path.at(time)
    }
}

/// What is framed while one picture gives way to another (0…1).
pub fn blended_framing(from: Option<Framing>, to: Option<Framing>, share: f32) -> Option<Framing> {
    match (from, to) {
        (Some(from), Some(to)) => Some(from.lerp(to, cubic_in_out(share.clamp(0.0, 1.0)))),
        (from, to) => to.or(from),
    }
}

/// The scene between two, one share of the way (0…1) from the one to the other.
pub fn between(
    show: &Show,
    segment: usize,
    from: &Arc<Scene>,
    to: &Arc<Scene>,
    share: f32,
) -> Arc<Scene> {
    if share >= 1.0 || Arc::ptr_eq(from, to) {
        return to.clone();
    }
    let pass = show.timeline().segments().get(segment).map(|on| on.pass);
    let Some(program) = pass.and_then(|pass| show.programs().get(pass)) else {
        return to.clone();
    };
    let canonical = |operand: Operand| program.numbers().canonical(operand);
    Arc::new(blended(
        (from, None),
        to,
        Progress::Share(share),
        &canonical,
    ))
}
