//! What is in a film.

use std::io::Read;
use std::process::Stdio;

use orrery::film::{FilmFacts, FilmPlan, Stretch};
use orrery::render::{PictureSize, QualityChoice};
use orrery::show::{CurrentShow, NamedModel, PictureSettings, ShowRenderer, ShowSettings};
use orrery_film::{FilmSize, FrameRate, RgbaFrame, Yuv420Frame};
use orrery_model::{SamplingSettings, checkpoint};
use orrery_pipeline::{Detail, Pacing, Pages, ShowOptions};
use orrery_sound::{Sonification, SoundtrackOptions, soundtrack};

use crate::decoded::{pictures, psnr, sound};
use crate::{Studio, film, refusal, succeed};

/// The show of the small film.
fn show() -> CurrentShow {
    let weights = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../weights/charlm.npz");
    let model = checkpoint::load(&weights).unwrap();
    CurrentShow::new(ShowSettings {
        model: NamedModel::new(model, "charlm (shipped)".into()),
        prompt: "hello".into(),
        lossy: false,
        options: ShowOptions {
            tokens: 1,
            sampling: SamplingSettings {
                temperature: 0.8,
                top_k: None,
                top_p: None,
                seed: 0,
            },
            opened: [0].into(),
            later_tokens: Detail::Abbreviated,
            pages: Pages::default(),
            lens: false,
        },
        pacing: Pacing::shipped().unwrap(),
    })
    .unwrap()
}

#[test]
fn each_frame_is_the_picture_of_its_moment_and_sound_lies_under_it() {
    let studio = Studio::new();
    studio.recorded(&["-o", "film.mp4", "--fps", "6", "--from", "9", "--to", "12"]);
    assert_eq!(studio.names(), ["film.json", "film.mp4"]);
    let mut film = film(&studio.path("film.mp4"));
    let pictures = pictures(&mut film);
    assert_eq!(pictures.len(), 18);

    let show = show();
    let settings = PictureSettings {
        size: PictureSize {
            width: 192,
            height: 108,
        },
        quality: QualityChoice::Software,
        ..PictureSettings::default()
    };
    let mut renderer = ShowRenderer::new(show.clone(), settings).unwrap();
    let stretch = Stretch {
        from: Some(9.0),
        to: Some(12.0),
        longest: None,
    };
    let plan = FilmPlan::new(show.duration(), FrameRate::new(6).unwrap(), 1.0, stretch).unwrap();
    let size = FilmSize {
        width: 192,
        height: 108,
    };
    for (picture, frame) in pictures.iter().zip(plan.frames()) {
        let meant = renderer.picture(plan.time(frame)).unwrap();
        let meant = RgbaFrame {
            size,
            bytes: meant.into_raw(),
        };
        let quality = psnr(picture, &Yuv420Frame::from_rgba(&meant));
        assert!(quality > 38.0, "frame {frame}: {quality:.1} dB");
    }

    let heard = sound(&mut film);
    let options = SoundtrackOptions {
        from: 9.0,
        to: Some(12.0),
        ..SoundtrackOptions::default()
    };
    let meant = soundtrack(&show.show, &Sonification::shipped().unwrap(), &options).frames;
    assert_eq!((heard[0].len(), meant.len()), (144_000, 144_000));
    let likeness = |lag: i64| -> f64 {
        let inner = 3_000..141_000;
        let pairs = inner.map(|at: i64| (heard[0][at as usize], meant[(at + lag) as usize][0]));
        pairs
            .map(|(is, should)| f64::from(is) * f64::from(should))
            .sum()
    };
    let best = (-2_000..2_000).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)));
    assert_eq!(best, Some(0));
}

