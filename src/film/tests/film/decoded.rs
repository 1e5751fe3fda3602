//! A way to see and hear what is in a film: by the decoders of the same crates, so that no program need be
//! installed. Tests of films all see through it.

use std::path::Path;

use orrery_film::Yuv420Frame;
use orrery_film::mp4::Mp4Film;
use rusty_h264_common::YuvFrame;
use rusty_h264_decoder::Decoder;
use syom::{DecodeOptions, decode_with, wrap_adts_au};

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
