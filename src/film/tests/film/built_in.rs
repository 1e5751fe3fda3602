//! Films of the built-in encoder, seen from outside: decoded, compared, cut short, put together.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crate::decoded::{names, pictures, psnr, sound};
use crate::support::{frame, number};
use orrery_film::aac::{AacEncoder, AacTrack};
use orrery_film::h264::VideoSettings;
use orrery_film::join::Parts;
use orrery_film::mp4::Mp4Film;
use orrery_film::part::{Part, PartFacts};
use orrery_film::{
    BuiltInSettings, BuiltInWriter, FilmError, FilmSize, FilmWriter, Frame, FrameRate, OutputFile,
    Yuv420Frame,
};
use tempfile::TempDir;

const SIZE: FilmSize = FilmSize {
    width: 204,
    height: 120,
};
const FRAMES: u64 = 47;

fn video() -> VideoSettings {
    let rate = FrameRate::new(12).unwrap();
    VideoSettings::new(SIZE, rate, VideoSettings::USUAL_QUANTIZER).unwrap()
}

/// A tone that rises, on the left louder than on the right.
fn tone(sample: u64) -> [f32; 2] {
    let time = sample as f64 / 48_000.0;
    let phase = std::f64::consts::TAU * (300.0 * time + 150.0 * time * time);
    [0.5, 0.25].map(|loud| (loud * phase.sin()) as f32)
}

fn soundtrack(samples: u64) -> JoinHandle<Result<AacTrack, FilmError>> {
    std::thread::spawn(move || {
        let mut encoder = AacEncoder::new()?;
        let all: Vec<_> = (0..samples).map(tone).collect();
        for block in all.chunks(1000) {
            encoder.feed(block)?;
        }
        encoder.finish()
    })
}

struct Asked {
    part: Option<Part>,
    threads: usize,
    stop_after: u64,
    sound: bool,
}

const WHOLE: Asked = Asked {
    part: None,
    threads: 2,
    stop_after: u64::MAX,
    sound: true,
};

fn record(path: &Path, asked: &Asked) {
    let video = video();
    let samples = video.rate.sample_of_frame(FRAMES);
    let frames = asked
        .part
        .unwrap_or(Part::WHOLE)
        .frames(FRAMES, video.group)
        .unwrap();
    let part = asked.part.map(|part| PartFacts {
        part,
        first_frame: frames.start,
        film_frames: FRAMES,
        film_samples: asked.sound.then_some(samples),
        first_unit: match frames.start {
            0 => 0,
            start => AacTrack::unit_of(video.rate.sample_of_frame(start)),
        },
        group: video.group,
        about: serde_json::json!({ "text": "hello" }),
    });
    let settings = BuiltInSettings {
        video,
        frames: frames.end - frames.start,
        sound: asked.sound.then(|| (soundtrack(samples), samples)),
        part,
        threads: asked.threads,
        most_waiting_bytes: 8 * Yuv420Frame::length(SIZE),
    };
    let output = OutputFile::create(path, false).unwrap();
    let mut writer = BuiltInWriter::start(output, settings).unwrap();
    for index in frames.take(asked.stop_after as usize) {
        let picture = Yuv420Frame::from_rgba(&frame(SIZE, index as usize));
        writer.push(Frame::Yuv420(picture)).unwrap();
    }
    let summary = Box::new(writer).finish().unwrap();
    assert_eq!(summary.bytes, std::fs::metadata(path).unwrap().len());
}

#[test]
fn every_frame_is_in_its_place_and_looks_as_it_was_drawn() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("film.mp4");
    record(&path, &WHOLE);
    let mut film = Mp4Film::open(&path).unwrap();
    assert_eq!((film.size, film.rate.get()), (SIZE, 12));
    let pictures = pictures(&mut film);
    assert_eq!(pictures.len() as u64, FRAMES);
    for (index, picture) in pictures.iter().enumerate() {
        assert_eq!(number(picture), index);
        let meant = Yuv420Frame::from_rgba(&frame(SIZE, index));
        let quality = psnr(picture, &meant);
        assert!(quality > 38.0, "frame {index}: {quality} dB");
    }
}

#[test]
fn sound_begins_with_the_picture_and_ends_with_it() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("film.mp4");
    record(&path, &WHOLE);
    let mut film = Mp4Film::open(&path).unwrap();
    let [left, right] = sound(&mut film);
    let samples = FRAMES * 4_000;
    assert_eq!(left.len() as u64, samples);
    let meant: Vec<_> = (0..samples).map(tone).collect();
    let likeness = |lag: i64| -> f64 {
        let pairs = (2_000..samples as i64 - 2_000)
            .map(|at| (left[at as usize], meant[(at + lag) as usize][0]));
        pairs
            .map(|(is, should)| f64::from(is) * f64::from(should))
            .sum()
    };
    let best = (-1_200..1_200).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)));
    assert_eq!(best, Some(0));
    let power = |channel: &[f32]| -> f64 { channel.iter().map(|s| f64::from(s * s)).sum() };
    let ratio = power(&left) / power(&right);
    assert!((3.8..4.2).contains(&ratio), "{ratio}");
}

