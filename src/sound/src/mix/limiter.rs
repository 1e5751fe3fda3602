//! Nothing passes the ceiling. The limiter sees a little ahead, so that its factor is where it must be before the peak
//! comes; between the samples it looks at points in the middle, where the true peak of a signal may be higher than any
//! sample.

use super::Block;
use crate::signal::Frame;
use crate::voice::BLOCK;

/// Frames that have one peak.
const STEP: usize = 16;
/// Steps that it sees ahead.
const AHEAD: usize = 7;
/// Frames by which it is late.
pub const LATENCY: usize = STEP * (AHEAD + 1);
/// Share of the way back to 1 in a step: about 60 ms.
const RELEASE: f32 = 0.005_5;
/// Taps of a half-band interpolator between the samples around the middle (windowed sinc, eight taps), outermost
/// first.
const BETWEEN: [f32; 4] = [-0.014_6, 0.065_9, -0.187_0, 0.635_7];

/// A limiter of two sides, which share its factor.
#[derive(Clone, Debug)]
pub struct Limiter {
    ceiling: f32,
    /// Frames on their way, oldest first.
    waiting: [Frame; LATENCY],
    /// What each step may be multiplied by, oldest first; the last is the newest.
    allowed: [f32; AHEAD + 2],
    factor: f32,
    /// The last frames of the step before, for the points between.
    last: [Frame; 7],
}

impl Limiter {
    /// Nothing is above `ceiling`, an amplitude.
    pub fn new(ceiling: f32) -> Self {
        Self {
            ceiling,
            waiting: [[0.0; 2]; LATENCY],
            allowed: [1.0; AHEAD + 2],
            factor: 1.0,
            last: [[0.0; 2]; 7],
        }
    }

    /// Works in place; what comes out is [`LATENCY`] frames old.
    pub fn limit(&mut self, block: &mut Block) {
        for frames in block.chunks_exact_mut(STEP) {
            let peak = self.peak(frames);
            self.allowed.rotate_left(1);
            self.allowed[AHEAD + 1] = if peak > self.ceiling {
                self.ceiling / peak
            } else {
                1.0
            };
            // The frames that leave now are those of step 0 and the beginning of the next is the edge to step 1: the
            // factor there must suit both, and be on its way to what comes later.
            let mut wanted = 1.0f32;
            for step in 0..=AHEAD {
                let edge = self.allowed[step].min(self.allowed[step + 1]);
                wanted = wanted.min(edge + (1.0 - edge) * (step as f32 / (AHEAD + 1) as f32));
            }
            let before = self.factor;
            self.factor = wanted.min(before + (1.0 - before) * RELEASE);
            let step = (self.factor - before) / STEP as f32;
            for (at, frame) in frames.iter_mut().enumerate() {
                let old = self.waiting[at];
                let factor = before + step * at as f32;
                self.waiting[at] = *frame;
                *frame = [old[0] * factor, old[1] * factor];
            }
            self.waiting.rotate_left(STEP);
        }
    }

    /// The highest value of these frames and of the points between them and those before.
    fn peak(&mut self, frames: &[Frame]) -> f32 {
        let mut all = [[0.0f32; 2]; STEP + 7];
        all[..7].copy_from_slice(&self.last);
        all[7..].copy_from_slice(frames);
        self.last.copy_from_slice(&all[STEP..]);
        let mut peak = 0.0f32;
        for frame in frames {
            peak = peak.max(frame[0].abs()).max(frame[1].abs());
        }
        // far below the ceiling no point between can be above it
        if peak < self.ceiling * 0.4 {
            return peak;
        }
        for around in all.windows(8) {
            let mut between = [0.0f32; 2];
            for (tap, weight) in BETWEEN.into_iter().enumerate() {
                let (a, b) = (around[tap], around[7 - tap]);
                between[0] += (a[0] + b[0]) * weight;
                between[1] += (a[1] + b[1]) * weight;
            }
            peak = peak.max(between[0].abs()).max(between[1].abs());
        }
        peak
    }
}

const _: () = assert!(BLOCK.is_multiple_of(STEP) && LATENCY.is_multiple_of(BLOCK));