#[test]
fn the_same_command_makes_the_same_file_and_parts_make_the_whole() {
    let studio = Studio::new();
    let stretch = ["--fps", "5", "--from", "6", "--to", "9"];
    let record = |more: &[&str]| studio.recorded(&[&stretch[..], more].concat());
    record(&["-o", "one.mp4"]);
    record(&["-o", "two.mp4", "--threads", "1"]);
    assert!(studio.bytes("one.mp4") == studio.bytes("two.mp4"));
    succeed(studio.orrery(&["record", "--again", "one.json", "-o", "three.mp4"]));
    assert!(studio.bytes("one.mp4") == studio.bytes("three.mp4"));

    // three processes at once, as on three machines
    let parts: Vec<_> = ["1/3", "2/3", "3/3"]
        .iter()
        .map(|part| {
            let name = format!("part-{}.mp4", &part[..1]);
            let mut command = studio.record(&stretch);
            command
                .args(["-o", &name, "--part", part])
                .stderr(Stdio::null());
            command.spawn().unwrap()
        })
        .collect();
    for mut part in parts {
        assert!(part.wait().unwrap().success());
    }
    let names = ["part-3.mp4", "part-1.mp4", "part-2.mp4"];
    succeed(studio.orrery(&[&["join", "-o", "joined.mp4"][..], &names].concat()));
    assert!(studio.bytes("one.mp4") == studio.bytes("joined.mp4"));

    let facts = |name: &str| -> FilmFacts { serde_json::from_slice(&studio.bytes(name)).unwrap() };
    let one = facts("one.json");
    assert_eq!((one.frames, one.frames_per_second, one.seed), (15, 5, 0));
    assert!(one.text.starts_with("hello") && one.loudness.is_some());
    assert_eq!(one.arguments, facts("three.json").arguments);
    assert_eq!(one.weights_sha256, facts("joined.json").weights_sha256);
    let missing = refusal(studio.orrery(&["join", "-o", "x.mp4", "part-3.mp4", "part-1.mp4"]));
    assert!(missing.contains("2/3"), "{missing}");
}

#[test]
fn a_stretch_has_the_frames_of_the_whole() {
    let studio = Studio::new();
    let record = |name: &str, more: &[&str]| {
        let common = ["-o", name, "--format", "png", "--fps", "4"];
        studio.recorded(&[&common[..], more].concat());
    };
    record("whole", &["--to", "5"]);
    record("stretch", &["--from", "2", "--to", "4"]);
    let names = crate::decoded::names(&studio.path("stretch"));
    assert_eq!(names.first().unwrap(), "frame_000008.png");
    assert_eq!(names.len(), 8);
    for name in names {
        let same =
            studio.bytes(&format!("whole/{name}")) == studio.bytes(&format!("stretch/{name}"));
        assert!(same, "{name}");
    }
}

#[test]
fn loops_and_posters_and_subtitles_are_written() {
    let studio = Studio::new();
    let stretch = ["--fps", "5", "--from", "3", "--to", "4"];
    for name in ["loop.gif", "loop.apng"] {
        studio.recorded(
            &[
                &stretch[..],
                &["-o", name, "--poster", &format!("{name}.png")],
            ]
            .concat(),
        );
    }
    assert!(studio.names().contains(&"loop.gif.json".to_owned()));
    succeed(studio.orrery(&["record", "--again", "loop.gif.json", "-o", "again.gif"]));
    assert!(studio.bytes("loop.gif") == studio.bytes("again.gif"));
    assert!(studio.bytes("loop.gif").starts_with(b"GIF89a"));
    assert!(studio.bytes("loop.apng.png").starts_with(b"\x89PNG"));
    studio.recorded(&[&stretch[..], &["-o", "film.mp4", "--captions", "srt"]].concat());
    let subtitles = String::from_utf8(studio.bytes("film.srt")).unwrap();
    assert!(subtitles.starts_with("1\n00:00:00,000 --> "), "{subtitles}");
    assert!(
        subtitles
            .lines()
            .nth(2)
            .is_some_and(|words| words.len() > 10)
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_a_film_that_plays_and_the_window_that_goes_leaves_none() {
    let studio = Studio::new();
    let started = |name: &str| {
        let mut command = studio.record(&["-o", name, "--steered"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        // three frames have been drawn when it says so
        let mut lines = child.stdout.take().unwrap();
        let mut said = String::new();
        while !said.lines().any(|line| line.starts_with("3 ")) {
            let mut byte = [0];
            lines.read_exact(&mut byte).unwrap();
            said.push(char::from(byte[0]));
        }
        (child, lines)
    };
    let (mut child, lines) = started("kept.mp4");
    // waiting would close it
    let window = child.stdin.take();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let rest = std::thread::spawn(move || std::io::copy(&mut { lines }, &mut std::io::sink()));
    assert_eq!(child.wait().unwrap().code(), Some(130));
    rest.join().unwrap().unwrap();
    drop(window);
    let mut film = film(&studio.path("kept.mp4"));
    let frames = pictures(&mut film).len();
    assert!(frames >= 3);
    assert_eq!(sound(&mut film)[0].len(), frames * 1_600);
    let facts: FilmFacts = serde_json::from_slice(&studio.bytes("kept.json")).unwrap();
    assert_eq!((facts.frames as usize, facts.stopped), (frames, true));

    let (mut child, lines) = started("gone.mp4");
    drop(child.stdin.take());
    drop(lines);
    assert!(!child.wait().unwrap().success());
    assert_eq!(studio.names(), ["kept.json", "kept.mp4"]);
}
