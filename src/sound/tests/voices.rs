//! The instruments, measured: each sounds at its pitch, nothing folds back, and they are told apart.
#![allow(clippy::unwrap_used)]

mod support;

use orrery_sound::Timbre;
use orrery_sound::voice::{Source, Voice};
use support::{centroid, spectrum};

/// A note, in mono, at a frame rate.
fn note(timbre: Timbre, hz: f32, seconds: f32, rate: f32) -> Vec<f32> {
    let mut voice = Voice::at_rate(&timbre.patch(), hz, seconds, 1.0, 9, rate);
    let mut all = Vec::new();
    loop {
        let mut block = [0.0; 64];
        let more = voice.render(&mut block);
        all.extend(block);
        if !more {
            return all;
        }
    }
}

fn is_noise(timbre: Timbre) -> bool {
    matches!(timbre.patch().source, Source::Noise { .. })
}

#[test]
fn notes_end_and_stay_within_bounds() {
    for timbre in Timbre::ALL {
        let (least, most) = timbre.range();
        for hz in [least, (least * most).sqrt(), most] {
            for seconds in [0.0, 0.004, 0.1, 1.0] {
                let samples = note(timbre, hz, seconds, 48_000.0);
                assert!(samples.len() < 2 * 48_000, "{timbre:?} does not end");
                let peak = samples.iter().fold(0.0f32, |a, b| a.max(b.abs()));
                assert!(
                    peak.is_finite() && peak < 3.0,
                    "{timbre:?} {hz} {seconds}: {peak}"
                );
                let edge = samples
                    .windows(2)
                    .map(|w| (w[1] - w[0]).abs())
                    .next_back()
                    .unwrap();
                assert!(edge < 0.02, "{timbre:?} ends with an edge of {edge}");
            }
        }
    }
}

#[test]
fn the_pitch_that_is_named_is_sounded() {
    for timbre in Timbre::ALL {
        // noise has a band, glides and bass drums are at their pitch at one moment only
        let moves = matches!(
            timbre.patch().source,
            Source::Glide { .. } | Source::Shepard { .. }
        );
        if is_noise(timbre) || moves {
            continue;
        }
        let (least, most) = timbre.range();
        let hz = (least * most).sqrt();
        let samples = note(timbre, hz, 1.0, 48_000.0);
        let (amplitudes, step) = spectrum(&samples, 48_000.0);
        let around = |hz: f32| {
            let at = (hz / step) as usize;
            amplitudes[at.saturating_sub(4)..at + 5]
                .iter()
                .copied()
                .fold(0.0, f32::max)
        };
        let highest = amplitudes.iter().copied().fold(0.0, f32::max);
        // the fifth has its lower tone an octave below
        let base = if timbre == Timbre::Dyad { 0.5 } else { 1.0 };
        assert!(around(hz * base) > 0.2 * highest, "{timbre:?} at {hz} Hz");
    }
}

#[test]
fn nothing_folds_back_from_above_half_the_frame_rate() {
    for timbre in Timbre::ALL {
        if is_noise(timbre) {
            continue;
        }
        let (least, most) = timbre.range();
        for hz in [(least * most).sqrt(), most] {
            // the same note at eight times the rate has room for all its partials: what the other has beside those of
            // this one has been folded
            let low = spectrum(&note(timbre, hz, 0.25, 48_000.0), 48_000.0);
            let high = spectrum(&note(timbre, hz, 0.25, 8.0 * 48_000.0), 8.0 * 48_000.0);
            let highest = low.0.iter().copied().fold(0.0, f32::max);
            let highest_there = high.0.iter().copied().fold(0.0, f32::max);
            let mut worst: f32 = 0.0;
            for (at, amplitude) in low.0.iter().enumerate() {
                let hz = at as f32 * low.1;
                if hz > 23_000.0 {
                    break;
                }
                // the most that the honest note has near here
                let near = (hz / high.1) as usize;
                let width = (60.0 / high.1) as usize + 1;
                let end = (near + width).min(high.0.len());
                let honest = high.0[near.saturating_sub(width)..end]
                    .iter()
                    .copied()
                    .fold(0.0, f32::max);
                let folded = amplitude / highest - 1.5 * honest / highest_there;
                worst = worst.max(folded);
            }
            let worst = 20.0 * worst.max(1e-9).log10();
            assert!(worst < -60.0, "{timbre:?} at {hz} Hz: {worst} dB");
        }
    }
}

/// Centroid in octaves, attack and length in the logarithm of milliseconds, noisiness.
fn features(timbre: Timbre, seconds: f32) -> [f32; 4] {
    let samples = note(
        timbre,
        440.0f32.clamp(timbre.range().0, timbre.range().1),
        seconds,
        48_000.0,
    );
    let of = spectrum(&samples, 48_000.0);
    let middle = centroid(&of);
    let envelope: Vec<f32> = samples
        .chunks(48)
        .map(|ms| ms.iter().fold(0.0f32, |a, b| a.max(b.abs())))
        .collect();
    let peak = envelope.iter().copied().fold(0.0, f32::max);
    let attack = envelope.iter().position(|&e| e > 0.9 * peak).unwrap() as f32 + 1.0;
    let length = envelope.iter().rposition(|&e| e > 0.1 * peak).unwrap() as f32 + 1.0;
    let total: f32 = of.0.iter().sum();
    let mut sorted = of.0.clone();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let tonal: f32 = sorted[..40].iter().sum::<f32>() / total;
    [middle.log2(), attack.log2(), length.log2(), 6.0 * tonal]
}

#[test]
fn the_voices_of_operations_are_told_apart() {
    let table = orrery_sound::Sonification::shipped().unwrap();
    let mut voices: Vec<(Timbre, f32)> = Vec::new();
    for mapping in table.operations.values().flat_map(|acts| acts.values()) {
        if !voices.iter().any(|(timbre, _)| *timbre == mapping.voice) {
            voices.push((mapping.voice, mapping.seconds));
        }
    }
    assert!(voices.len() >= 10, "{}", voices.len());
    let all: Vec<[f32; 4]> = voices
        .iter()
        .map(|&(timbre, seconds)| features(timbre, seconds))
        .collect();
    for a in 0..all.len() {
        for b in a + 1..all.len() {
            let away = (0..4)
                .map(|f| (all[a][f] - all[b][f]).powi(2))
                .sum::<f32>()
                .sqrt();
            assert!(
                away > 0.5,
                "{:?} {:?} and {:?} {:?}: {away}",
                voices[a],
                all[a],
                voices[b],
                all[b]
            );
        }
    }
}
