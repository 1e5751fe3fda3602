//! Three saws a little out of tune, through a low-pass. A saw is the difference of neighbouring values of a parabola
//! (Välimäki, "Discrete-time synthesis of the sawtooth waveform with reduced aliasing", 2005): what would fold back is
//! far below what is heard at the pitches of pads.

use super::BLOCK;
use crate::signal::{mix, phase_step};

#[derive(Clone, Copy, Debug)]
pub(super) struct Saws {
    phases: [u32; 3],
    steps: [u32; 3],
    /// Of the low-pass: two one-pole filters in a row.
    share: f32,
    held: [f32; 2],
}

impl Saws {
    pub fn new(hz: f32, spread: f32, cutoff: f32, seed: u32, rate: f32) -> Self {
        let steps = [1.0 - spread, 1.0, 1.0 + spread * 0.83].map(|f| phase_step(hz * f, rate));
        let cutoff = (hz * cutoff).min(rate * 0.2);
        Self {
            phases: [mix(seed), mix(seed ^ 1), mix(seed ^ 2)],
            steps,
            share: 1.0 - libm::expf(-core::f32::consts::TAU * cutoff / rate),
            held: [0.0; 2],
        }
    }

    pub fn render(&mut self, out: &mut [f32]) {
        let mut sum = [0.0f32; BLOCK];
        let sum = &mut sum[..out.len()];
        for (phase, &step) in self.phases.iter_mut().zip(&self.steps) {
            let scale = 0.33 / (step.max(1) as f32 * (4.0 / 4_294_967_296.0));
            let first = *phase;
            for (at, sample) in sum.iter_mut().enumerate() {
                let now = first.wrapping_add(step.wrapping_mul(at as u32));
                let x = now as i32 as f32 * (1.0 / 2_147_483_648.0);
                let before = now.wrapping_sub(step) as i32 as f32 * (1.0 / 2_147_483_648.0);
                *sample += (x * x - before * before) * scale;
            }
            *phase = first.wrapping_add(step.wrapping_mul(sum.len() as u32));
        }
        let [mut first, mut second] = self.held;
        let kept = 1.0 - self.share;
        for (sample, &saw) in out.iter_mut().zip(sum.iter()) {
            first = first * kept + saw * self.share;
            second = second * kept + first * self.share;
            *sample = second;
        }
        self.held = [first, second];
    }
}
