//! Nothing passes the ceiling. The limiter sees a little ahead, so that its factor is where it must be before the peak
//! comes; between the samples it looks at points in the middle, where the true peak of a signal may be higher than any
//! sample.

use super::Block;
use crate::signal::Frame;
use crate::voice::BLOCK;

/// Frames that have one peak.
pub(crate) const STEP: usize = 16;
/// Steps that it sees ahead.
pub(crate) const AHEAD: usize = 7;
/// Frames by which it is late.
pub const LATENCY: usize = STEP * (AHEAD + 1);
/// Share of the way back to 1 in a step: about 60 ms.
const RELEASE: f32 = 0.005_5;
/// Taps of a half-band interpolator between the samples around the middle (windowed sinc, eight taps), outermost
/// first.
const BETWEEN: [f32; 4] = [-0.014_6, 0.065_9, -0.187_0, 0.635_7];

/// Hears how high each step is: the highest of its frames and of the points between them and those before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peaks {
    /// The last frames of the step before, for the points between.
    last: [Frame; 7],
}

impl Peaks {
    /// The peak of a step. Where no sample is above `unheard`, the points between are not looked at.
    #[inline(always)]
    pub fn of(&mut self, frames: &[Frame], unheard: f32) -> f32 {
        let mut peak = 0.0f32;
        let mut sides = [[0.0f32; STEP + 7]; 2];
        for (side, all) in sides.iter_mut().enumerate() {
            for (place, frame) in all.iter_mut().zip(self.last.iter().chain(frames)) {
                *place = frame[side];
            }
            for &sample in &all[7..] {
                let size = sample.abs();
                peak = if size > peak { size } else { peak };
            }
        }
        self.last.copy_from_slice(&frames[STEP - 7..]);
        if peak < unheard {
            return peak;
        }
        for all in &sides {
            let mut between = [0.0f32; STEP];
            for (tap, weight) in BETWEEN.into_iter().enumerate() {
                for (at, sum) in between.iter_mut().enumerate() {
                    *sum += (all[at + tap] + all[at + 7 - tap]) * weight;
                }
            }
            for sample in between {
                let size = sample.abs();
                peak = if size > peak { size } else { peak };
            }
        }
        peak
    }
}

/// What a limiter multiplies by: from the peaks of the steps, each of which it hears [`AHEAD`] steps before it leaves.
#[derive(Clone, Debug)]
pub(crate) struct Factors {
    ceiling: f32,
    /// What each step may be multiplied by, oldest first; the last is the newest.
    allowed: [f32; AHEAD + 2],
    factor: f32,
}

impl Factors {
    pub fn new(ceiling: f32) -> Self {
        Self {
            ceiling,
            allowed: [1.0; AHEAD + 2],
            factor: 1.0,
        }
    }

    /// Hears the peak of a step; the factor at the begin and at the end of the step that leaves, which is
    /// [`AHEAD`]` + 1` steps older.
    #[inline(always)]
    pub fn next(&mut self, peak: f32) -> (f32, f32) {
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
        (before, self.factor)
    }
}

/// A limiter of two sides, which share its factor.
#[derive(Clone, Debug)]
pub struct Limiter {
    peaks: Peaks,
    factors: Factors,
    /// Frames on their way, in a ring of steps.
    waiting: [[Frame; STEP]; AHEAD + 1],
    /// The step that is oldest.
    oldest: usize,
}

impl Limiter {
    /// Nothing is above `ceiling`, an amplitude.
    pub fn new(ceiling: f32) -> Self {
        Self {
            peaks: Peaks::default(),
            factors: Factors::new(ceiling),
            waiting: [[[0.0; 2]; STEP]; AHEAD + 1],
            oldest: 0,
        }
    }

    /// Works in place; what comes out is [`LATENCY`] frames old.
    #[inline(always)]
    pub fn limit(&mut self, block: &mut Block) {
        // far below the ceiling no point between can be above it
        let unheard = self.factors.ceiling * 0.4;
        for frames in block.chunks_exact_mut(STEP) {
            let (before, after) = self.factors.next(self.peaks.of(frames, unheard));
            let step = (after - before) / STEP as f32;
            let old = &mut self.waiting[self.oldest];
            for (at, (frame, old)) in frames.iter_mut().zip(old).enumerate() {
                let factor = before + step * at as i32 as f32;
                let leaves = [old[0] * factor, old[1] * factor];
                *old = *frame;
                *frame = leaves;
            }
            self.oldest = (self.oldest + 1) % (AHEAD + 1);
        }
    }
}

const _: () = assert!(BLOCK.is_multiple_of(STEP) && LATENCY.is_multiple_of(BLOCK));
