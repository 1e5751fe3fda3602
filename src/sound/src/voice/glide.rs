//! Tones that glide: one sine, or sines in octaves that rise without end.

use super::BLOCK;
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

    pub fn render(&mut self, out: &mut [f32]) {
        let mut phases = [0u32; BLOCK];
        let up = self.factor >= 1.0;
        for phase in &mut phases[..out.len()] {
            *phase = self.phase;
            self.phase = self.phase.wrapping_add(self.step as u32);
            let next = self.step * self.factor;
            self.step = if up {
                next.min(self.last)
            } else {
                next.max(self.last)
            };
        }
        for (sample, &phase) in out.iter_mut().zip(&phases) {
            *sample = sine(phase);
        }
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
            let (mut now, then) = (gain(place(self.risen)), gain(place(self.risen + rises)));
            let louder = (then - now) / out.len().max(1) as f32;
            let step = |risen: f32| self.lowest * libm::exp2f(octave as f32 + risen);
            let (mut on, end) = (step(self.risen), step(self.risen + rises));
            let higher = (end - on) / out.len().max(1) as f32;
            for sample in out.iter_mut() {
                *sample += sine(*phase) * now;
                *phase = phase.wrapping_add(on as u32);
                now += louder;
                on += higher;
            }
        }
        self.risen += rises;
    }
}
