//! A little space: a feedback network of four delay lines, each of which hears all (Jot and Chaigne, 1991), behind two
//! all-pass filters that spread what comes in.

use super::{Block, FAR_BELOW_HEARING};
use crate::signal::RATE_HZ;
use crate::voice::BLOCK;

const LINES: usize = 4;
/// Lengths in frames, without common factors; the longest is 53 ms.
const LENGTHS: [usize; LINES] = [1427, 1789, 2131, 2543];
/// Lengths of the all-pass filters, in frames, and their factor.
const SPREADS: [usize; 2] = [241, 571];
const SPREAD: f32 = 0.62;
/// Each ring holds this many frames.
const RING: usize = 4096;
/// Seconds until it is 60 dB down.
const SECONDS: f32 = 1.1;
/// Share of the new value in the low-pass of a line: high tones die sooner.
const BRIGHTNESS: f32 = 0.62;

#[derive(Clone, Debug)]
pub(super) struct Reverb {
    /// `[frame][line]`
    lines: Box<[[f32; LINES]; RING]>,
    spreads: [Box<[f32; RING]>; 2],
    at: usize,
    damped: [f32; LINES],
    feedback: [f32; LINES],
}

impl Reverb {
    pub fn new() -> Self {
        Self {
            lines: Box::new([[0.0; LINES]; RING]),
            spreads: [Box::new([0.0; RING]), Box::new([0.0; RING])],
            at: 0,
            damped: [0.0; LINES],
            feedback: LENGTHS.map(|length| libm::powf(0.001, length as f32 / (SECONDS * RATE_HZ))),
        }
    }

    #[inline(always)]
    pub fn add(&mut self, send: &[f32; BLOCK], out: &mut Block) {
        let mut input = *send;
        for (ring, length) in self.spreads.iter_mut().zip(SPREADS) {
            let mut old = [0.0f32; BLOCK];
            let from = (self.at + RING - length) % RING;
            let whole = BLOCK.min(RING - from);
            old[..whole].copy_from_slice(&ring[from..from + whole]);
            old[whole..].copy_from_slice(&ring[..BLOCK - whole]);
            // a block never passes the ring's end
            let now = &mut ring[self.at..self.at + BLOCK];
            for ((sample, now), old) in input.iter_mut().zip(now).zip(old) {
                let into = *sample - SPREAD * old + FAR_BELOW_HEARING;
                *now = into;
                *sample = old + SPREAD * into;
            }
        }
        let mut damped = self.damped;
        for (at, (&input, frame)) in input.iter().zip(out.iter_mut()).enumerate() {
            let now = (self.at + at) % RING;
            let mut heard = [0.0f32; LINES];
            for (heard, (line, length)) in heard.iter_mut().zip(LENGTHS.into_iter().enumerate()) {
                *heard = self.lines[(now + RING - length) % RING][line];
            }
            for (damped, heard) in damped.iter_mut().zip(heard) {
                *damped = *damped * (1.0 - BRIGHTNESS) + heard * BRIGHTNESS;
            }
            frame[0] += damped[0] - damped[2];
            frame[1] += damped[1] - damped[3];
            // each line goes on with itself less half of all (Householder's matrix)
            let half = (damped[0] + damped[1] + damped[2] + damped[3]) * 0.5;
            let mut written = [0.0f32; LINES];
            for ((written, damped), feedback) in written.iter_mut().zip(damped).zip(self.feedback) {
                *written = input + (damped - half) * feedback + FAR_BELOW_HEARING;
            }
            self.lines[now] = written;
        }
        self.damped = damped;
        self.at = (self.at + BLOCK) % RING;
    }
}

const _: () = assert!(RING.is_multiple_of(BLOCK) && SPREADS[0] > BLOCK && LENGTHS[0] > BLOCK);
