//! One sounding note: a [`Patch`] (what makes the sound, and how it begins and ends) at a pitch, for a time. Voices
//! are plain values of fixed size and allocate nothing. Which instruments there are, and when they play, does not
//! live here.

mod envelope;
mod glide;
mod noise;
mod partials;
mod saws;
mod tone;

use crate::signal::{RATE_HZ, phase_step};
use envelope::Contour;
pub use envelope::Envelope;
pub use noise::Band;

/// Frames that a voice makes at once.
pub const BLOCK: usize = 64;

/// How a patch makes its sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// Two operators: `sin(φ + index·sin(ratio·φ))`.
    Fm {
        /// Frequency of the modulator, in that of the carrier.
        ratio: f32,
        /// Depth at the beginning, radians; less where sidebands would pass half the frame rate.
        index: f32,
        /// Seconds in which the depth falls to 1/e.
        fade: f32,
        /// Octaves above its pitch at which it begins.
        drop: f32,
        /// Seconds in which what is too high falls to 1/e.
        drop_time: f32,
    },
    /// A tone that glides from its pitch by so many octaves over its length.
    Glide {
        /// Octaves, up or down.
        octaves: f32,
    },
    /// Four sines.
    Partials {
        /// Their frequencies in that of the pitch.
        ratios: [f32; 4],
        /// Their factors.
        gains: [f32; 4],
        /// How much faster the upper ones die away: 0 not at all.
        bright: f32,
    },
    /// Three detuned saws through a low-pass.
    Saws {
        /// How far the outer ones are from the pitch, as a share of it.
        spread: f32,
        /// The low-pass, in multiples of the pitch.
        cutoff: f32,
    },
    /// White noise, or what a filter at the pitch leaves of it.
    Noise {
        /// What is left.
        band: Band,
        /// How narrow.
        q: f32,
        /// Octaves by which the filter moves over the note's length.
        sweep: f32,
    },
    /// Sines in octaves that rise together, the lowest and the highest unheard.
    Shepard {
        /// Octaves that they rise over the note's length.
        octaves: f32,
    },
}

impl Source {
    /// A sine that begins `drop` octaves above its pitch.
    pub const fn sine(drop: f32, drop_time: f32) -> Self {
        Self::Fm {
            ratio: 1.0,
            index: 0.0,
            fade: 1.0,
            drop,
            drop_time,
        }
    }
}

/// What an instrument is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patch {
    /// What makes the sound.
    pub source: Source,
    /// How it begins and ends.
    pub envelope: Envelope,
    /// So that instruments are about equally loud.
    pub gain: f32,
}

/// The state of a source.
#[derive(Clone, Copy, Debug)]
enum Generator {
    Tone(tone::Tone),
    Glide(glide::Glide),
    Partials(partials::Partials),
    Saws(saws::Saws),
    Noise(noise::FilteredNoise),
    Shepard(glide::Shepard),
}

/// A note that sounds.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    generator: Generator,
    contour: Contour,
}

impl Voice {
    /// A note of a patch at a pitch in Hz, `length` seconds long (of struck ones: until they are 60 dB down), at `gain`.
    /// Noise depends on `seed`.
    pub fn new(patch: &Patch, hz: f32, length: f32, gain: f32, seed: u32) -> Self {
        Self::at_rate(patch, hz, length, gain, seed, RATE_HZ)
    }

    /// The same at another frame rate, in Hz: for measuring what a frame rate does.
    pub fn at_rate(patch: &Patch, hz: f32, length: f32, gain: f32, seed: u32, rate: f32) -> Self {
        let length = length.max(0.0015);
        let generator = match patch.source {
            Source::Fm {
                ratio,
                index,
                fade,
                drop,
                drop_time,
            } => Generator::Tone(tone::Tone::new(
                hz,
                (ratio, index, fade),
                (drop, drop_time),
                rate,
            )),
            Source::Glide { octaves } => {
                Generator::Glide(glide::Glide::new(hz, octaves, length, rate))
            }
            Source::Partials {
                ratios,
                gains,
                bright,
            } => Generator::Partials(partials::Partials::new(
                hz,
                (ratios, gains),
                bright / length,
                rate,
            )),
            Source::Saws { spread, cutoff } => {
                Generator::Saws(saws::Saws::new(hz, spread, cutoff, seed, rate))
            }
            Source::Noise { band, q, sweep } => Generator::Noise(noise::FilteredNoise::new(
                band,
                (hz, q),
                sweep / length,
                seed,
                rate,
            )),
            Source::Shepard { octaves } => {
                Generator::Shepard(glide::Shepard::new(hz, octaves / length, rate))
            }
        };
        Self {
            generator,
            contour: Contour::new(patch.envelope, length, gain * patch.gain, rate),
        }
    }

    /// Writes the next frames; afterwards whether there are more to come.
    #[inline(always)]
    pub fn render(&mut self, out: &mut [f32]) -> bool {
        match &mut self.generator {
            Generator::Tone(tone) => tone.render(out),
            Generator::Glide(glide) => glide.render(out),
            Generator::Partials(partials) => partials.render(out),
            Generator::Saws(saws) => saws.render(out),
            Generator::Noise(noise) => noise.render(out),
            Generator::Shepard(shepard) => shepard.render(out),
        }
        self.contour.shape(out)
    }

    /// Frames that are still to come.
    pub fn frames_left(&self) -> u32 {
        self.contour.frames_left()
    }
}

/// Steps of four partials' phases.
fn phase_steps(hz: f32, ratios: [f32; 4], rate: f32) -> [u32; 4] {
    // what would pass half the frame rate is left out
    ratios.map(|ratio| match hz * ratio {
        partial if partial < rate * 0.45 => phase_step(partial, rate),
        _ => 0,
    })
}

/// What a value that falls to 1/e in so many seconds is multiplied by at each frame.
fn decay_per_frame(seconds: f32, rate: f32) -> f32 {
    libm::expf(-1.0 / (seconds.max(1e-5) * rate))
}

/// `base` to a small power, by squares: fewer products than factors.
#[inline(always)]
fn power(base: f32, exponent: usize) -> f32 {
    let (mut power, mut square, mut left) = (1.0, base, exponent);
    while left > 0 {
        if left & 1 == 1 {
            power *= square;
        }
        square *= square;
        left >>= 1;
    }
    power
}
