//! AAC-LC sound: samples in, access units out.

use syom::{EncodeOptions, Encoder};

use crate::{FilmError, SAMPLE_RATE};

/// Samples in an access unit.
pub const UNIT: u64 = 1024;

/// Decoded samples before the first sample that was put in: a decoder's first unit only fades in.
pub const PRIMING: u64 = 1024;

/// Bits in a second; music has no audible loss with it.
const BITS_PER_SECOND: u32 = 192_000;

/// A whole soundtrack, encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AacTrack {
    /// `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1).
    pub configuration: Vec<u8>,
    /// Access units in order: unit `k` decodes to the samples from `1024 k − 1024`.
    pub units: Vec<Vec<u8>>,
    /// Samples per channel that were put in.
    pub samples: u64,
}

impl AacTrack {
    /// How many units begin before a sample of the soundtrack's end is reached: those that a film needs
    /// which ends there.
    pub fn units_until(samples: u64) -> u64 {
        (samples + PRIMING).div_ceil(UNIT)
    }

    /// The unit that holds a sample.
    pub fn unit_of(sample: u64) -> u64 {
        (sample + PRIMING) / UNIT
    }
}

/// Encodes stereo sound at [`SAMPLE_RATE`].
pub struct AacEncoder {
    encoder: Encoder,
    units: Vec<Vec<u8>>,
    samples: u64,
    planes: [Vec<f32>; 2],
}

impl AacEncoder {
    /// An encoder at the beginning of a soundtrack.
    ///
    /// # Errors
    /// [`FilmError::Audio`].
    pub fn new() -> Result<Self, FilmError> {
        let options = EncodeOptions::raw().with_bitrate_bps(BITS_PER_SECOND);
        Ok(Self {
            encoder: Encoder::new(SAMPLE_RATE, 2, &options).map_err(audio_error)?,
            units: Vec::new(),
            samples: 0,
            planes: [Vec::new(), Vec::new()],
        })
    }

    /// Takes the next samples, left and right. What is louder than full scale is cut off.
    ///
    /// # Errors
    /// [`FilmError::Audio`], also where a sample is no number.
    pub fn feed(&mut self, samples: &[[f32; 2]]) -> Result<(), FilmError> {
        for (channel, plane) in self.planes.iter_mut().enumerate() {
            plane.clear();
            plane.extend(
                samples
                    .iter()
                    .map(|sample| sample[channel].clamp(-1.0, 1.0)),
            );
        }
        let [left, right] = &self.planes;
        let units = &mut self.units;
        self.encoder
            .feed(&[left, right], |frame| {
                units.push(frame.payload.to_vec());
                Ok(())
            })
            .map_err(audio_error)?;
        self.samples += samples.len() as u64;
        Ok(())
    }

    /// The soundtrack.
    ///
    /// # Errors
    /// [`FilmError::Audio`], also where there were no samples.
    pub fn finish(mut self) -> Result<AacTrack, FilmError> {
        let units = &mut self.units;
        self.encoder
            .finish(|frame| {
                units.push(frame.payload.to_vec());
                Ok(())
            })
            .map_err(audio_error)?;
        Ok(AacTrack {
            configuration: self.encoder.asc().to_vec(),
            units: self.units,
            samples: self.samples,
        })
    }
}

fn audio_error(error: syom::AacError) -> FilmError {
    FilmError::Audio(error.to_string())
}
