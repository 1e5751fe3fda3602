//! A film as a GIF: few colours, chosen once for the whole film and dithered in a fixed pattern, and of
//! each frame only what has changed. What does not move does not flicker.

use std::fs::File;
use std::io::{BufWriter, Write};

use color_quant::NeuQuant;
use gif::{DisposalMethod, Encoder, Repeat};

use crate::writer::wrong_layout;
use crate::{
    FilmError, FilmSize, FilmSummary, FilmWriter, Frame, FrameRate, OutputFile, PixelLayout,
    RgbaFrame,
};

/// Colours of a palette; one more entry stands for "as before".
const COLOURS: usize = 255;
const UNCHANGED: u8 = 255;

/// The colours of a GIF.
#[derive(Clone, Debug)]
pub struct GifPalette {
    colours: Vec<[u8; 3]>,
}

impl GifPalette {
    /// Chooses colours for a film from frames of it.
    pub fn of(frames: &[RgbaFrame]) -> Self {
        /// More pixels do not change the choice.
        const MOST_PIXELS: usize = 1 << 18;
        let pixels: usize = frames.iter().map(|frame| frame.size.pixels()).sum();
        // an odd step walks through all columns
        let step = (pixels / MOST_PIXELS).max(1) | 1;
        let sample: Vec<u8> = frames
            .iter()
            .flat_map(|frame| frame.bytes.chunks_exact(4).step_by(step))
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255])
            .collect();
        let quantizer = NeuQuant::new(1, COLOURS, &sample);
        let mut colours: Vec<[u8; 3]> = quantizer
            .color_map_rgb()
            .chunks_exact(3)
            .map(|colour| [colour[0], colour[1], colour[2]])
            .collect();
        colours.sort_unstable();
        colours.dedup();
        Self { colours }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.colours.concat();
        bytes.resize((COLOURS + 1) * 3, 0);
        bytes
    }
}

/// Writes a GIF that plays for ever.
pub struct GifWriter {
    output: OutputFile,
    encoder: Encoder<BufWriter<File>>,
    size: FilmSize,
    rate: FrameRate,
    shades: Shades,
    shown: Vec<u8>,
    pending: Option<gif::Frame<'static>>,
    frames: u64,
    told: u64,
}

impl GifWriter {
    /// The fastest that browsers show: two hundredths of a second for each frame.
    pub const FASTEST: u32 = 50;

    /// Begins a GIF.
    ///
    /// # Errors
    /// More than 50 frames in a second, a folder that takes no file.
    pub fn create(
        output: OutputFile,
        size: FilmSize,
        rate: FrameRate,
        palette: &GifPalette,
    ) -> Result<Self, FilmError> {
        if rate.get() > Self::FASTEST {
            return Err(FilmError::Settings(format!(
                "a GIF has {} frames per second at most; give --fps 25 or --fps 50",
                Self::FASTEST
            )));
        }
        let wrong = FilmError::write(output.path());
        let file = BufWriter::new(output.file().try_clone().map_err(&wrong)?);
        // `FilmSize` is at most 8192
        let (width, height) = (size.width as u16, size.height as u16);
        let mut encoder = Encoder::new(file, width, height, &palette.bytes())
            .map_err(|error| wrong(as_io(error)))?;
        encoder
            .set_repeat(Repeat::Infinite)
            .map_err(|error| wrong(as_io(error)))?;
        Ok(Self {
            encoder,
            size,
            rate,
            shades: Shades::new(palette.colours.clone()),
            shown: vec![UNCHANGED; size.pixels()],
            pending: None,
            frames: 0,
            told: 0,
            output,
        })
    }

    /// The time of a frame in hundredths of a second, from whole numbers.
    fn hundredths(&self, frame: u64) -> u64 {
        (frame * 100 + u64::from(self.rate.get()) / 2) / u64::from(self.rate.get())
    }

    /// Writes the frame that waits for the next one to change something.
    fn write_pending(&mut self) -> Result<(), FilmError> {
        let Some(mut frame) = self.pending.take() else {
            return Ok(());
        };
        let until = self.hundredths(self.frames);
        frame.delay = u16::try_from(until - self.told).unwrap_or(u16::MAX);
        self.told = until;
        self.encoder
            .write_frame(&frame)
            .map_err(|error| FilmError::write(self.output.path())(as_io(error)))
    }

