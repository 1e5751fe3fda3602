//! A little space: a feedback network of eight delay lines with a Hadamard matrix between them (Jot and Chaigne, 1991).

use super::Block;
use crate::signal::RATE_HZ;
use crate::voice::BLOCK;

const LINES: usize = 8;
/// Lengths in frames, without common factors; the longest is 53 ms.
const LENGTHS: [usize; LINES] = [1423, 1601, 1777, 1949, 2111, 2251, 2393, 2543];
/// Each line's ring holds this many frames.
const RING: usize = 4096;
/// Seconds until it is 60 dB down.
const SECONDS: f32 = 1.1;
/// Share of the new value in the low-pass of a line: high tones die sooner.
const BRIGHTNESS: f32 = 0.62;
/// Keeps the loop away from numbers too small for the processor's fast path.
const FAR_BELOW_HEARING: f32 = 1e-15;

#[derive(Clone, Debug)]
pub(super) struct Reverb {
    /// `[frame][line]`
    rings: Box<[[f32; LINES]]>,
    at: usize,
    damped: [f32; LINES],
    feedback: [f32; LINES],
}

impl Reverb {
    pub fn new() -> Self {
        let root = 1.0 / libm::sqrtf(LINES as f32);
        Self {
            rings: vec![[0.0; LINES]; RING].into(),
            at: 0,
            damped: [0.0; LINES],
            feedback: LENGTHS
                .map(|length| root * libm::powf(0.001, length as f32 / (SECONDS * RATE_HZ))),
        }
    }

    pub fn add(&mut self, send: &[f32; BLOCK], out: &mut Block) {
        for (&input, frame) in send.iter().zip(out.iter_mut()) {
            for (line, (damped, length)) in self.damped.iter_mut().zip(LENGTHS).enumerate() {
                let heard = self.rings[(self.at + RING - length) & (RING - 1)][line];
                *damped += (heard - *damped) * BRIGHTNESS;
            }
            let lines = self.damped;
            frame[0] += lines[0] - lines[2] + lines[4] - lines[6];
            frame[1] += lines[1] - lines[3] + lines[5] - lines[7];
            let mut mixed = lines;
            for half in [1, 2, 4] {
                let before = mixed;
                for line in 0..LINES {
                    let other = before[line ^ half];
                    mixed[line] = if line & half == 0 {
                        before[line] + other
                    } else {
                        other - before[line]
                    };
                }
            }
            let ring = &mut self.rings[self.at];
            for line in 0..LINES {
                ring[line] = input + mixed[line] * self.feedback[line] + FAR_BELOW_HEARING;
            }
            self.at = (self.at + 1) & (RING - 1);
        }
    }
}
