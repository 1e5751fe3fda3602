//! Frames in memory, as they come back from the graphics processor.

use rusty_h264_common::YuvPlanes;

use crate::FilmSize;
use crate::bt709::{BLACK, COLOURLESS, RowPair};

/// How the pixels of a frame are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelLayout {
    /// Red, green, blue and opacity, a byte each, encoded as sRGB.
    Rgba,
    /// Y′CbCr of ITU-R BT.709 in limited range, colour at half the resolution: see [`Yuv420Frame`].
    Yuv420,
}

/// A frame in one of the layouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// [`PixelLayout::Rgba`].
    Rgba(RgbaFrame),
    /// [`PixelLayout::Yuv420`].
    Yuv420(Yuv420Frame),
}

impl Frame {
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Rgba(frame) => &frame.bytes,
            Self::Yuv420(frame) => &frame.bytes,
        }
    }
}

/// Red, green, blue, opacity; rows from top to bottom without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RgbaFrame {
    /// Pixels.
    pub size: FilmSize,
    /// `[height, width, 4]`.
    pub bytes: Vec<u8>,
}

/// Luma and colour difference, BT.709, limited range (luma 16…235, colour 16…240).
///
/// The bytes are `height` rows of luma and then `height / 2` rows of colour, all of `stride` bytes. A row of
/// colour holds Cb from its beginning and Cr from its middle; each value is the mean of four pixels.
/// A fragment shader that writes four bytes at a time can draw this in one pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yuv420Frame {
    /// Pixels; both sides are even.
    pub size: FilmSize,
    /// `[height · 3 / 2, stride]`.
    pub bytes: Vec<u8>,
}

impl Yuv420Frame {
    /// Bytes in a row: the width, made a multiple of 8 so that half a row is a whole number of 4-byte pixels.
    pub fn stride(size: FilmSize) -> usize {
        (size.width as usize).next_multiple_of(8)
    }

    /// Rows of bytes.
    pub fn rows(size: FilmSize) -> usize {
        size.height as usize * 3 / 2
    }

    /// Bytes of a frame.
    pub fn length(size: FilmSize) -> usize {
        Self::stride(size) * Self::rows(size)
    }

    /// Converts a picture on the processor. The graphics processor does the same with its own rounding:
    /// they differ by one at most.
    pub fn from_rgba(frame: &RgbaFrame) -> Self {
        let pitch = frame.size.width as usize * 4;
        Self::from_rgba_rows(frame.size, 0, frame.bytes.chunks(pitch), Vec::new())
    }

