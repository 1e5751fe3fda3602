//! What is refused before anything is drawn, with the way out.

use crate::{Studio, refusal};

#[test]
fn what_cannot_be_recorded_is_named_with_the_way_out() {
    let studio = Studio::new();
    std::fs::write(studio.path("there.mp4"), "mine").unwrap();
    std::fs::write(studio.path("told.json"), "mine").unwrap();
    std::fs::create_dir(studio.path("folder")).unwrap();
    std::fs::write(studio.path("folder/mine.txt"), "mine").unwrap();
    std::fs::write(studio.path("bad.ron"), "(keys: [])").unwrap();
    for (arguments, words) in [
        (&["-o", "film"][..], &["which format", ".mp4"][..]),
        (&["-o", "film.avi"], &["which format"]),
        (&["-o", "film.png"], &["no single picture", "orrery still"]),
        (
            &["-o", "film.gif", "--format", "mp4"],
            &["the name says gif"],
        ),
        (
            &["-o", "film.mp4", "--width", "191", "--height", "108"],
            &["--width 192 --height 108"],
        ),
        (&["-o", "film.mp4", "--width", "8"], &["16 to 8192"]),
        (&["-o", "film.mp4", "--fps", "0"], &["1 to 120"]),
        (&["-o", "film.gif", "--fps", "60"], &["--fps 25"]),
        (&["-o", "film.mp4", "--crf", "60"], &["0 (best) to 51"]),
        (&["-o", "film.gif", "--crf", "20"], &["--crf", ".mp4"]),
        (&["-o", "film.mp4", "--codec", "av1"], &["--encoder ffmpeg"]),
        (&["-o", "film.gif", "--part", "1/2"], &["--part"]),
        (
            &["-o", "film.mp4", "--from", "1e9"],
            &["--from", "goes from 0 to"],
        ),
        (
            &["-o", "film.mp4", "--from", "4", "--to", "2"],
            &["begin at 4"],
        ),
        (
            &["-o", "film.mp4", "--speed", "0"],
            &["--speed", "0.1 to 10"],
        ),
        (
            &["-o", "film.mp4", "--to", "1", "--part", "1/900"],
            &["1 to 1 parts"],
        ),
        (&["-o", "there.mp4"], &["there.mp4", "--force"]),
        (&["-o", "told.mp4"], &["told.json", "--force"]),
        (&["-o", "folder", "--format", "png"], &["folder", "--force"]),
        (
            &["-o", "there.mp4", "--format", "png"],
            &["folder of pictures"],
        ),
        (&["-o", "not/there/film.mp4"], &["not/there does not exist"]),
        (
            &["-o", "film.mp4", "--camera", "none.ron"],
            &["none.ron", "cinematic"],
        ),
        (
            &["-o", "film.mp4", "--camera", "bad.ron"],
            &["bad.ron", "at least one key"],
        ),
        (&["-o", "film.mp4", "--poster", "x.jpg"], &["x.jpg", ".png"]),
    ] {
        let show = ["record", "--text", "hello", "--tokens", "1"];
        let message = refusal(studio.orrery(&[&show[..], arguments].concat()));
        for word in words {
            assert!(message.contains(word), "{arguments:?}: {word}: {message}");
        }
    }
    let mut hidden = studio.record(&["-o", "film.mp4"]);
    hidden.env("RUSTY_H264_LEGACY_CAVLC", "1");
    assert!(refusal(hidden).contains("RUSTY_H264_LEGACY_CAVLC"));
    let mut without = studio.record(&["-o", "film.mp4", "--encoder", "ffmpeg"]);
    without.env("PATH", "");
    let message = refusal(without);
    assert!(message.contains("apt-get install ffmpeg"), "{message}");
    let again = refusal(studio.orrery(&["record", "--again", "told.json"]));
    assert!(again.contains("told.json"), "{again}");
    assert_eq!(
        studio.names(),
        ["bad.ron", "folder", "there.mp4", "told.json"]
    );
}
