//! Films in the players that people have: ffmpeg and a browser. Where they are not installed these say so and check
//! nothing; `scripts/test` installs them.

#[path = "../../../report/tests/support/browser.rs"]
#[allow(dead_code)]
mod browser;

use std::process::{Command, Stdio};

use serde_json::json;

use crate::Studio;

fn installed(program: &str) -> bool {
    let found = Command::new(program)
        .arg("-version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let there = found.is_ok_and(|status| status.success());
    if !there {
        eprintln!("SKIPPED: {program} is not installed");
    }
    there
}

#[test]
fn ffmpeg_reads_what_was_written_and_has_nothing_to_say() {
    if !installed("ffprobe") || !installed("ffmpeg") {
        return;
    }
    let studio = Studio::new();
    studio.recorded(&["-o", "film.mp4", "--fps", "10", "--from", "8", "--to", "11"]);
    let told = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-of",
            "json",
            "-show_streams",
            "-count_frames",
            "film.mp4",
        ])
        .current_dir(studio.folder())
        .output()
        .unwrap();
    assert!(
        told.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&told.stderr)
    );
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let [video, sound] = &told["streams"].as_array().unwrap()[..] else {
        panic!("not two streams");
    };
    for (stream, name, expected) in [
        (video, "codec_name", json!("h264")),
        (video, "profile", json!("High")),
        (video, "pix_fmt", json!("yuv420p")),
        (video, "color_range", json!("tv")),
        (video, "color_space", json!("bt709")),
        (video, "color_transfer", json!("bt709")),
        (video, "color_primaries", json!("bt709")),
        (video, "chroma_location", json!("center")),
        (video, "sample_aspect_ratio", json!("1:1")),
        (video, "r_frame_rate", json!("10/1")),
        (video, "nb_read_frames", json!("30")),
        (video, "start_time", json!("0.000000")),
        (video, "has_b_frames", json!(0)),
        (sound, "codec_name", json!("aac")),
        (sound, "profile", json!("LC")),
        (sound, "sample_rate", json!("48000")),
        (sound, "channels", json!(2)),
        (sound, "start_time", json!("0.000000")),
    ] {
        assert_eq!(stream[name], expected, "{name}");
    }
    let decoded = Command::new("ffmpeg")
        .args(["-v", "warning", "-i", "film.mp4", "-f", "null", "-"])
        .current_dir(studio.folder())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&decoded.stderr);
    assert!(decoded.status.success() && said.is_empty(), "{said}");
}

#[test]
fn ffmpeg_encodes_where_it_is_asked_to() {
    if !installed("ffmpeg") {
        return;
    }
    let studio = Studio::new();
    let stretch = [
        "--encoder",
        "ffmpeg",
        "--fps",
        "10",
        "--from",
        "8",
        "--to",
        "10",
    ];
    studio.recorded(&[&stretch[..], &["-o", "film.mp4"]].concat());
    let decoded = Command::new("ffmpeg")
        .args(["-v", "warning", "-i", "film.mp4", "-f", "null", "-"])
        .current_dir(studio.folder())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&decoded.stderr);
    assert!(decoded.status.success() && said.is_empty(), "{said}");
}

#[test]
fn a_browser_plays_it_to_its_end() {
    let Some(mut browser) = browser::Browser::start() else {
        return;
    };
    let studio = Studio::new();
    studio.recorded(&["-o", "film.mp4", "--fps", "10", "--from", "8", "--to", "10"]);
    let page = studio.folder().join("page.html");
    std::fs::write(&page, "<video id=film src=film.mp4 muted></video>").unwrap();
    browser.open(&page, "");
    let played = browser.evaluate(
        "new Promise((done) => {
            const film = document.getElementById('film');
            const tell = (how) => done([how, film.videoWidth, film.videoHeight, film.duration]);
            film.onended = () => tell('ended');
            film.onerror = () => tell(film.error.message);
            film.play().catch((problem) => tell(String(problem)));
        })",
    );
    assert_eq!(played, json!(["ended", 192, 108, 2]));
}
