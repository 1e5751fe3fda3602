//! The calmer style: pads, a drone, single tones that the stage's numbers choose. No drum.

use super::{Note, Notes, STEPS_PER_BAR, Step};
use crate::table::Section;
use crate::timbre::Timbre as T;

/// Tones of single notes, in semitones above the base: those of the chord and two that colour it.
const TONES: [f32; 6] = [0.0, 7.0, 12.0, 14.0, 19.0, 24.0];

pub(super) fn write(step: &Step, notes: &mut Notes) {
    let bar = step.seconds * STEPS_PER_BAR as f32;
    let section = step.mood.section;
    if step.place == 0 {
        notes.hit(T::Sub, step.harmony.hz(0.0, 0), 0.08, bar);
        for (at, above) in step.harmony.chord.into_iter().enumerate() {
            notes.push(Note {
                late: 0.0,
                timbre: T::Pad,
                hz: step.harmony.hz(above, 1),
                gain: 0.15,
                pan: [-0.8, 0.7, -0.2, 0.5][at],
                seconds: bar,
            });
        }
        let wind = matches!(section, Section::Breakdown | Section::Climax);
        notes.hit(
            T::Breath,
            500.0 + 900.0 * step.chance_of_bar(1),
            if wind { 0.05 } else { 0.025 },
            bar,
        );
        if matches!(section, Section::Climax | Section::Breakdown) && step.bar.rem_euclid(2) == 0 {
            notes.hit(T::Shepard, step.harmony.hz(0.0, 0) * 0.5, 0.06, bar);
        }
    }
    // one tone in eight or so, more of them where the industrial style would be loud
    let often = match section {
        Section::Build | Section::Outro => 0.16,
        Section::Breakdown => 0.12,
        Section::Main => 0.22,
        Section::Climax => 0.34,
    };
    if step.place.is_multiple_of(2) && step.chance(2) < often {
        let bits = step.mood.bits >> (step.number.rem_euclid(16) * 4) & 7;
        let tone = TONES[(bits as usize) % TONES.len()];
        notes.push(Note {
            late: 0.0,
            timbre: if step.chance(3) > 0.6 {
                T::Bell
            } else {
                T::Air
            },
            hz: step.harmony.hz(tone, 3),
            gain: 0.07 + 0.06 * step.chance(4),
            pan: step.chance(5) * 1.6 - 0.8,
            seconds: 1.2,
        });
    }
}
