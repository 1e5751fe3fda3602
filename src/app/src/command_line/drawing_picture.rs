//! A chart painted with a font that comes with the program.

use image::{Rgba, RgbaImage};
use orrery_report::drawing::{Anchor, Drawing, Ink, PAPER, Shape};

use crate::lettering::{Letters, width, write};

/// Pixels of the picture for each of the drawing, so that letters are sharp where pixels are small.
const SCALE: f64 = 2.0;

/// Paints a drawing.
pub fn paint(drawing: &Drawing) -> RgbaImage {
    let pixels = |length: f64| (length * SCALE).ceil().clamp(1.0, 16_384.0) as u32;
    let [r, g, b] = PAPER;
    let paper = Rgba([r, g, b, 255]);
    let mut picture = RgbaImage::from_pixel(pixels(drawing.width), pixels(drawing.height), paper);
    for shape in &drawing.shapes {
        match shape {
            Shape::Box { at, ink } => fill(&mut picture, *at, *ink),
            Shape::Line { at, width, ink } => line(&mut picture, *at, *width, *ink),
            Shape::Text {
                at: [x, y],
                size,
                anchor,
                ink,
                text,
            } => {
                let size = (size * SCALE) as f32;
                let long = f64::from(width(text, size));
                let left = x * SCALE
                    - match anchor {
                        Anchor::Start => 0.0,
                        Anchor::Middle => long * 0.5,
                        Anchor::End => long,
                    };
                let letters = Letters {
                    size,
                    ink: *ink,
                    right: picture.width() as f32,
                };
                write(
                    &mut picture,
                    text,
                    (left as f32, (y * SCALE) as f32),
                    letters,
                );
            }
        }
    }
    picture
}

/// A rectangle; pixels that it covers in part get a part of its colour.
fn fill(picture: &mut RgbaImage, at: [f64; 4], ink: Ink) {
    let [x, y, width, height] = at.map(|number| number * SCALE);
    let span = |from: f64, to: f64, most: u32| {
        let last = to.ceil().clamp(0.0, f64::from(most)) as u32;
        from.floor().clamp(0.0, f64::from(most)) as u32..last
    };
    let covered = |from: f64, to: f64, pixel: u32| {
        let pixel = f64::from(pixel);
        (to.min(pixel + 1.0) - from.max(pixel)).clamp(0.0, 1.0)
    };
    for row in span(y, y + height, picture.height()) {
        for column in span(x, x + width, picture.width()) {
            let cover = covered(x, x + width, column) * covered(y, y + height, row);
            mix(picture, column, row, ink, cover as f32);
        }
    }
}

/// A line: every pixel by its distance from it.
fn line(picture: &mut RgbaImage, at: [f64; 4], width: f64, ink: Ink) {
    let [x, y, to_x, to_y] = at.map(|number| number * SCALE);
    let half = width * SCALE * 0.5;
    let (dx, dy) = (to_x - x, to_y - y);
    let square = (dx * dx + dy * dy).max(f64::MIN_POSITIVE);
    let span = |a: f64, b: f64, most: u32| {
        let low = (a.min(b) - half - 1.0).clamp(0.0, f64::from(most)) as u32;
        low..(a.max(b) + half + 1.0).clamp(0.0, f64::from(most)) as u32
    };
    for row in span(y, to_y, picture.height()) {
        for column in span(x, to_x, picture.width()) {
            let (px, py) = (f64::from(column) + 0.5 - x, f64::from(row) + 0.5 - y);
            let along = ((px * dx + py * dy) / square).clamp(0.0, 1.0);
            let distance = (px - along * dx).hypot(py - along * dy);
            mix(
                picture,
                column,
                row,
                ink,
                (half + 0.5 - distance).clamp(0.0, 1.0) as f32,
            );
        }
    }
}

fn mix(picture: &mut RgbaImage, column: u32, row: u32, ink: Ink, cover: f32) {
    if let Some(pixel) = picture.get_pixel_mut_checked(column, row) {
        for (channel, ink) in pixel.0.iter_mut().zip(ink) {
            let below = f32::from(*channel);
            *channel = (below + (f32::from(ink) - below) * cover).round() as u8;
        }
    }
}
