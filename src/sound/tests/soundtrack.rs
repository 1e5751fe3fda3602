//! Soundtracks as a listener gets them: loud enough, never too loud, never silent.
#![allow(clippy::unwrap_used)]

mod support;

use orrery_sound::{
    Loudness, Only, RATE, Sonification, SoundtrackOptions, Style, WavFormat, soundtrack, write_wav,
};
use support::{rms_db, shipped_show, small_show};

fn options() -> SoundtrackOptions {
    SoundtrackOptions::default()
}

fn table() -> Sonification {
    Sonification::shipped().unwrap()
}

#[test]
fn the_same_input_gives_the_same_file() {
    let show = small_show();
    let options = SoundtrackOptions {
        from: 3.0,
        to: Some(9.5),
        ..options()
    };
    let bytes = || {
        let mut file = std::io::Cursor::new(Vec::new());
        write_wav(
            &mut file,
            &soundtrack(&show, &table(), &options).frames,
            WavFormat::Sixteen,
        )
        .unwrap();
        file.into_inner()
    };
    let once = bytes();
    assert_eq!(once.len(), 44 + 4 * (6.5 * f64::from(RATE)) as usize);
    assert!(once == bytes());
}

#[test]
fn loudness_is_what_was_asked_for() {
    for (text, style, loudness) in [
        ("hello", Style::Industrial, Loudness::Web),
        ("to be", Style::Ambient, Loudness::Web),
        ("the king", Style::Industrial, Loudness::Ebu),
    ] {
        let show = shipped_show("charlm.npz", text, 1);
        let options = SoundtrackOptions {
            music: style,
            loudness,
            to: Some(30.0),
            ..options()
        };
        let sound = soundtrack(&show, &table(), &options);
        let measured = sound.measured;
        assert!(
            (measured.lufs - loudness.lufs()).abs() < 1.0,
            "{text}: {measured:?}"
        );
        assert!(measured.true_peak <= -1.0, "{text}: {measured:?}");
    }
}

#[test]
fn no_second_of_a_show_is_silent() {
    for (file, text) in [("charlm.npz", "hello"), ("bard.npz", "ROMEO:")] {
        let show = shipped_show(file, text, 1);
        let sound = soundtrack(&show, &table(), &options());
        assert!(
            sound.measured.true_peak <= -1.0,
            "{file}: {:?}",
            sound.measured
        );
        for (second, frames) in sound.frames.chunks_exact(RATE as usize).enumerate() {
            let loud = rms_db(frames);
            assert!(loud > -50.0, "{file}: second {second} has {loud} dB");
        }
    }
}

#[test]
fn no_second_of_a_nanogpt_show_is_silent() {
    for (name, text) in [("word-knock", "knock knock"), ("char-bard", "the king")] {
        let Some(show) = support::nanogpt_show(name, text) else {
            continue;
        };
        let sound = soundtrack(&show, &table(), &options());
        for (second, frames) in sound.frames.chunks_exact(RATE as usize).enumerate() {
            let loud = rms_db(frames);
            assert!(loud > -50.0, "{name}: second {second} has {loud} dB");
        }
    }
}

#[test]
fn a_stretch_at_another_speed_has_its_length_and_its_events() {
    let show = small_show();
    for (speed, seconds) in [(0.5, 8.0), (1.0, 4.0), (4.0, 1.0)] {
        let options = SoundtrackOptions {
            from: 5.0,
            to: Some(9.0),
            speed,
            only: Only::Events,
            ..options()
        };
        let sound = soundtrack(&show, &table(), &options);
        assert_eq!(sound.frames.len(), (seconds * f64::from(RATE)) as usize);
        assert!(
            sound.events > 20 && rms_db(&sound.frames) > -40.0,
            "{speed}: {}",
            sound.events
        );
    }
}

#[test]
fn events_and_music_are_heard_by_themselves() {
    let show = small_show();
    let of = |only| {
        let options = SoundtrackOptions {
            only,
            from: 10.0,
            to: Some(14.0),
            ..options()
        };
        soundtrack(&show, &table(), &options)
    };
    let (events, music) = (of(Only::Events), of(Only::Music));
    assert!(events.events > 50 && music.events == 0);
    assert!(rms_db(&events.frames) > -30.0 && rms_db(&music.frames) > -30.0);
    assert!(events.frames != music.frames);
}

#[test]
fn a_window_is_about_as_loud_as_a_film() {
    // where nothing can be measured beforehand
    let show = shipped_show("charlm.npz", "hello", 1);
    let score = std::sync::Arc::new(orrery_sound::Score::new(&show, &table()));
    for style in [Style::Industrial, Style::Ambient] {
        let settings = orrery_sound::SynthSettings {
            style,
            ..Default::default()
        };
        let mut frames = vec![[0.0; 2]; 40 * RATE as usize];
        orrery_sound::Synth::new(score.clone(), settings).render(&mut frames);
        let measured = orrery_sound::Meter::measure(&frames);
        assert!(
            (measured.lufs + 16.0).abs() < 2.5,
            "{style:?}: {measured:?}"
        );
        assert!(measured.true_peak <= -1.0, "{style:?}: {measured:?}");
    }
}
