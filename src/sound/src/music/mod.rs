//! The music: which notes are played at each sixteenth, as a pure function of seed, step and mood. So the same place
//! of a show has the same music however one came there. How a note sounds does not live here.

mod ambient;
mod automaton;
mod harmony;
mod industrial;

use serde::{Deserialize, Serialize};

use crate::score::{Mood, Score};
use crate::signal::{RATE, mix2, unit};
use crate::timbre::Timbre;
use harmony::Harmony;

/// Which music there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// 155 beats a minute, machines.
    #[default]
    Industrial,
    /// Slow and soft, without drums.
    Ambient,
    /// None.
    Off,
}

impl Style {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Industrial, Self::Ambient, Self::Off];

    /// Its name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Industrial => "industrial",
            Self::Ambient => "ambient",
            Self::Off => "off",
        }
    }
}

/// Beats a minute at speed 1.
pub const BEATS_PER_MINUTE: u32 = 155;
/// Sixteenths in a bar.
pub const STEPS_PER_BAR: i64 = 16;

/// A note of the music.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Note {
    /// How long after the step begins, in steps (0…1).
    pub late: f32,
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
}

/// Notes of one step: as many as there is room for, without allocating.
#[derive(Clone, Debug)]
pub struct Notes {
    all: [Note; Self::MOST],
    count: usize,
}

impl Notes {
    /// The most notes that begin within one sixteenth.
    pub const MOST: usize = 48;

    /// None.
    pub fn new() -> Self {
        let none = Note {
            late: 0.0,
            timbre: Timbre::Click,
            hz: 0.0,
            gain: 0.0,
            pan: 0.0,
            seconds: 0.0,
        };
        Self {
            all: [none; Self::MOST],
            count: 0,
        }
    }

    fn push(&mut self, note: Note) {
        if let Some(place) = self.all.get_mut(self.count) {
            *place = note;
            self.count += 1;
        }
    }

    /// A note at the beginning of the step, in the middle.
    fn hit(&mut self, timbre: Timbre, hz: f32, gain: f32, seconds: f32) {
        self.push(Note {
            late: 0.0,
            timbre,
            hz,
            gain,
            pan: 0.0,
            seconds,
        });
    }

    /// All of them.
    pub fn as_slice(&self) -> &[Note] {
        &self.all[..self.count]
    }
}

impl Default for Notes {
    fn default() -> Self {
        Self::new()
    }
}

/// The clock of the music: where its sixteenths are in a show. At other speeds than 1 the music doubles or halves its
/// steps, so that it stays between 110 and 220 beats a minute and yet follows the show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Steps are 2 to this power longer than at speed 1, in frames of the show.
    doubled: i32,
}

/// Frames of a sixteenth at speed 1, as a fraction: 48,000 · 15 / 155.
const STEP_FRAMES: (i128, i128) = ((RATE * 15) as i128, BEATS_PER_MINUTE as i128);

impl Grid {
    /// For a speed of the show.
    pub fn new(speed: f64) -> Self {
        Self {
            doubled: libm::round(libm::log2(speed.clamp(0.01, 100.0))) as i32,
        }
    }

    /// Where a step begins, in 2⁻³² frames of the show at speed 1.
    pub fn begin(self, step: i64) -> i64 {
        let shift = 32 + self.doubled;
        (((i128::from(step) * STEP_FRAMES.0) << shift).div_euclid(STEP_FRAMES.1)) as i64
    }

    /// The first step that begins at or after a place.
    pub fn first_from(self, place: i64) -> i64 {
        let shift = 32 + self.doubled;
        let mut step =
            ((i128::from(place) * STEP_FRAMES.1) >> shift).div_euclid(STEP_FRAMES.0) as i64;
        while self.begin(step) < place {
            step += 1;
        }
        step
    }

    /// Seconds of a step while the show runs at a speed.
    pub fn seconds(self, speed: f64) -> f32 {
        let at_one = 15.0 / f64::from(BEATS_PER_MINUTE);
        (at_one * libm::exp2(f64::from(self.doubled)) / speed) as f32
    }
}

/// What a style knows of the step that it writes.
struct Step {
    seed: u32,
    /// Since the show's begin.
    number: i64,
    bar: i64,
    /// In the bar, 0…15.
    place: usize,
    /// Seconds of a sixteenth.
    seconds: f32,
    mood: Mood,
    /// Steps since the section began.
    since: i64,
    /// Steps until another section begins, and which.
    next: Option<(i64, Mood)>,
    harmony: Harmony,
}

impl Step {
    /// A number in 0…1 for this step; different for each `salt`.
    fn chance(&self, salt: u32) -> f32 {
        unit(mix2(
            self.seed ^ salt.wrapping_mul(0x51_7CC1),
            self.number as u32,
        ))
    }

    /// The same for this bar.
    fn chance_of_bar(&self, salt: u32) -> f32 {
        unit(mix2(
            self.seed ^ salt.wrapping_mul(0x2F_6E2B),
            self.bar as u32,
        ))
    }

    /// The same for so many bars together.
    fn chance_of_bars(&self, bars: i64, salt: u32) -> f32 {
        let together = self.bar.div_euclid(bars) as u32;
        unit(mix2(self.seed ^ salt.wrapping_mul(0x73_A1D9), together))
    }
}

/// Writes the notes of a step.
pub fn write(style: Style, seed: u32, score: &Score, grid: Grid, number: i64, speed: f64) -> Notes {
    let mut notes = Notes::new();
    if style == Style::Off {
        return notes;
    }
    // sections begin on a beat
    let beat = number.div_euclid(4) * 4;
    let frame = |step: i64| (grid.begin(step) >> 32).max(0) as u64;
    let (mood, _) = score.mood(frame(beat));
    let (since, next) = score.section_at(frame(beat));
    let steps_from = |at: u64| grid.first_from((at as i64) << 32);
    let bar = number.div_euclid(STEPS_PER_BAR);
    let step = Step {
        seed,
        number,
        bar,
        place: number.rem_euclid(STEPS_PER_BAR) as usize,
        seconds: grid.seconds(speed),
        mood,
        since: number - steps_from(since),
        next: next.map(|next| (steps_from(next.from) - number, next)),
        harmony: Harmony::of_bar(seed, bar, &mood),
    };
    match style {
        Style::Industrial => industrial::write(&step, &mut notes),
        Style::Ambient => ambient::write(&step, &mut notes),
        Style::Off => {}
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_grid_is_even_and_found_again(step in -10_000i64..40_000, speed in 0.1f64..10.0) {
            let grid = Grid::new(speed);
            let begin = grid.begin(step);
            prop_assert_eq!(grid.first_from(begin), step);
            prop_assert_eq!(grid.first_from(begin + 1), step + 1);
            let seconds = f64::from(grid.seconds(speed));
            let beats = 15.0 / seconds;
            prop_assert!((109.0..=220.0).contains(&beats), "{beats}");
            let length = (grid.begin(step + 1) - begin) as f64 / 4_294_967_296.0 / 48_000.0 / speed;
            prop_assert!((length - seconds).abs() < 1e-6);
        }
    }
}
