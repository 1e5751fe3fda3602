//! What becomes of the sound of all voices: buses with their volumes, ducking of the music under the events, a little
//! space, compression, and at last the limiter. No voice and no note lives here.

mod compressor;
mod limiter;
mod reverb;

use serde::{Deserialize, Serialize};

use crate::signal::Frame;
use crate::voice::BLOCK;
use compressor::Compressor;
pub(crate) use limiter::{AHEAD, Factors, Peaks, STEP};
pub use limiter::{LATENCY, Limiter};
use reverb::Reverb;

/// Where a voice goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bus {
    /// Micro-sounds of cells, stages and letters.
    Events,
    /// The music.
    Music,
}

/// The frames of a block.
pub type Block = [Frame; BLOCK];

/// How loud the buses are, as factors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Levels {
    /// Of the micro-sounds.
    pub events: f32,
    /// Of the music.
    pub music: f32,
    /// Of all.
    pub master: f32,
}

impl Default for Levels {
    fn default() -> Self {
        Self {
            events: 1.0,
            music: 1.0,
            master: 1.0,
        }
    }
}

/// All of it before the limiter.
#[derive(Clone, Debug)]
pub struct Mixer {
    reverb: Reverb,
    compressor: Compressor,
    levels: Levels,
    wanted: Levels,
    /// How loud the events have been, for the ducking.
    events_level: f32,
    duck: f32,
    /// Of the filter that takes off what stands still: last input and output.
    standing: [Frame; 2],
}

/// How much of each bus goes into the space.
const EVENTS_SEND: f32 = 0.20;
const MUSIC_SEND: f32 = 0.10;
/// How deep the music gives way.
const DUCKING: f32 = 2.2;
const LEAST_DUCKED: f32 = 0.45;
/// Factor per block with which the ducking lets go: back within about 150 ms.
const DUCK_RELEASE: f32 = 0.985;
/// Keeps filters away from numbers too small for the processor's fast path.
const FAR_BELOW_HEARING: f32 = 1e-15;
/// High-pass at 20 Hz.
const STANDING: f32 = 0.997_385;

impl Mixer {
    /// A silent one.
    pub fn new(levels: Levels) -> Self {
        Self {
            reverb: Reverb::new(),
            compressor: Compressor::default(),
            levels,
            wanted: levels,
            events_level: 0.0,
            duck: 1.0,
            standing: [[0.0; 2]; 2],
        }
    }

    /// Sets the volumes; they move there within a block, without a click.
    pub fn set_levels(&mut self, levels: Levels) {
        self.wanted = levels;
    }

    /// Mixes a block.
    #[inline(always)]
    pub fn mix(&mut self, events: &Block, music: &Block, out: &mut Block) {
        let (from, to) = (self.levels, self.wanted);
        let peak = events
            .iter()
            .map(|frame| frame[0].abs().max(frame[1].abs()))
            .fold(0.0, f32::max)
            * to.events;
        self.events_level = (self.events_level * DUCK_RELEASE).max(peak);
        let ducked = (1.0 / (1.0 + DUCKING * self.events_level)).max(LEAST_DUCKED);
        let mut send = [0.0f32; BLOCK];
        let step = 1.0 / BLOCK as f32;
        for at in 0..BLOCK {
            let along = at as i32 as f32 * step;
            let gain = |from: f32, to: f32| from + (to - from) * along;
            let event_gain = gain(from.events, to.events);
            let music_gain = gain(from.music, to.music) * gain(self.duck, ducked);
            let event = [events[at][0] * event_gain, events[at][1] * event_gain];
            let tune = [music[at][0] * music_gain, music[at][1] * music_gain];
            out[at] = [event[0] + tune[0], event[1] + tune[1]];
            send[at] = (event[0] + event[1]) * EVENTS_SEND + (tune[0] + tune[1]) * MUSIC_SEND;
        }
        self.duck = ducked;
        self.reverb.add(&send, out);
        let [mut before, mut after] = self.standing;
        for frame in out.iter_mut() {
            for side in 0..2 {
                let passed =
                    (frame[side] - before[side] + FAR_BELOW_HEARING) + STANDING * after[side];
                before[side] = frame[side];
                after[side] = passed;
                frame[side] = passed;
            }
        }
        self.standing = [before, after];
        self.compressor.press(out);
        for (at, frame) in out.iter_mut().enumerate() {
            let gain = from.master + (to.master - from.master) * (at as i32 as f32 * step);
            frame[0] *= gain;
            frame[1] *= gain;
        }
        self.levels = to;
    }
}

/// The last part: a gain, and the limiter behind it.
#[derive(Clone, Debug)]
pub struct Master {
    gain: f32,
    limiter: Limiter,
}

impl Master {
    /// With this gain; nothing passes `ceiling`.
    pub fn new(gain: f32, ceiling: f32) -> Self {
        Self {
            gain,
            limiter: Limiter::new(ceiling),
        }
    }

    /// Works on a block in place; what comes out went in [`LATENCY`] frames before.
    #[inline(always)]
    pub fn finish(&mut self, block: &mut Block) {
        for frame in block.iter_mut() {
            frame[0] *= self.gain;
            frame[1] *= self.gain;
        }
        self.limiter.limit(block);
    }
}
