//! What is to be heard of a show, and when: notes derived from the motions that are seen, and the course of the
//! music. A pure function of show and table; no sample is made here.

mod acts;
mod machine;
mod mood;
mod signals;
mod thinning;

use orrery_pipeline::motion::Act;
use orrery_pipeline::{OperationKind, Show};

use crate::signal::RATE;
use crate::table::Sonification;
use crate::timbre::Timbre;

pub use mood::Mood;

/// Of what a note tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cause {
    /// A cell of a scene acts.
    Cell {
        /// What it does.
        act: Act,
        /// The operation that moves it, if one does.
        operation: Option<OperationKind>,
        /// Index of its group in the scene.
        group: u32,
        /// Index of the motion among those of the group.
        motion: u32,
        /// Its row; where a product meets, the row of the left factor.
        row: u32,
        /// Its column; where a product meets, the column of the right factor.
        column: u32,
        /// Its number.
        value: f32,
    },
    /// A cell of the whole model in the far view is made, or acts.
    Machine {
        /// Index of the slab.
        slab: u32,
        /// Its row.
        row: u32,
        /// Its column.
        column: u32,
        /// Its number.
        value: f32,
    },
    /// A letter sets off or arrives.
    Letter,
    /// The view flies into the whole model, or out of it.
    View,
    /// A stage is entered.
    Enter,
    /// The result of a stage rests.
    Rest,
}

/// A note.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// When, in frames of the show at speed 1 (48,000 a second).
    pub at: u64,
    /// The instrument.
    pub timbre: Timbre,
    /// Pitch in Hz.
    pub hz: f32,
    /// Gain.
    pub gain: f32,
    /// −1 left … 1 right.
    pub pan: f32,
    /// Length in seconds.
    pub seconds: f32,
    /// How many that are more important sound in the same tenth of a second: with the show at a higher speed those
    /// that matter least are left out.
    pub rank: u16,
    /// Index of the segment of the timeline.
    pub segment: u32,
    /// Of what it tells.
    pub cause: Cause,
}

/// All notes of a show in order, and the moods of its stages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    events: Vec<Event>,
    moods: Vec<Mood>,
    frames: u64,
}

impl Score {
    /// Listens to every motion of a show.
    pub fn new(show: &Show, table: &Sonification) -> Self {
        let mut events = Vec::new();
        let segments = show.timeline().segments();
        for index in 0..segments.len() {
            acts::collect(show, index, table, &mut events);
            machine::collect(show, index, table, &mut events);
            signals::collect(show, index, table, &mut events);
        }
        // of notes at the same time the more important first; the rest in the order in which they were found
        events.sort_by_key(|event| (event.at, event.rank));
        Self {
            events,
            moods: mood::moods(show, table),
            frames: frames(show.timeline().duration()),
        }
    }

    /// A score without notes, whose music is in one mood for so many frames.
    pub fn of_mood(mood: Mood, frames: u64) -> Self {
        Self {
            events: Vec::new(),
            moods: vec![mood],
            frames,
        }
    }

    /// A score of these notes, in any order, without music of its own.
    pub fn of_events(mut events: Vec<Event>, frames: u64) -> Self {
        events.sort_by_key(|event| (event.at, event.rank));
        Self {
            events,
            moods: Vec::new(),
            frames,
        }
    }

    /// All notes, the earlier first.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How long it is, in frames at speed 1.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// The first note at or after a frame, as an index.
    pub fn first_from(&self, frame: u64) -> usize {
        self.events.partition_point(|event| event.at < frame)
    }

    /// The mood of the music at a frame, and the one that follows, if there is one.
    pub fn mood(&self, frame: u64) -> (Mood, Option<Mood>) {
        let next = self.moods.partition_point(|mood| mood.from <= frame);
        let on = self.moods.get(next.saturating_sub(1)).copied();
        (on.unwrap_or_default(), self.moods.get(next).copied())
    }

    /// When the section began that is on at a frame, and the first mood of the next section, if there is one.
    pub fn section_at(&self, frame: u64) -> (u64, Option<Mood>) {
        let next = self.moods.partition_point(|mood| mood.from <= frame);
        let on = next.saturating_sub(1);
        let section = self.moods.get(on).map(|mood| mood.section);
        let other = |mood: &&Mood| Some(mood.section) != section;
        let before = &self.moods[..next.min(self.moods.len())];
        let first = before
            .iter()
            .rposition(|mood| other(&mood))
            .map_or(0, |at| at + 1);
        let since = self.moods.get(first).map_or(0, |mood| mood.from);
        (since, self.moods.iter().skip(next).find(other).copied())
    }
}

/// Seconds of the show as frames.
pub(crate) fn frames(seconds: f64) -> u64 {
    (seconds.max(0.0) * f64::from(RATE) + 0.5) as u64
}
