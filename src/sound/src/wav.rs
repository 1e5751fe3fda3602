//! WAV files, through the crate `hound`.

use std::io::{Seek, Write};

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::signal::{Frame, Noise, RATE};

/// How a sample is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum WavFormat {
    /// 16-bit numbers, with dither.
    #[default]
    Sixteen,
    /// 24-bit numbers.
    TwentyFour,
    /// 32-bit floating point.
    Float,
}

/// Writes frames as a WAV file. The same frames give the same bytes.
///
/// # Errors
/// What `writer` refuses.
pub fn write_wav(
    writer: impl Write + Seek,
    frames: &[Frame],
    format: WavFormat,
) -> Result<(), hound::Error> {
    let (bits_per_sample, sample_format) = match format {
        WavFormat::Sixteen => (16, SampleFormat::Int),
        WavFormat::TwentyFour => (24, SampleFormat::Int),
        WavFormat::Float => (32, SampleFormat::Float),
    };
    let spec = WavSpec {
        channels: 2,
        sample_rate: RATE,
        bits_per_sample,
        sample_format,
    };
    let mut wav = WavWriter::new(writer, spec)?;
    // triangular dither of one step: rounding makes noise instead of distortion
    let mut noise = Noise::new(16);
    for sample in frames.iter().flatten().copied() {
        match format {
            WavFormat::Sixteen => {
                let dither = (noise.next() + noise.next()) * 0.5;
                let number = libm::roundf(sample * 32_767.0 + dither);
                wav.write_sample(number.clamp(-32_768.0, 32_767.0) as i16)?;
            }
            WavFormat::TwentyFour => {
                let number = libm::roundf(sample * 8_388_607.0);
                wav.write_sample(number.clamp(-8_388_608.0, 8_388_607.0) as i32)?;
            }
            WavFormat::Float => wav.write_sample(sample)?,
        }
    }
    wav.finalize()
}
