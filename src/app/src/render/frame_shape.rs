//! How a frame lies in the buffer that it comes back in, and what a film's writer is given of it.

use bevy::render::renderer::RenderDevice;
use orrery_film::{FilmSize, Frame, PixelLayout, RgbaFrame, Yuv420Frame};

/// What a frame looks like in a buffer: rows begin at multiples of 256 bytes there.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// With the bars.
    size: FilmSize,
    layout: PixelLayout,
    /// How it is brought back.
    pub(super) brought: PixelLayout,
    row: usize,
    /// Rows in the buffer, and the bytes from one to the next.
    pub(super) rows: usize,
    pub(super) padded: usize,
    bars: usize,
}

impl Shape {
    /// Of frames of this size, in the layout that a writer takes and the one that is brought back, with so many rows of
    /// black above and below, each.
    pub(super) fn new(
        size: FilmSize,
        (layout, brought): (PixelLayout, PixelLayout),
        bars: u32,
    ) -> Self {
        let (row, rows) = match brought {
            PixelLayout::Rgba => (size.width as usize * 4, size.height as usize),
            PixelLayout::Yuv420 => (Yuv420Frame::stride(size), Yuv420Frame::rows(size)),
        };
        Self {
            size: FilmSize {
                height: size.height + 2 * bars,
                ..size
            },
            layout,
            brought,
            row,
            rows,
            padded: RenderDevice::align_copy_bytes_per_row(row),
            bars: bars as usize,
        }
    }

    /// A frame without the padding and with its bars, in `buffer`.
    pub(super) fn frame(self, padded: &[u8], mut buffer: Vec<u8>) -> Frame {
        /// Black, and no colour, of BT.709 in limited range.
        const BLACK: u8 = 16;
        const COLOURLESS: u8 = 128;
        let (size, bars) = (self.size, self.bars);
        let picture = size.height as usize - 2 * bars;
        let rows = padded.chunks(self.padded).map(|row| &row[..self.row]);
        let bytes = match (self.layout, self.brought) {
            (PixelLayout::Yuv420, PixelLayout::Rgba) => {
                return Frame::Yuv420(Yuv420Frame::from_rgba_rows(size, bars, rows, buffer));
            }
            (PixelLayout::Rgba, _) => {
                buffer.clear();
                let bar = [0, 0, 0, 255].repeat(size.width as usize * bars);
                buffer.extend_from_slice(&bar);
                rows.for_each(|row| buffer.extend_from_slice(row));
                buffer.extend_from_slice(&bar);
                buffer
            }
            (PixelLayout::Yuv420, PixelLayout::Yuv420) => {
                buffer.clear();
                let mut rows = rows;
                let parts = [(BLACK, bars, picture), (COLOURLESS, bars / 2, picture / 2)];
                for (fill, bars, picture) in parts {
                    let bar = buffer.len() + self.row * bars;
                    buffer.resize(bar, fill);
                    rows.by_ref()
                        .take(picture)
                        .for_each(|row| buffer.extend_from_slice(row));
                    let bar = buffer.len() + self.row * bars;
                    buffer.resize(bar, fill);
                }
                buffer
            }
        };
        match self.layout {
            PixelLayout::Rgba => Frame::Rgba(RgbaFrame { size, bytes }),
            PixelLayout::Yuv420 => Frame::Yuv420(Yuv420Frame { size, bytes }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_black_and_the_picture_lies_between_them() {
        let size = FilmSize {
            width: 16,
            height: 8,
        };
        let rgba = Shape::new(size, (PixelLayout::Rgba, PixelLayout::Rgba), 4);
        let Frame::Rgba(frame) = rgba.frame(&vec![200; rgba.padded * rgba.rows], Vec::new()) else {
            panic!("another layout");
        };
        assert_eq!((frame.size.height, frame.bytes.len()), (16, 16 * 16 * 4));
        assert_eq!(frame.bytes[..4], [0, 0, 0, 255]);
        assert_eq!(frame.bytes[16 * 4 * 4..][..2], [200, 200]);

        let converted = Shape::new(size, (PixelLayout::Yuv420, PixelLayout::Rgba), 4);
        let yuv = Shape::new(size, (PixelLayout::Yuv420, PixelLayout::Yuv420), 4);
        let white = vec![255; converted.padded * converted.rows];
        let Frame::Yuv420(frame) = converted.frame(&white, vec![7; 3]) else {
            panic!("another layout");
        };
        let planes = frame.planes();
        let ends = [
            planes.y[0],
            planes.y[16 * 4],
            planes.y[16 * 12],
            planes.u[0],
            planes.u[16 * 3],
        ];
        assert_eq!(ends, [16, 235, 16, 128, 128]);
        let Frame::Yuv420(frame) = yuv.frame(&vec![200; yuv.padded * yuv.rows], Vec::new()) else {
            panic!("another layout");
        };
        assert_eq!(frame.bytes.len(), Yuv420Frame::length(frame.size));
        let planes = frame.planes();
        let column = |plane: &[u8], rows: usize| -> Vec<u8> {
            (0..rows).map(|row| plane[row * 16]).collect()
        };
        assert_eq!(
            column(planes.y, 16),
            [[16; 4], [200; 4], [200; 4], [16; 4]].concat()
        );
        assert_eq!(
            column(planes.u, 8),
            [[128; 2], [200; 2], [200; 2], [128; 2]].concat()
        );
    }
}
