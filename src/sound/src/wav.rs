//! WAV files, through the crate `hound`.

use std::io::{self, Seek, Write};

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

/// A WAV file under way. The same frames give the same bytes, however they are cut.
pub struct WavFile<W: Write + Seek> {
    wav: WavWriter<W>,
    format: WavFormat,
    dither: Noise,
}

impl<W: Write + Seek> WavFile<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// What `writer` refuses.
    pub fn new(writer: W, format: WavFormat) -> io::Result<Self> {
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
        Ok(Self {
            wav: WavWriter::new(writer, spec).map_err(why)?,
            format,
            dither: Noise::new(16),
        })
    }

    /// Writes the next frames.
    ///
    /// # Errors
    /// What the writer refuses.
    pub fn write(&mut self, frames: &[Frame]) -> io::Result<()> {
        let samples = frames.as_flattened();
        match self.format {
            WavFormat::Sixteen => {
                let mut numbers = self.wav.get_i16_writer(samples.len() as u32);
                for sample in samples {
                    // triangular dither of one step: rounding makes noise instead of distortion
                    let dither = (self.dither.next() + self.dither.next()) * 0.5;
                    numbers.write_sample(nearest(sample * 32_767.0 + dither, 32_768.0) as i16);
                }
                numbers.flush().map_err(why)
            }
            WavFormat::TwentyFour => samples.iter().try_for_each(|sample| {
                let number = nearest(sample * 8_388_607.0, 8_388_608.0);
                self.wav.write_sample(number).map_err(why)
            }),
            WavFormat::Float => samples
                .iter()
                .try_for_each(|&sample| self.wav.write_sample(sample).map_err(why)),
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// What the writer refuses.
    pub fn finish(self) -> io::Result<()> {
        self.wav.finalize().map_err(why)
    }
}

/// What a disk said, without what `hound` says around it.
fn why(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        error => io::Error::other(error),
    }
}

/// The nearest number in `−most … most − 1`, halves away from zero.
fn nearest(number: f32, most: f32) -> i32 {
    let half = if number < 0.0 { -0.5 } else { 0.5 };
    (number + half).clamp(-most, most - 1.0) as i32
}

/// Writes frames as a WAV file.
///
/// # Errors
/// What `writer` refuses.
pub fn write_wav(writer: impl Write + Seek, frames: &[Frame], format: WavFormat) -> io::Result<()> {
    let mut file = WavFile::new(writer, format)?;
    file.write(frames)?;
    file.finish()
}
