//! Frames that can be told apart after encoding, and a way to see and hear what is in a file: by the
//! decoders of the same crates, so that no program need be installed.

use std::path::Path;

use orrery_film::mp4::Mp4Film;
use orrery_film::{FilmSize, RgbaFrame, Yuv420Frame};
use rusty_h264_common::YuvFrame;
use rusty_h264_decoder::Decoder;
use syom::{DecodeOptions, decode_with, wrap_adts_au};

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

/// Every picture of a film, decoded.
pub fn pictures(film: &mut Mp4Film) -> Vec<YuvFrame> {
    let mut decoder = Decoder::new();
    let mut pictures = Vec::new();
    for index in 0..film.frames() {
        let unit = film.picture(index).unwrap().unwrap();
        let mut stream = if unit.key {
            film.sets.annex_b()
        } else {
            Vec::new()
        };
        let mut rest = &unit.bytes[..];
        while let Some((length, tail)) = rest.split_first_chunk::<4>() {
            let length = u32::from_be_bytes(*length) as usize;
            stream.extend_from_slice(&[0, 0, 0, 1]);
            stream.extend_from_slice(&tail[..length]);
            rest = &tail[length..];
        }
        pictures.extend(decoder.decode(&stream).unwrap());
    }
    pictures
}

/// What a film sounds like when a player obeys its edit list: left and right.
pub fn sound(film: &mut Mp4Film) -> [Vec<f32>; 2] {
    let mut stream = Vec::new();
    for index in 0..film.units() {
        let unit = film.unit(index).unwrap().unwrap();
        stream.extend(wrap_adts_au(&unit, 48_000, 2).unwrap());
    }
    let decoded = decode_with(&stream, &DecodeOptions::unbounded()).unwrap();
    let (length, skipped) = film.sound_edit.unwrap();
    let [left, right] = &decoded.channels[..] else {
        panic!("{} channels", decoded.channels.len());
    };
    // a bare stream tells nothing of its beginning, so nothing has been skipped yet
    let skipped = skipped as usize - decoded.priming.unwrap_or(0) as usize;
    [left, right].map(|channel| channel[skipped..][..length as usize].to_vec())
}

/// Peak signal-to-noise ratio of the luma, in decibels.
pub fn psnr(picture: &YuvFrame, meant: &Yuv420Frame) -> f64 {
    let meant = meant.tight();
    let errors = picture.y.iter().zip(&meant);
    let sum: f64 = errors
        .map(|(is, should)| (f64::from(*is) - f64::from(*should)).powi(2))
        .sum();
    let mean = (sum / picture.y.len() as f64).max(1e-9);
    10.0 * (255.0 * 255.0 / mean).log10()
}

/// The names of all files in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
