//! Measuring: loudness by EBU R 128, true peak by ITU-R BS.1770, with the crate `ebur128`.

use ebur128::{EbuR128, Mode};
use serde::Serialize;

use crate::signal::{Frame, RATE, to_db};

/// What was measured of a stretch of sound.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Seconds.
    pub seconds: f64,
    /// Integrated loudness, LUFS; −∞ of silence or of less than 0.4 s.
    pub lufs: f64,
    /// Loudness range, LU.
    pub range: f64,
    /// True peak, dBTP.
    pub true_peak: f64,
    /// The least power of a whole second, dBFS.
    pub quietest_second: f64,
}

/// Measures what it hears piece by piece.
#[derive(Debug)]
pub struct Meter {
    /// None where the library has no memory for it.
    loudness: Option<EbuR128>,
    peak: TruePeak,
    frames: u64,
    /// Of the second that is under way.
    power: f64,
    quietest: f64,
}

impl Default for Meter {
    fn default() -> Self {
        Self::new()
    }
}

impl Meter {
    /// One that has heard nothing.
    pub fn new() -> Self {
        Self {
            loudness: EbuR128::new(2, RATE, Mode::I | Mode::LRA).ok(),
            peak: TruePeak::new(),
            frames: 0,
            power: 0.0,
            quietest: f64::INFINITY,
        }
    }

    /// All of it at once.
    pub fn measure(frames: &[Frame]) -> Measured {
        let mut meter = Self::new();
        meter.hear(frames);
        meter.measured()
    }

    /// Hears the next frames.
    pub fn hear(&mut self, frames: &[Frame]) {
        let mut frames = frames;
        while !frames.is_empty() {
            let second = u64::from(RATE);
            let left = (second - self.frames % second) as usize;
            let (now, later) = frames.split_at(left.min(frames.len()));
            if let Some(meter) = &mut self.loudness {
                // two channels were announced, and two there are
                let _ = meter.add_frames_f32(now.as_flattened());
            }
            self.peak.hear(now);
            let power = now
                .iter()
                .map(|frame| f64::from(frame[0] * frame[0] + frame[1] * frame[1]) * 0.5);
            self.power += power.sum::<f64>();
            self.frames += now.len() as u64;
            if self.frames.is_multiple_of(second) {
                self.quietest = self.quietest.min(self.power / f64::from(RATE));
                self.power = 0.0;
            }
            frames = later;
        }
    }

    /// What it has heard.
    pub fn measured(&self) -> Measured {
        // of a stretch shorter than a second, all of it
        let quietest = if self.quietest.is_finite() {
            self.quietest
        } else {
            self.power / self.frames.max(1) as f64
        };
        let told = |tell: fn(&EbuR128) -> Result<f64, ebur128::Error>, otherwise| {
            let meter = self.loudness.as_ref();
            meter
                .and_then(|meter| tell(meter).ok())
                .unwrap_or(otherwise)
        };
        Measured {
            seconds: self.frames as f64 / f64::from(RATE),
            lufs: told(EbuR128::loudness_global, f64::NEG_INFINITY),
            range: told(EbuR128::loudness_range, 0.0),
            true_peak: f64::from(to_db(self.peak.most as f32)),
            quietest_second: 10.0 * libm::log10(quietest.max(1e-30)),
        }
    }
}

/// Frames that are looked at together.
const TOGETHER: usize = 64;
/// Frames that a point between samples depends on, at most.
const TAPS: usize = 12;
/// No point between samples is farther from zero than this, in the highest of the samples around it: more than the sum
/// of the absolute values of the interpolator's weights, which is 1.87 at most.
const REACH: f32 = 2.0;

/// The true peak. Frames that are too soft to hold it are not interpolated.
#[derive(Debug)]
struct TruePeak {
    meter: Option<EbuR128>,
    last: [Frame; TAPS],
    /// Whether the meter has heard the last frames.
    heard: bool,
    most: f64,
}

impl TruePeak {
    fn new() -> Self {
        Self {
            meter: EbuR128::new(2, RATE, Mode::TRUE_PEAK).ok(),
            last: [[0.0; 2]; TAPS],
            heard: true,
            most: 0.0,
        }
    }

    fn hear(&mut self, frames: &[Frame]) {
        let highest = |frames: &[Frame]| {
            let samples = frames.as_flattened().iter();
            samples.fold(0.0f32, |most, sample| {
                if sample.abs() > most {
                    sample.abs()
                } else {
                    most
                }
            })
        };
        for frames in frames.chunks(TOGETHER) {
            let peak = highest(frames).max(highest(&self.last));
            let may_be = f64::from(peak * REACH) > self.most;
            if let (true, Some(meter)) = (may_be, &mut self.meter) {
                if !self.heard {
                    let _ = meter.seed_frames_f32(self.last.as_flattened());
                }
                let _ = meter.add_frames_f32(frames.as_flattened());
                for side in 0..2 {
                    self.most = self.most.max(meter.true_peak(side).unwrap_or(0.0));
                }
            }
            self.heard = may_be;
            let kept = TAPS.saturating_sub(frames.len());
            self.last.rotate_left(TAPS - kept);
            let new = &frames[frames.len() - (TAPS - kept)..];
            self.last[kept..].copy_from_slice(new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::Noise;

    #[test]
    fn the_peak_between_samples_is_found_though_soft_frames_are_passed_over() {
        let mut noise = Noise::new(9);
        for loudness in [0.1f32, 0.9] {
            // noise that swells and fades, so that the peak comes from the soft into the loud
            let frames: Vec<Frame> = (0..48_000)
                .map(|at| {
                    let swell = 1.0 - ((at % 4_000) as f32 / 2_000.0 - 1.0).abs();
                    [noise.next() * loudness * swell, noise.next() * 0.3]
                })
                .collect();
            let mut whole = EbuR128::new(2, RATE, Mode::TRUE_PEAK).unwrap();
            whole.add_frames_f32(frames.as_flattened()).unwrap();
            let most = whole.true_peak(0).unwrap().max(whole.true_peak(1).unwrap());
            for size in [7, 64, 1000, 48_000] {
                let mut peak = TruePeak::new();
                frames.chunks(size).for_each(|frames| peak.hear(frames));
                assert_eq!(peak.most, most, "pieces of {size}");
            }
        }
    }
}
