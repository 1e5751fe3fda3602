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

    #[inline(always)]
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
        out.copy_from_slice(sum);
        for held in &mut self.held {
            *held = smoothed(out, *held, self.share);
        }
    }
}

/// A one-pole low-pass in place, which holds `held`; what it holds afterwards. Four samples at once: what they make of
/// each other waits for nothing, and only the last of four is waited for by the next four.
#[inline(always)]
fn smoothed(samples: &mut [f32], held: f32, share: f32) -> f32 {
    let kept = 1.0 - share;
    let square = kept * kept;
    let powers = [kept, square, square * kept, square * square];
    let mut held = held;
    let mut fours = samples.chunks_exact_mut(4);
    for four in &mut fours {
        let mut own = 0.0;
        for sample in four.iter_mut() {
            own = own * kept + *sample * share;
            *sample = own;
        }
        for (sample, power) in four.iter_mut().zip(powers) {
            *sample += held * power;
        }
        held = four[3];
    }
    for sample in fours.into_remainder() {
        held = held * kept + *sample * share;
        *sample = held;
    }
    held
}
