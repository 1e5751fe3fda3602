//! Frames that can be told apart after encoding.

use orrery_film::{FilmSize, RgbaFrame};
use rusty_h264_common::YuvFrame;

/// Bits of a frame's number that are drawn into it.
const BITS: usize = 12;

/// A picture of frame `number`: its number as bright and dark squares, and something soft that moves.
pub fn frame(size: FilmSize, number: usize) -> RgbaFrame {
    let (width, height) = (size.width as usize, size.height as usize);
    let mut bytes = Vec::with_capacity(width * height * 4);
    let centre = (
        width as f32 * (0.5 + 0.3 * (number as f32 * 0.05).sin()),
        height as f32 * 0.6,
    );
    for row in 0..height {
        for column in 0..width {
            let distance = (column as f32 - centre.0).hypot(row as f32 - centre.1);
            let light = (-distance * distance / (0.02 * (width * width) as f32)).exp();
            let soft = [
                20.0 + 200.0 * light,
                24.0 + 130.0 * light,
                40.0 + 30.0 * light,
            ];
            let pixel = match bit_at(size, column, row) {
                Some(bit) if number >> bit & 1 == 1 => [230.0; 3],
                Some(_) => [20.0; 3],
                None => soft,
            };
            bytes.extend(pixel.map(|channel: f32| channel as u8));
            bytes.push(255);
        }
    }
    RgbaFrame { size, bytes }
}

/// Which bit of the number a pixel shows: squares along the upper edge.
fn bit_at(size: FilmSize, column: usize, row: usize) -> Option<usize> {
    let side = size.width as usize / BITS;
    (row < side)
        .then_some(column / side)
        .filter(|bit| *bit < BITS)
}

/// The number that a picture shows.
pub fn number(picture: &YuvFrame) -> usize {
    let side = picture.width / BITS;
    (0..BITS).fold(0, |number, bit| {
        let at = side / 2 * picture.width + bit * side + side / 2;
        number | usize::from(picture.y[at] > 128) << bit
    })
}
