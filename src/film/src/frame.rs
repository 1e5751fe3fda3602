//! Frames in memory, as they come back from the graphics processor.

use rusty_h264_common::YuvPlanes;

use crate::FilmSize;

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
        let size = frame.size;
        let (width, height) = (size.width as usize, size.height as usize);
        let stride = Self::stride(size);
        let mut bytes = vec![0; Self::length(size)];
        let pixel = |column: usize, row: usize| {
            let at = (row * width + column) * 4;
            let channel = |channel: usize| f32::from(frame.bytes[at + channel]) / 255.0;
            [channel(0), channel(1), channel(2)]
        };
        for row in 0..height {
            for column in 0..width {
                bytes[row * stride + column] = luma(pixel(column, row));
            }
        }
        for row in 0..height / 2 {
            for column in 0..width / 2 {
                let mut mean = [0.0; 3];
                for (x, y) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    let colour = pixel(2 * column + x, 2 * row + y);
                    for (sum, channel) in mean.iter_mut().zip(colour) {
                        *sum += channel / 4.0;
                    }
                }
                let [cb, cr] = colour_difference(mean);
                bytes[(height + row) * stride + column] = cb;
                bytes[(height + row) * stride + stride / 2 + column] = cr;
            }
        }
        Self { size, bytes }
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

/// Luma of BT.709: 16 is black and 235 is white (ITU-R BT.709-6, items 3.2 and 3.4).
fn luma([red, green, blue]: [f32; 3]) -> u8 {
    (16.0 + 219.0 * brightness(red, green, blue)).round() as u8
}

fn brightness(red: f32, green: f32, blue: f32) -> f32 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// Cb and Cr of BT.709; 128 is no colour.
fn colour_difference([red, green, blue]: [f32; 3]) -> [u8; 2] {
    let bright = brightness(red, green, blue);
    let scaled = |difference: f32, range: f32| (128.0 + 224.0 * difference / range).round() as u8;
    [scaled(blue - bright, 1.8556), scaled(red - bright, 1.5748)]
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
}
