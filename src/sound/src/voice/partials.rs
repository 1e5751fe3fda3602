//! Four sines that die away, the upper ones faster: strings, bells, metal.

use super::{decay_per_frame, phase_steps};
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

    pub fn render(&mut self, out: &mut [f32]) {
        out.fill(0.0);
        for at in 0..4 {
            let (mut phase, step) = (self.phases[at], self.steps[at]);
            let (mut gain, fade) = (self.gains[at], self.fades[at]);
            if gain < 1e-5 || step == 0 {
                continue;
            }
            for sample in out.iter_mut() {
                *sample += sine(phase) * gain;
                phase = phase.wrapping_add(step);
                gain *= fade;
            }
            (self.phases[at], self.gains[at]) = (phase, gain);
        }
    }
}
