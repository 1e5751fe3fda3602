//! How loud a stretch will be behind a gain and the limiter, from hearing it once: of each step of the limiter the peak
//! and the weighted power are kept, 8 bytes for 16 frames, and what another gain makes of them is arithmetic of these.
//!
//! The weighting and the gates are those of ITU-R BS.1770-4 (annex 1), with `libm` alone, so that a soundtrack's gain has
//! the same bits on every machine; what is told to a user is measured by `ebur128`, beside which this is tested.

use pulp::{Arch, Simd, WithSimd};

use crate::mix::{AHEAD, Factors, Peaks, STEP};
use crate::signal::{Frame, RATE, RATE_HZ};

/// What was heard of a step.
#[derive(Clone, Copy, Debug)]
struct Heard {
    /// The highest absolute value, points between samples included.
    peak: f32,
    /// Sum of the squares of both sides, weighted.
    power: f32,
}

/// Hears a stretch without gain and says how loud another gain would make it.
#[derive(Debug)]
pub(crate) struct Forecast {
    heard: Vec<Heard>,
    weighting: Weighting,
    peaks: Peaks,
    arch: Arch,
}

/// Steps of a tenth of a second, by which the gates' blocks of 0.4 s move.
const TENTH: usize = (RATE / 10) as usize / STEP;
const _: () = assert!(TENTH * STEP * 10 == RATE as usize);
/// Blocks below this are silence: −70 LUFS, as power.
const ABSOLUTE_GATE: f64 = 1.172_465e-7;
/// Blocks so far below the mean of the others do not count: −10 LU.
const RELATIVE_GATE: f64 = 0.1;
/// LUFS of a mean power of 1.
const OFFSET: f64 = -0.691;

impl Forecast {
    /// Nothing heard yet; room for so many frames.
    pub fn new(frames: usize) -> Self {
        Self {
            heard: Vec::with_capacity(frames / STEP + 1),
            weighting: Weighting::new(),
            peaks: Peaks::default(),
            arch: Arch::new(),
        }
    }

    /// Hears frames, a multiple of [`STEP`] but for the last; those beyond are not heard.
    pub fn hear(&mut self, frames: &[Frame]) {
        self.arch.dispatch(Hear {
            frames,
            heard: &mut self.heard,
            weighting: &mut self.weighting,
            peaks: &mut self.peaks,
        });
    }

    /// The integrated loudness as it was heard, LUFS; −∞ of silence or of less than 0.4 s.
    pub fn loudness(&self) -> f64 {
        integrated(self.heard.iter().map(|heard| f64::from(heard.power)))
    }

    /// The same behind a gain (a factor) and the limiter.
    pub fn behind(&self, gain: f32, ceiling: f32) -> f64 {
        let mut factors = Factors::new(ceiling);
        // the limiter is late: with a step's peak it says the factor of an earlier step
        let peaks = self.heard.iter().map(|heard| heard.peak * gain);
        let factors = peaks
            .chain(std::iter::repeat_n(0.0, AHEAD + 1))
            .map(|peak| factors.next(peak))
            .skip(AHEAD + 1);
        integrated(self.heard.iter().zip(factors).map(|(heard, (from, to))| {
            let factor = gain * (from + to) * 0.5;
            f64::from(heard.power * factor * factor)
        }))
    }
}

/// The integrated loudness of powers of steps, LUFS.
fn integrated(steps: impl Iterator<Item = f64>) -> f64 {
    let mut tenths = Vec::new();
    let (mut sum, mut count) = (0.0, 0);
    for power in steps {
        sum += power;
        count += 1;
        if count == TENTH {
            tenths.push(sum);
            (sum, count) = (0.0, 0);
        }
    }
    let blocks: Vec<f64> = tenths
        .windows(4)
        .map(|four| four.iter().sum::<f64>() / (4 * TENTH * STEP) as f64)
        .filter(|&power| power >= ABSOLUTE_GATE)
        .collect();
    let mean = |least: f64| {
        let above = blocks.iter().filter(|&&power| power >= least);
        let (sum, count) = above.fold((0.0, 0u32), |(sum, count), power| (sum + power, count + 1));
        sum / f64::from(count.max(1))
    };
    let power = mean(mean(0.0) * RELATIVE_GATE);
    if power > 0.0 {
        OFFSET + 10.0 * libm::log10(power)
    } else {
        f64::NEG_INFINITY
    }
}

/// The filter in front of the powers: a high shelf for the head, then a high-pass, as one filter of fourth order.
#[derive(Clone, Copy, Debug)]
struct Weighting {
    b: [f64; 5],
    /// Without the first, which is 1.
    a: [f64; 4],
    /// `[frames ago][side]`
    state: [[f64; 2]; 4],
}