#[test]
fn the_bytes_do_not_depend_on_threads_or_on_the_run() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    record(&path("one.mp4"), &WHOLE);
    for threads in [1, 4] {
        let name = format!("{threads}.mp4");
        record(&path(&name), &Asked { threads, ..WHOLE });
        let same = std::fs::read(path(&name)).unwrap() == std::fs::read(path("one.mp4")).unwrap();
        assert!(same, "{threads} threads");
    }
}

#[test]
fn parts_make_the_film_byte_for_byte() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    for sound in [true, false] {
        let whole = path(&format!("whole-{sound}.mp4"));
        record(&whole, &Asked { sound, ..WHOLE });
        let parts: Vec<PathBuf> = (1..=3)
            .map(|number| {
                let file = path(&format!("part-{sound}-{number}.mp4"));
                let part = Some(Part { number, of: 3 });
                record(
                    &file,
                    &Asked {
                        part,
                        sound,
                        ..WHOLE
                    },
                );
                file
            })
            .collect();
        let joined = path(&format!("joined-{sound}.mp4"));
        let mixed = [parts[2].clone(), parts[0].clone(), parts[1].clone()];
        let output = OutputFile::create(&joined, false).unwrap();
        Parts::open(&mixed).unwrap().join(output, |_| ()).unwrap();
        assert!(std::fs::read(&joined).unwrap() == std::fs::read(&whole).unwrap());

        // a part is a film of its own, with the sound of its stretch
        let mut part = Mp4Film::open(&parts[1]).unwrap();
        let first = pictures(&mut part).first().map(number);
        assert_eq!(first, Some(12));
        if sound {
            let [left, _] = crate::decoded::sound(&mut part);
            let at = 6_000;
            let error = (left[at] - tone(12 * 4_000 + at as u64)[0]).abs();
            assert!(error < 0.05, "{error}");
        }
    }
}

#[test]
fn parts_that_do_not_fit_are_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let part = |number, of| {
        let file = path(&format!("{number}-{of}.mp4"));
        let part = Some(Part { number, of });
        record(&file, &Asked { part, ..WHOLE });
        file
    };
    let (first, second, half) = (part(1, 3), part(2, 3), part(1, 2));
    let short = path("short.mp4");
    record(
        &short,
        &Asked {
            part: Some(Part { number: 3, of: 3 }),
            stop_after: 5,
            ..WHOLE
        },
    );
    let whole = path("whole.mp4");
    record(&whole, &WHOLE);
    let text = path("text.mp4");
    std::fs::write(&text, "no film").unwrap();
    let cut = path("cut.mp4");
    let bytes = std::fs::read(&first).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    for (files, word) in [
        (vec![&first, &second], "3/3"),
        (vec![&first, &first, &second], "same part"),
        (vec![&half, &second], "different films"),
        (vec![&first, &second, &short], "before its time"),
        (vec![&whole], "--part"),
        (vec![&text], "no whole MP4 film"),
        (vec![&path("none.mp4")], "none.mp4"),
        (vec![], "no parts"),
    ] {
        let files: Vec<PathBuf> = files.into_iter().cloned().collect();
        let message = Parts::open(&files).unwrap_err().to_string();
        assert!(message.contains(word), "{word}: {message}");
    }
    // the head of a film is whole, the rest is missing
    let mut film = Mp4Film::open(&cut).unwrap();
    let last = film.units() - 1;
    let message = film.unit(last).unwrap_err().to_string();
    assert!(message.contains("cut.mp4"), "{message}");
}

#[test]
fn a_film_that_ends_early_plays_and_one_that_is_given_up_is_gone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("film.mp4");
    let stop_after = 17;
    record(
        &path,
        &Asked {
            stop_after,
            ..WHOLE
        },
    );
    let mut film = Mp4Film::open(&path).unwrap();
    assert_eq!(pictures(&mut film).len() as u64, stop_after);
    assert_eq!(sound(&mut film)[0].len() as u64, stop_after * 4_000);

    let given_up = folder.path().join("given-up.mp4");
    let settings = BuiltInSettings {
        video: video(),
        frames: FRAMES,
        sound: None,
        part: None,
        threads: 2,
        most_waiting_bytes: 1,
    };
    let output = OutputFile::create(&given_up, false).unwrap();
    let mut writer = BuiltInWriter::start(output, settings).unwrap();
    for index in 0..15 {
        let picture = Yuv420Frame::from_rgba(&frame(SIZE, index));
        writer.push(Frame::Yuv420(picture)).unwrap();
    }
    drop(writer);
    assert_eq!(names(folder.path()), ["film.mp4"]);
}

#[test]
fn the_colour_is_told_in_the_stream_and_in_the_container() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("film.mp4");
    record(&path, &WHOLE);
    let bytes = std::fs::read(&path).unwrap();
    let find = |what: &[u8]| bytes.windows(what.len()).position(|found| found == what);
    assert!(find(b"nclx\0\x01\0\x01\0\x01\0").is_some());
    // a player can begin before it has all of it
    assert!(find(b"moov").unwrap() < find(b"mdat").unwrap());
    assert_eq!(find(b"ftyp"), Some(4));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_leaves_nothing() {
    // every write to this device fails as on a full disk
    let full = Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    let error = std::fs::write(full, [0; 4096]).unwrap_err();
    let message = FilmError::Write {
        path: "hello.mp4".into(),
        source: error,
    };
    assert!(
        message.to_string().contains("the disk is full"),
        "{message}"
    );
}