    /// The part of a frame that differs from what is shown.
    fn difference(&mut self, frame: &RgbaFrame) -> Option<gif::Frame<'static>> {
        let width = self.size.width as usize;
        let mut drawn = vec![UNCHANGED; self.size.pixels()];
        let (mut left, mut right, mut top, mut bottom) = (width, 0, usize::MAX, 0);
        for (index, pixel) in frame.bytes.chunks_exact(4).enumerate() {
            let (column, row) = (index % width, index / width);
            let shade = self.shades.of([pixel[0], pixel[1], pixel[2]], column, row);
            if self.shown[index] != shade {
                self.shown[index] = shade;
                drawn[index] = shade;
                (left, right) = (left.min(column), right.max(column));
                (top, bottom) = (top.min(row), row);
            }
        }
        if top == usize::MAX {
            return None;
        }
        let (across, down) = (right - left + 1, bottom - top + 1);
        let rows = drawn.chunks(width).skip(top).take(down);
        let buffer: Vec<u8> = rows.flat_map(|row| &row[left..=right]).copied().collect();
        Some(gif::Frame {
            dispose: DisposalMethod::Keep,
            transparent: Some(UNCHANGED),
            left: left as u16,
            top: top as u16,
            width: across as u16,
            height: down as u16,
            buffer: buffer.into(),
            ..gif::Frame::default()
        })
    }
}

impl FilmWriter for GifWriter {
    fn layout(&self) -> PixelLayout {
        PixelLayout::Rgba
    }

    fn push(&mut self, frame: Frame) -> Result<(), FilmError> {
        let Frame::Rgba(frame) = frame else {
            return Err(wrong_layout());
        };
        if let Some(difference) = self.difference(&frame) {
            self.write_pending()?;
            self.pending = Some(difference);
        }
        self.frames += 1;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<FilmSummary, FilmError> {
        self.write_pending()?;
        let Self {
            output,
            encoder,
            frames,
            ..
        } = *self;
        let wrong = FilmError::write(output.path());
        let mut file = encoder
            .into_inner()
            .map_err(|error| wrong(std::io::Error::other(error)))?;
        file.flush().map_err(&wrong)?;
        let bytes = output.file().metadata().map_err(&wrong)?.len();
        drop(file);
        output.finish()?;
        Ok(FilmSummary { frames, bytes })
    }
}

fn as_io(error: gif::EncodingError) -> std::io::Error {
    match error {
        gif::EncodingError::Io(error) => error,
        other => std::io::Error::other(other),
    }
}

/// Finds the nearest colour of a palette, and remembers what it found.
struct Shades {
    colours: Vec<[u8; 3]>,
    found: Vec<Option<u8>>,
}

impl Shades {
    /// Bits of each channel by which colours are told apart.
    const BITS: u32 = 6;

    fn new(colours: Vec<[u8; 3]>) -> Self {
        Self {
            colours,
            found: vec![None; 1 << (3 * Self::BITS)],
        }
    }

    /// The colour of a pixel, made a little darker or brighter in a fixed pattern: the mean over a few pixels
    /// is the colour that was meant.
    fn of(&mut self, colour: [u8; 3], column: usize, row: usize) -> u8 {
        /// The distance between neighbouring colours of a palette, about.
        const SPREAD: i32 = 12;
        let shift = (threshold(column, row) * SPREAD) / 64 - SPREAD / 2;
        let [red, green, blue] = colour
            .map(|channel| (i32::from(channel) + shift).clamp(0, 255) as u32 >> (8 - Self::BITS));
        let key = ((red << Self::BITS | green) << Self::BITS | blue) as usize;
        if let Some(found) = self.found[key] {
            return found;
        }
        let middle = |level: u32| (level << (8 - Self::BITS) | 1 << (7 - Self::BITS)) as i32;
        let wanted = [middle(red), middle(green), middle(blue)];
        let nearest = self.colours.iter().enumerate().min_by_key(|(_, colour)| {
            let pairs = colour.iter().zip(wanted).zip([3, 6, 1]);
            pairs
                .map(|((&is, wanted), weight)| weight * (i32::from(is) - wanted).pow(2))
                .sum::<i32>()
        });
        let found = nearest.map_or(0, |(index, _)| index as u8);
        self.found[key] = Some(found);
        found
    }
}

/// A threshold of 0…63 for each place of an 8×8 square, as evenly spread as possible (Bayer's matrix: the
/// bits of row and column, interleaved from the lowest).
fn threshold(column: usize, row: usize) -> i32 {
    let mixed = column ^ row;
    (0..3).fold(0, |sum, bit| {
        sum << 2 | ((mixed >> bit & 1) << 1 | row >> bit & 1) as i32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_holds_every_threshold_once() {
        let mut all: Vec<_> = (0..64).map(|at| threshold(at % 8, at / 8)).collect();
        all.sort_unstable();
        assert_eq!(all, (0..64).collect::<Vec<_>>());
    }
}
