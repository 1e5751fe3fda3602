//! Four sines that die away, the upper ones faster: strings, bells, metal.

use super::{decay_per_frame, phase_steps, power};
use crate::signal::sine;

#[derive(Clone, Copy, Debug)]
pub(super) struct Partials {
    phases: [u32; 4],
    steps: [u32; 4],
    gains: [f32; 4],
    fades: [f32; 4],
}

impl Partials {
    /// `bright` is how many times 1/e the second partial has lost after a second, beside the first; the third twice.
    pub fn new(hz: f32, (ratios, gains): ([f32; 4], [f32; 4]), bright: f32, rate: f32) -> Self {
        let steps = phase_steps(hz, ratios, rate);
        let mut fades = [1.0; 4];
        for (at, fade) in fades.iter_mut().enumerate().skip(1) {
            *fade = decay_per_frame(1.0 / (bright * at as f32).max(1e-3), rate);
        }
        Self {
            phases: [0; 4],
            steps,
            gains,
            fades,
        }
    }

    #[inline(always)]
    pub fn render(&mut self, out: &mut [f32]) {
        out.fill(0.0);
        for at in 0..4 {
            let (mut phase, step) = (self.phases[at], self.steps[at]);
            let (mut gain, fade) = (self.gains[at], self.fades[at]);
            if gain < 1e-5 || step == 0 {
                continue;
            }
            // straight over a block, so that four samples are computed at once
            let end = gain * power(fade, out.len());
            let softer = (end - gain) / out.len().max(1) as f32;
            for (at, sample) in out.iter_mut().enumerate() {
                let phase = phase.wrapping_add(step.wrapping_mul(at as u32));
                *sample += sine(phase) * (gain + softer * at as i32 as f32);
            }
            phase = phase.wrapping_add(step.wrapping_mul(out.len() as u32));
            gain = end;
            (self.phases[at], self.gains[at]) = (phase, gain);
        }
    }
}
