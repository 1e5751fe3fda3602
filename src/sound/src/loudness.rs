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

/// Measures.
pub struct Meter;

impl Meter {
    /// The integrated loudness of blocks of frames, LUFS; −∞ of silence or of less than 0.4 s.
    pub fn loudness(blocks: impl Iterator<Item: AsRef<[Frame]>>) -> f64 {
        let Ok(mut meter) = EbuR128::new(2, RATE, Mode::I) else {
            return f64::NEG_INFINITY;
        };
        for block in blocks {
            // two channels were announced, and two there are
            let _ = meter.add_frames_f32(block.as_ref().as_flattened());
        }
        meter.loudness_global().unwrap_or(f64::NEG_INFINITY)
    }

    /// All of it.
    pub fn measure(frames: &[Frame]) -> Measured {
        let mut measured = Measured {
            seconds: frames.len() as f64 / f64::from(RATE),
            lufs: f64::NEG_INFINITY,
            range: 0.0,
            true_peak: f64::NEG_INFINITY,
            quietest_second: quietest_second(frames),
        };
        let mode = Mode::I | Mode::LRA | Mode::TRUE_PEAK;
        let Ok(mut meter) = EbuR128::new(2, RATE, mode) else {
            return measured;
        };
        if meter.add_frames_f32(frames.as_flattened()).is_err() {
            return measured;
        }
        measured.lufs = meter.loudness_global().unwrap_or(f64::NEG_INFINITY);
        measured.range = meter.loudness_range().unwrap_or(0.0);
        let peak = |side| meter.true_peak(side).unwrap_or(0.0);
        measured.true_peak = f64::from(to_db(peak(0).max(peak(1)) as f32));
        measured
    }
}

/// The least power of a whole second, dBFS; of a stretch shorter than one, that of all of it.
fn quietest_second(frames: &[Frame]) -> f64 {
    let second = (RATE as usize).min(frames.len().max(1));
    let power = |frames: &[Frame]| {
        let sum: f64 = frames
            .iter()
            .map(|frame| f64::from(frame[0] * frame[0] + frame[1] * frame[1]) * 0.5)
            .sum();
        sum / second as f64
    };
    let least = frames
        .chunks_exact(second)
        .map(power)
        .fold(f64::INFINITY, f64::min);
    if least.is_finite() {
        10.0 * libm::log10(least.max(1e-30))
    } else {
        f64::NEG_INFINITY
    }
}