impl Weighting {
    fn new() -> Self {
        // the analogue prototypes behind the table of BS.1770, of Brecht De Man, "Evaluation of Implementations of the
        // EBU R128 Loudness Measurement" (2018)
        let warp = |hz: f64| libm::tan(core::f64::consts::PI * hz / f64::from(RATE_HZ));
        let (k, q) = (warp(1_681.974_450_955_533), 0.707_175_236_955_419_6);
        let high = libm::pow(10.0, 3.999_843_853_973_347 / 20.0);
        let middle = libm::pow(high, 0.499_666_774_154_541_6);
        let over = 1.0 / (1.0 + k / q + k * k);
        let shelf = [
            (high + middle * k / q + k * k) * over,
            2.0 * (k * k - high) * over,
            (high - middle * k / q + k * k) * over,
        ];
        let shelf_back = [
            1.0,
            2.0 * (k * k - 1.0) * over,
            (1.0 - k / q + k * k) * over,
        ];
        let (k, q) = (warp(38.135_470_876_024_44), 0.500_327_037_323_877_3);
        let over = 1.0 / (1.0 + k / q + k * k);
        let pass_back = [
            1.0,
            2.0 * (k * k - 1.0) * over,
            (1.0 - k / q + k * k) * over,
        ];
        let b = product(shelf, [1.0, -2.0, 1.0]);
        let [_, a @ ..] = product(shelf_back, pass_back);
        Self {
            b,
            a,
            state: [[0.0; 2]; 4],
        }
    }

    /// The weighted power of these frames, both sides together.
    #[inline(always)]
    fn power(&mut self, frames: &[Frame]) -> f32 {
        let [b0, b1, b2, b3, b4] = self.b;
        let [a1, a2, a3, a4] = self.a;
        let mut sums = [0.0f64; 2];
        let mut state = self.state;
        for frame in frames {
            let mut newest = [0.0; 2];
            for side in 0..2 {
                let [s1, s2, s3, s4] = [0, 1, 2, 3].map(|ago: usize| state[ago][side]);
                // what is oldest first: only the last product waits for the frame before
                let into = f64::from(frame[side]) - a4 * s4 - a3 * s3 - a2 * s2 - a1 * s1;
                let out = b4 * s4 + b3 * s3 + b2 * s2 + b1 * s1 + b0 * into;
                sums[side] += out * out;
                newest[side] = into;
            }
            state = [newest, state[0], state[1], state[2]];
        }
        self.state = state;
        (sums[0] + sums[1]) as f32
    }
}

/// The product of two polynomials.
fn product(a: [f64; 3], b: [f64; 3]) -> [f64; 5] {
    let mut product = [0.0; 5];
    for (at, a) in a.into_iter().enumerate() {
        for (also, b) in b.into_iter().enumerate() {
            product[at + also] += a * b;
        }
    }
    product
}

/// Hears frames with the processor's widest instructions.
struct Hear<'a> {
    frames: &'a [Frame],
    heard: &'a mut Vec<Heard>,
    weighting: &'a mut Weighting,
    peaks: &'a mut Peaks,
}

impl WithSimd for Hear<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for frames in self.frames.chunks_exact(STEP) {
            self.heard.push(Heard {
                peak: self.peaks.of(frames, 0.0),
                power: self.weighting.power(frames),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loudness::Meter;
    use crate::mix::{Block, Master};
    use crate::signal::Noise;

    #[test]
    fn what_is_foretold_is_what_is_measured() {
        let mut noise = Noise::new(4);
        let (mut held, mut at) = (0.0, 0);
        // bursts with bass, some of which the limiter has to hold
        let frames: Vec<Frame> = std::iter::repeat_with(|| {
            at += 1;
            held += (noise.next() - held) * 0.1;
            let loud = [0.02, 0.9, 0.3, 0.0][at / 24_000 % 4];
            [held * loud * 2.0, (noise.next() + held) * loud * 0.5]
        })
        .take(12 * 48_000)
        .collect();
        let mut forecast = Forecast::new(frames.len());
        forecast.hear(&frames);
        let measured = Meter::measure(&frames).lufs;
        assert!((forecast.loudness() - measured).abs() < 0.01, "{measured}");
        for gain in [0.5, 1.0, 4.0] {
            let mut master = Master::new(gain, 0.841);
            let mut limited = Vec::new();
            for frames in frames.as_chunks::<64>().0 {
                let mut block: Block = *frames;
                master.finish(&mut block);
                limited.extend(block);
            }
            let measured = Meter::measure(&limited).lufs;
            let foretold = forecast.behind(gain, 0.841);
            assert!(
                (foretold - measured).abs() < 0.2,
                "{gain}: {foretold} {measured}"
            );
        }
    }

    #[test]
    fn silence_and_what_is_too_short_have_no_loudness() {
        for frames in [vec![[0.0; 2]; 96_000], vec![[0.5; 2]; 9_600]] {
            let mut forecast = Forecast::new(frames.len());
            forecast.hear(&frames);
            assert_eq!(forecast.loudness(), f64::NEG_INFINITY);
        }
    }
}
