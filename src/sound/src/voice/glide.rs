//! Tones that glide: one sine, or sines in octaves that rise without end.

use super::power;
use crate::signal::{phase_step, sine};

/// A sine on its way to another pitch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glide {
    phase: u32,
    step: f32,
    factor: f32,
    /// The last step, where it stays.
    last: f32,
}

impl Glide {
    pub fn new(hz: f32, octaves: f32, seconds: f32, rate: f32) -> Self {
        let step = phase_step(hz, rate) as f32;
        Self {
            phase: 0,
            step,
            factor: libm::exp2f(octaves / (seconds * rate)),
            last: step * libm::exp2f(octaves),
        }
    }

    #[inline(always)]
    pub fn render(&mut self, out: &mut [f32]) {
        let end = self.step * power(self.factor, out.len());
        let end = if self.factor >= 1.0 {
            end.min(self.last)
        } else {
            end.max(self.last)
        };
        let gliding = Gliding::new(self.phase, self.step, end, out.len());
        for (at, sample) in out.iter_mut().enumerate() {
            *sample = sine(gliding.phase(at));
        }
        self.phase = gliding.phase(out.len());
        self.step = end;
    }
}

/// The phases of a block whose pitch moves steadily: each in a closed form, so that several are computed at once.
#[derive(Clone, Copy)]
struct Gliding {
    first: u32,
    step: u32,
    /// By how much the step grows with each frame.
    more: u32,
}

impl Gliding {
    #[inline(always)]
    fn new(first: u32, from: f32, to: f32, frames: usize) -> Self {
        Self {
            first,
            step: from as u32,
            more: ((to - from) / frames.max(1) as f32) as i32 as u32,
        }
    }

    #[inline(always)]
    fn phase(self, at: usize) -> u32 {
        let at = at as u32;
        let pairs = at.wrapping_mul(at.wrapping_sub(1)) / 2;
        self.first
            .wrapping_add(self.step.wrapping_mul(at))
            .wrapping_add(self.more.wrapping_mul(pairs))
    }
}

/// How many octaves sound together.
const OCTAVES: usize = 6;

/// Sines in octaves. Each is the louder the nearer it is to the middle, so that one does not hear that the uppermost
/// has gone and a new lowest has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shepard {
    phases: [u32; OCTAVES],
    lowest: f32,
    /// Octaves risen so far.
    risen: f32,
    /// Octaves per frame.
    rise: f32,
}

impl Shepard {
    pub fn new(hz: f32, octaves_per_second: f32, rate: f32) -> Self {
        Self {
            phases: [0; OCTAVES],
            lowest: phase_step(hz, rate) as f32,
            risen: 0.0,
            rise: octaves_per_second / rate,
        }
    }

    #[inline(always)]
    pub fn render(&mut self, out: &mut [f32]) {
        out.fill(0.0);
        let rises = self.rise * out.len() as f32;
        let gain = |place: f32| {
            let from_middle = 2.0 * place.min(1.0) - 1.0;
            let near = 1.0 - from_middle * from_middle;
            near * near * 0.5
        };
        for (octave, phase) in self.phases.iter_mut().enumerate() {
            let place = |risen: f32| (octave as f32 + risen) / OCTAVES as f32;
            let (now, then) = (gain(place(self.risen)), gain(place(self.risen + rises)));
            let louder = (then - now) / out.len().max(1) as f32;
            let step = |risen: f32| self.lowest * libm::exp2f(octave as f32 + risen);
            let (from, to) = (step(self.risen), step(self.risen + rises));
            let gliding = Gliding::new(*phase, from, to, out.len());
            for (at, sample) in out.iter_mut().enumerate() {
                *sample += sine(gliding.phase(at)) * (now + louder * at as i32 as f32);
            }
            *phase = gliding.phase(out.len());
        }
        self.risen += rises;
    }
}