    /// The same from rows of pixels, `[height − 2 · bars]` of at least `4 · width` bytes, between so many rows of black
    /// above and below, each; an even number. In `buffer`, whatever that held.
    pub fn from_rgba_rows<'a>(
        size: FilmSize,
        bars: usize,
        mut rows: impl Iterator<Item = &'a [u8]>,
        mut buffer: Vec<u8>,
    ) -> Self {
        let (width, height) = (size.width as usize, size.height as usize);
        let stride = Self::stride(size);
        buffer.resize(Self::length(size), 0);
        let (luma, colour) = buffer.split_at_mut(stride * height);
        let picture = bars * stride..(height - bars) * stride;
        let shown = picture.start / 2..picture.end / 2;
        for (plane, picture, fill) in [
            (&mut *luma, &picture, BLACK),
            (&mut *colour, &shown, COLOURLESS),
        ] {
            plane[..picture.start].fill(fill);
            plane[picture.end..].fill(fill);
        }
        let pairs = luma[picture].chunks_mut(2 * stride);
        for (luma, colour) in pairs.zip(colour[shown].chunks_mut(stride)) {
            let (Some(above), Some(below)) = (rows.next(), rows.next()) else {
                break;
            };
            let (upper, lower) = luma.split_at_mut(stride);
            let (cb, cr) = colour.split_at_mut(stride / 2);
            RowPair {
                pixels: [&above[..4 * width], &below[..4 * width]],
                luma: [&mut upper[..width], &mut lower[..width]],
                colour: [&mut cb[..width / 2], &mut cr[..width / 2]],
            }
            .convert();
        }
        Self {
            size,
            bytes: buffer,
        }
    }

    /// The three planes as the encoder wants them.
    pub fn planes(&self) -> YuvPlanes<'_> {
        let stride = Self::stride(self.size);
        let (y, colour) = self.bytes.split_at(stride * self.size.height as usize);
        YuvPlanes {
            width: self.size.width as usize,
            height: self.size.height as usize,
            y,
            u: colour,
            v: colour.get(stride / 2..).unwrap_or_default(),
            stride_y: stride,
            stride_c: stride,
        }
    }

    /// Luma, then Cb, then Cr, without gaps, as `yuv420p` is stored elsewhere.
    pub fn tight(&self) -> Vec<u8> {
        let stride = Self::stride(self.size);
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let mut tight = Vec::with_capacity(width * height * 3 / 2);
        let (y, colour) = self.bytes.split_at(stride * height);
        for row in y.chunks(stride) {
            tight.extend_from_slice(&row[..width]);
        }
        for start in [0, stride / 2] {
            for row in colour.chunks(stride) {
                tight.extend_from_slice(&row[start..start + width / 2]);
            }
        }
        tight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(size: FilmSize, colour: [u8; 3]) -> RgbaFrame {
        let [red, green, blue] = colour;
        RgbaFrame {
            size,
            bytes: [red, green, blue, 255].repeat(size.pixels()),
        }
    }

    #[test]
    fn the_colours_of_the_standard_come_out() {
        let size = FilmSize {
            width: 18,
            height: 16,
        };
        for (colour, expected) in [
            ([0, 0, 0], [16, 128, 128]),
            ([255, 255, 255], [235, 128, 128]),
            ([255, 0, 0], [63, 102, 240]),
            ([0, 255, 0], [173, 42, 26]),
            ([0, 0, 255], [32, 240, 118]),
        ] {
            let frame = Yuv420Frame::from_rgba(&plain(size, colour));
            let planes = frame.planes();
            assert_eq!([planes.y[0], planes.u[0], planes.v[0]], expected);
            let tight = frame.tight();
            assert_eq!(tight.len(), 18 * 16 * 3 / 2);
            assert_eq!(
                [tight[18 * 16 - 1], tight[18 * 16], tight[tight.len() - 1]],
                expected
            );
        }
    }

    #[test]
    fn whole_numbers_round_as_the_formula_does() {
        // every eighth byte of each colour, four of them in a square
        let steps = || (0..=255u8).step_by(17);
        let size = FilmSize {
            width: 2,
            height: 2,
        };
        let formula = |[red, green, blue]: [f64; 3]| {
            let bright = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
            [
                16.0 + 219.0 * bright,
                128.0 + 224.0 * (blue - bright) / 1.8556,
                128.0 + 224.0 * (red - bright) / 1.5748,
            ]
        };
        for red in steps() {
            for green in steps() {
                for blue in steps() {
                    let pixels = [
                        [red, green, blue, 255],
                        [green, blue, red, 255],
                        [blue, red, green, 255],
                        [red, red, blue, 255],
                    ];
                    let frame = Yuv420Frame::from_rgba(&RgbaFrame {
                        size,
                        bytes: pixels.concat(),
                    });
                    let shares = pixels.map(|pixel| [0, 1, 2].map(|c| f64::from(pixel[c]) / 255.0));
                    let mean = [0, 1, 2].map(|c| shares.iter().map(|p| p[c]).sum::<f64>() / 4.0);
                    let planes = frame.planes();
                    let near = |found: u8, exact: f64| (f64::from(found) - exact).abs() <= 0.52;
                    assert!(near(planes.y[0], formula(shares[0])[0]));
                    assert!(near(planes.u[0], formula(mean)[1]), "{pixels:?}");
                    assert!(near(planes.v[0], formula(mean)[2]), "{pixels:?}");
                }
            }
        }
    }
}
