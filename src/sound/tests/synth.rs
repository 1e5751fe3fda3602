//! The synth gives the same samples however it is asked, and seeks to what it would have played.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use orrery_sound::{Frame, RATE, Score, Sonification, Style, Synth, SynthSettings};
use support::{difference_db, rms_db, small_show};

fn score() -> Arc<Score> {
    Arc::new(Score::new(&small_show(), &Sonification::shipped().unwrap()))
}

fn bits(frames: &[Frame]) -> Vec<u32> {
    frames
        .iter()
        .flatten()
        .map(|sample| sample.to_bits())
        .collect()
}

fn settings(style: Style) -> SynthSettings {
    SynthSettings {
        style,
        ..SynthSettings::default()
    }
}

#[test]
fn the_same_bits_in_blocks_of_any_size() {
    let score = score();
    let mut whole = vec![[0.0; 2]; 6 * RATE as usize];
    Synth::at(score.clone(), settings(Style::Industrial), 8.0).render(&mut whole);
    for size in [1, 64, 480, 4096] {
        let mut synth = Synth::at(score.clone(), settings(Style::Industrial), 8.0);
        let mut parts = vec![[0.0; 2]; whole.len()];
        for part in parts.chunks_mut(size) {
            synth.render(part);
        }
        assert!(bits(&whole) == bits(&parts), "blocks of {size}");
    }
}

#[test]
fn seeking_is_playing() {
    let score = score();
    for (style, speed) in [
        (Style::Industrial, 1.0),
        (Style::Ambient, 1.0),
        (Style::Off, 1.0),
        (Style::Industrial, 0.5),
        (Style::Industrial, 1.5),
    ] {
        let settings = SynthSettings {
            speed,
            ..settings(style)
        };
        let mut played = vec![[0.0; 2]; 20 * RATE as usize];
        Synth::new(score.clone(), settings).render(&mut played);
        for second in [7.3, 12.0] {
            let mut sought = vec![[0.0; 2]; 2 * RATE as usize];
            Synth::at(score.clone(), settings, second * speed).render(&mut sought);
            let at = (second * f64::from(RATE)).round() as usize;
            let there = &played[at..at + sought.len()];
            let away = difference_db(there, &sought) - rms_db(there);
            assert!(
                away < -50.0,
                "{style:?} at {second}: {away} dB beside the sound"
            );
        }
    }
}

#[test]
fn two_shows_of_the_same_numbers_sound_the_same_to_the_bit() {
    let render = || {
        let mut out = vec![[0.0; 2]; 5 * RATE as usize];
        Synth::new(score(), settings(Style::Industrial)).render(&mut out);
        bits(&out)
    };
    assert!(render() == render());
}

#[test]
fn rendering_allocates_nothing() {
    let score = score();
    let mut synth = Synth::new(score, settings(Style::Industrial));
    let mut out = vec![[0.0; 2]; 480];
    let counted = allocation_counter::measure(|| {
        for _ in 0..2000 {
            synth.render(&mut out);
        }
    });
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[test]
fn the_music_does_not_repeat_itself() {
    // a minute of one section: no two of its bars are alike
    let mood = orrery_sound::Mood {
        section: orrery_sound::Section::Main,
        bits: 77,
        ..Default::default()
    };
    let score = Arc::new(Score::of_mood(mood, 60 * u64::from(RATE)));
    let mut out = vec![[0.0; 2]; 60 * RATE as usize];
    Synth::new(score, settings(Style::Industrial)).render(&mut out);
    let bar = f64::from(RATE) * 4.0 * 60.0 / 155.0;
    let bars: Vec<&[Frame]> = (2..38)
        .map(|at| (f64::from(at) * bar) as usize)
        .map(|at| &out[at..at + bar as usize - 1])
        .collect();
    for (at, a) in bars.iter().enumerate() {
        for b in &bars[at + 1..] {
            let power: f32 = a.iter().flatten().map(|x| x * x).sum();
            let away: f32 = a
                .iter()
                .flatten()
                .zip(b.iter().flatten())
                .map(|(a, b)| (a - b) * (a - b))
                .sum();
            assert!(away > 0.05 * power, "two bars are the same");
        }
    }
}

#[test]
fn the_same_bits_with_the_instructions_of_any_processor() {
    let score = score();
    let play = |arch: pulp::Arch| {
        let mut out = vec![[0.0; 2]; 12 * RATE as usize];
        Synth::new(score.clone(), settings(Style::Industrial))
            .with_instructions(arch)
            .render(&mut out);
        bits(&out)
    };
    let best = pulp::Arch::new();
    assert!(play(best) == play(pulp::Arch::Scalar), "{best:?}");
}
