//! What a cell does in a motion and at which instant: the moment that one hears. The onset of a sound is asked
//! here, of the motion that is seen, and nowhere else.

use serde::{Deserialize, Serialize};

use super::{Motion, MotionKind, ProductRole, ProductSchedule, Wave};
use crate::operation::Size;
use crate::scene::{Group, Layer, Shows, ahead};

/// What a cell does in a motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Act {
    /// It grows out of nothing where it stands.
    Appear,
    /// It shrinks to nothing.
    Disappear,
    /// It comes from somewhere and is there.
    Arrive,
    /// It has flown to another place.
    Fly,
    /// It takes its number in another matrix.
    Change,
    /// It takes a number inside an operation: an exponential, a normalised number.
    Step,
    /// It has taken the place and size of a bar or a segment.
    Reshape,
    /// It rises to the viewer.
    Pulse,
    /// Others close beside it; it stays open.
    Stay,
    /// It is the one that is chosen.
    Choose,
    /// A column of the right factor meets a row of the left one.
    Multiply,
    /// Products have fallen together into it.
    Sum,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Appear,
        Self::Disappear,
        Self::Arrive,
        Self::Fly,
        Self::Change,
        Self::Step,
        Self::Reshape,
        Self::Pulse,
        Self::Stay,
        Self::Choose,
        Self::Multiply,
        Self::Sum,
    ];
}

/// What cells of a group do in a motion, and when each does it.
pub struct Acts<'a> {
    /// What they do.
    pub act: Act,
    /// The numbers that they have when they have done it.
    pub layer: &'a Layer,
    /// Rows and columns of what acts: cells of the group; of a product's walkers the row of the left factor and the
    /// column of the right one that meet.
    pub size: Size,
    when: When<'a>,
    only: Only<'a>,
    group: &'a Group,
    motion: &'a Motion,
}

enum When<'a> {
    /// At a share of the cell's own part of a wave.
    Wave(&'a Wave, f32),
    /// When a row meets a column.
    Meets(&'a ProductSchedule),
    /// When a cell of the result has been made.
    Made(&'a ProductSchedule),
}

enum Only<'a> {
    All,
    Row(usize),
    Column(usize),
    NotMarked(&'a [bool], usize),
}

impl Acts<'_> {
    /// When a cell acts, in seconds of the stage; none if it takes no part.
    pub fn at(&self, row: usize, column: usize) -> Option<f32> {
        let takes_part = match self.only {
            Only::All => true,
            Only::Row(only) => row == only,
            Only::Column(only) => column == only,
            Only::NotMarked(marked, columns) => {
                !marked.get(row * columns + column).copied().unwrap_or(true)
            }
        };
        takes_part.then(|| {
            let turn = match self.when {
                When::Wave(wave, share) => {
                    let own = wave.window_of(row, column, self.size.rows, self.size.columns);
                    own.start + (own.end - own.start) * share
                }
                When::Meets(schedule) => schedule.meets_at(row, column),
                When::Made(schedule) => schedule.made_at(row, column),
            };
            self.ahead_at(row, column)
                .map_or(turn, |ahead| turn.min(ahead))
        })
    }

    /// When a cell acts that is ahead of the others, because its number is told; none for all others.
    fn ahead_at(&self, row: usize, column: usize) -> Option<f32> {
        let from = self.group.ahead_of(self.motion, (row, column))?;
        let share = match (self.act, &self.when) {
            // what comes from elsewhere is there when it has landed; a number or a light is changed at once
            (Act::Arrive | Act::Fly | Act::Reshape | Act::Appear, When::Wave(_, share)) => *share,
            (Act::Sum, _) => 0.96,
            _ => 0.0,
        };
        Some(from + share * ahead::SECONDS)
    }

    /// Whether a cell acts before its turn, because its number is told meanwhile.
    pub fn is_ahead(&self, row: usize, column: usize) -> bool {
        self.ahead_at(row, column).is_some()
    }

    /// How long the cell's own motion takes, in seconds.
    pub fn lasts(&self, row: usize, column: usize) -> f32 {
        match self.when {
            When::Wave(wave, _) => {
                let own = wave.window_of(row, column, self.size.rows, self.size.columns);
                own.end - own.start
            }
            When::Meets(schedule) | When::Made(schedule) => schedule.step_seconds(),
        }
    }
}

impl Motion {
    /// What cells of the group do in this motion of it; none where nothing is seen of it for itself: changes that
    /// take no time only exchange what looks the same, and the factors of a product are heard where they meet.
    pub fn acts<'a>(&'a self, group: &'a Group) -> Option<Acts<'a>> {
        let layer = group.layer_at(self.window().1)?;
        let size = group.size();
        let of_wave = |act: Act, wave: &'a Wave, share: f32| Acts {
            act,
            layer,
            size,
            when: When::Wave(wave, share),
            only: Only::All,
            group,
            motion: self,
        };
        let (start, end) = self.window();
        if end <= start {
            return None;
        }
        Some(match &self.kind {
            MotionKind::Appear(wave) => of_wave(Act::Appear, wave, 0.3),
            MotionKind::Disappear(wave) => of_wave(Act::Disappear, wave, 0.3),
            MotionKind::Arrive(wave, _) => of_wave(Act::Arrive, wave, 0.96),
            MotionKind::Fly(wave, _) => of_wave(Act::Fly, wave, 0.96),
            MotionKind::Reshape(wave, _) => of_wave(Act::Reshape, wave, 0.96),
            MotionKind::Recolour(wave, to) => {
                let layer = group.layers.get(*to)?;
                let act = match layer.shows {
                    Shows::Step(..) => Act::Step,
                    _ => Act::Change,
                };
                Acts {
                    layer,
                    ..of_wave(act, wave, 0.5)
                }
            }
            MotionKind::Pulse(wave) => of_wave(Act::Pulse, wave, 0.5),
            MotionKind::PulseRow(wave, row) => Acts {
                only: Only::Row(*row),
                ..of_wave(Act::Pulse, wave, 0.5)
            },
            MotionKind::Close(wave, marked) => Acts {
                only: Only::NotMarked(marked, group.columns),
                ..of_wave(Act::Stay, wave, 0.5)
            },
            MotionKind::Choose(wave, column) => Acts {
                only: Only::Column(*column),
                ..of_wave(Act::Choose, wave, 0.1)
            },
            MotionKind::Product(schedule, ProductRole::Walkers) => Acts {
                act: Act::Multiply,
                layer: group.layers.first()?,
                size: Size::new(schedule.rows, schedule.columns),
                when: When::Meets(schedule),
                only: Only::All,
                group,
                motion: self,
            },
            MotionKind::Product(schedule, ProductRole::Result) => Acts {
                act: Act::Sum,
                layer: group.layers.first()?,
                size: Size::new(
                    schedule.rows.min(group.rows),
                    schedule.columns.min(group.columns),
                ),
                when: When::Made(schedule),
                only: Only::All,
                group,
                motion: self,
            },
            // light follows what is told; the number itself is heard when it is made
            MotionKind::Light(..)
            | MotionKind::Product(_, ProductRole::Left | ProductRole::Right) => return None,
        })
    }
}
