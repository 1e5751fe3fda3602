//! A sine whose phase another sine bends, and whose pitch may fall at the beginning.

use super::{BLOCK, decay_per_frame, power};
use crate::signal::{phase_step, sine};

#[derive(Clone, Copy, Debug)]
pub(super) struct Tone {
    phase: u32,
    step: u32,
    modulator: u32,
    ratio: f32,
    /// Depth in 2⁻²⁰ turns.
    depth: f32,
    fade: f32,
    /// What the pitch is too high by, in steps.
    above: f32,
    fall: f32,
}

/// 2²⁰ / 2π
const PER_RADIAN: f32 = 166_886.05;

impl Tone {
    pub fn new(
        hz: f32,
        (ratio, index, fade): (f32, f32, f32),
        (drop, drop_time): (f32, f32),
        rate: f32,
    ) -> Self {
        // Sidebands lie at hz ± n·ratio·hz; beyond n = index + 3 they are 60 dB down and less.
        let highest = hz * libm::exp2f(drop);
        let room = (20_000.0 - highest) / (highest * ratio) - 3.0;
        let depth = index.min(room.max(0.0)) * PER_RADIAN;
        let step = phase_step(hz, rate);
        let above = (libm::exp2f(drop) - 1.0) * step as f32;
        Self {
            phase: 0,
            step,
            modulator: 0,
            ratio,
            depth,
            fade: decay_per_frame(fade, rate),
            above,
            fall: decay_per_frame(drop_time, rate),
        }
    }

    #[inline(always)]
    pub fn render(&mut self, out: &mut [f32]) {
        let mut phases = [0u32; BLOCK];
        if self.above > 1.0 {
            for phase in &mut phases[..out.len()] {
                *phase = self.phase;
                let step = self.step.wrapping_add(self.above as u32);
                self.phase = self.phase.wrapping_add(step);
                self.above *= self.fall;
            }
        } else {
            for (at, phase) in phases[..out.len()].iter_mut().enumerate() {
                *phase = self.phase.wrapping_add(self.step.wrapping_mul(at as u32));
            }
            self.phase = self
                .phase
                .wrapping_add(self.step.wrapping_mul(out.len() as u32));
        }
        if self.depth > 16.0 {
            let step = (self.step as f32 * self.ratio) as u32;
            // straight over a block, so that four samples are computed at once
            let end = self.depth * power(self.fade, out.len());
            let less = (end - self.depth) / out.len().max(1) as f32;
            for (at, phase) in phases[..out.len()].iter_mut().enumerate() {
                let modulator = self.modulator.wrapping_add(step.wrapping_mul(at as u32));
                let bend = sine(modulator) * (self.depth + less * at as i32 as f32);
                *phase = phase.wrapping_add((bend as i32 as u32) << 12);
            }
            self.modulator = self
                .modulator
                .wrapping_add(step.wrapping_mul(out.len() as u32));
            self.depth = end;
        }
        for (sample, &phase) in out.iter_mut().zip(&phases) {
            *sample = sine(phase);
        }
    }
}
