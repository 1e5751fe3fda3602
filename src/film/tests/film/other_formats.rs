//! Films without an encoder for video: GIF, APNG and folders of pictures, decoded again.

use std::fs::File;
use std::io::BufReader;

use crate::decoded::names;
use crate::support::frame;
use orrery_film::{
    ApngWriter, FilmError, FilmSize, FilmWriter, Frame, FrameRate, GifPalette, GifWriter,
    OutputFile, PictureFormat, Queued, RgbaFrame, SequenceWriter,
};
use tempfile::TempDir;

const SIZE: FilmSize = FilmSize {
    width: 97,
    height: 61,
};
const FRAMES: usize = 12;

fn rate() -> FrameRate {
    FrameRate::new(15).unwrap()
}

/// Frames of which every other one is as the one before.
fn frames() -> Vec<RgbaFrame> {
    (0..FRAMES)
        .map(|index| frame(SIZE, index / 2 * 2))
        .collect()
}

fn write(mut writer: Box<dyn FilmWriter>, frames: &[RgbaFrame]) -> u64 {
    for frame in frames {
        writer.push(Frame::Rgba(frame.clone())).unwrap();
    }
    writer.finish().unwrap().frames
}

#[test]
fn an_apng_has_every_pixel_of_every_frame_also_when_it_ends_early() {
    let folder = TempDir::new().unwrap();
    for kept in [FRAMES, 5] {
        let path = folder.path().join(format!("{kept}.apng"));
        let output = OutputFile::create(&path, false).unwrap();
        let writer = ApngWriter::create(output, SIZE, rate(), FRAMES as u64).unwrap();
        let writer = Queued::new(Box::new(writer), 2);
        assert_eq!(write(Box::new(writer), &frames()[..kept]), kept as u64);

        let decoder = png::Decoder::new(BufReader::new(File::open(&path).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let control = *reader.info().animation_control().unwrap();
        assert_eq!((control.num_frames as usize, control.num_plays), (kept, 0));
        let mut canvas = vec![0; SIZE.pixels() * 3];
        for meant in &frames()[..kept] {
            let mut part = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut part).unwrap();
            let placed = *reader.info().frame_control().unwrap();
            assert_eq!((placed.delay_num, placed.delay_den), (1, 15));
            let across = placed.width as usize * 3;
            for row in 0..placed.height as usize {
                let to = ((placed.y_offset as usize + row) * SIZE.width as usize
                    + placed.x_offset as usize)
                    * 3;
                canvas[to..to + across].copy_from_slice(&part[row * across..][..across]);
            }
            let rgb: Vec<u8> = meant
                .bytes
                .chunks(4)
                .flat_map(|pixel| pixel[..3].to_vec())
                .collect();
            assert!(canvas == rgb);
        }
    }
}

#[test]
fn a_gif_looks_like_its_frames_and_takes_as_long() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("film.gif");
    let palette = GifPalette::of(&frames());
    let output = OutputFile::create(&path, false).unwrap();
    let writer = GifWriter::create(output, SIZE, rate(), &palette).unwrap();
    assert_eq!(write(Box::new(writer), &frames()), FRAMES as u64);

    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(File::open(&path).unwrap()).unwrap();
    let mut canvas = vec![0; SIZE.pixels() * 4];
    let (mut hundredths, mut shown) = (0, 0);
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        for (index, pixel) in frame.buffer.chunks(4).enumerate() {
            let (column, row) = (index % frame.width as usize, index / frame.width as usize);
            let to =
                (row + frame.top as usize) * SIZE.width as usize + column + frame.left as usize;
            if pixel[3] > 0 {
                canvas[to * 4..to * 4 + 4].copy_from_slice(pixel);
            }
        }
        let meant = &frames()[(hundredths * 15 + 50) / 100];
        let error: f64 = canvas
            .iter()
            .zip(&meant.bytes)
            .map(|(is, should)| (f64::from(*is) - f64::from(*should)).powi(2))
            .sum();
        let decibels = 10.0 * (255.0 * 255.0 * canvas.len() as f64 / error).log10();
        assert!(
            decibels > 32.0,
            "{decibels} dB after {hundredths} hundredths"
        );
        hundredths += frame.delay as usize;
        shown += 1;
    }
    assert_eq!((hundredths, shown), (FRAMES * 100 / 15, FRAMES / 2));
}

#[test]
fn a_gif_that_no_browser_shows_is_refused() {
    let folder = TempDir::new().unwrap();
    let output = OutputFile::create(&folder.path().join("film.gif"), false).unwrap();
    let palette = GifPalette::of(&frames()[..1]);
    let made = GifWriter::create(output, SIZE, FrameRate::new(60).unwrap(), &palette);
    assert!(made.err().unwrap().to_string().contains("--fps 25"));
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_folder_has_a_picture_for_each_frame() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("film");
    for (format, ending) in [(PictureFormat::Png, "png"), (PictureFormat::Jpeg, "jpg")] {
        let writer = SequenceWriter::create(&path, format, 100, 2, true).unwrap();
        assert_eq!(write(Box::new(writer), &frames()[..3]), 3);
        let expected: Vec<_> = (100..103)
            .map(|n| format!("frame_{n:06}.{ending}"))
            .collect();
        assert_eq!(names(&path), expected);
        if format == PictureFormat::Png {
            let file = BufReader::new(File::open(path.join(&expected[2])).unwrap());
            let mut reader = png::Decoder::new(file).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            assert!(pixels == frames()[2].bytes);
        }
    }
    let again = SequenceWriter::create(&path, PictureFormat::Png, 0, 2, false);
    assert!(matches!(again, Err(FilmError::Exists(_))));
    let given_up =
        SequenceWriter::create(&folder.path().join("x"), PictureFormat::Png, 0, 2, false);
    drop(given_up.unwrap());
    assert_eq!(names(folder.path()), ["film"]);
}
