//! The industrial style: machines at 155 beats a minute. Sections decide who plays; seed, automata and the numbers of
//! the stage decide what.

use super::automaton::{generation, thue_morse};
use super::{Note, Notes, STEPS_PER_BAR, Step};
use crate::table::Section;
use crate::timbre::Timbre as T;

/// Bass drums of a bar, one bit a sixteenth, the first leftmost.
const KICKS: [u16; 5] = [
    0b1000_1000_1000_1000,
    0b1000_1000_1000_1010,
    0b1000_0010_0010_1000,
    0b1001_0010_1000_0100,
    0b1010_0010_1000_0110,
];
/// Bass notes.
const BASSES: [u16; 4] = [
    0b0010_0110_0010_0111,
    0b0110_1011_0010_1101,
    0b1011_0110_1101_1011,
    0b0011_0011_0011_0111,
];

fn beats(pattern: u16, place: usize) -> bool {
    pattern >> (15 - place) & 1 == 1
}

fn pick<const N: usize>(from: [u16; N], chance: f32) -> u16 {
    from[((chance * N as f32) as usize).min(N - 1)]
}

/// How far the section has come, in bars, at most 8.
fn bars_in(step: &Step) -> i64 {
    (step.since.max(0) / STEPS_PER_BAR).min(8)
}

pub(super) fn write(step: &Step, notes: &mut Notes) {
    let section = step.mood.section;
    pads(step, notes);
    match section {
        Section::Build => {
            if bars_in(step) >= 1 {
                drums(step, notes, 0.55, false);
            }
            hats(step, notes, 0.5);
            sparks(step, notes, 0.6);
        }
        Section::Main => {
            drums(step, notes, 1.0, true);
            hats(step, notes, 1.0);
            bass(step, notes, 1.0);
            automaton(step, notes, 0.7);
            stream(step, notes, 0.6);
            sparks(step, notes, 1.0);
        }
        Section::Breakdown => {
            if step.place == 0 {
                notes.hit(T::Kick, 46.0, 0.5, 0.5);
            }
            hats(step, notes, 0.25);
            shepard(step, notes);
            stream(step, notes, 1.0);
            sparks(step, notes, 1.2);
        }
        Section::Climax => {
            drums(step, notes, 1.1, true);
            hats(step, notes, 1.3);
            bass(step, notes, 1.15);
            automaton(step, notes, 1.1);
            stream(step, notes, 0.9);
            morse(step, notes);
            sparks(step, notes, 1.4);
            if step.bar.rem_euclid(4) == 2 {
                shepard(step, notes);
            }
        }
        Section::Outro => {
            if step.place.is_multiple_of(8) {
                notes.hit(T::Kick, 46.0, 0.6, 0.4);
            }
            hats(step, notes, 0.4);
            sparks(step, notes, 0.8);
        }
    }
    fills(step, notes);
    riser(step, notes);
}

/// Drone and pad: a chord each bar.
fn pads(step: &Step, notes: &mut Notes) {
    if step.place != 0 {
        return;
    }
    let bar = step.seconds * STEPS_PER_BAR as f32;
    let (drone, pad) = match step.mood.section {
        Section::Build => (0.11, 0.14),
        Section::Main => (0.06, 0.07),
        Section::Breakdown => (0.10, 0.18),
        Section::Climax => (0.07, 0.10),
        Section::Outro => (0.11, 0.20),
    };
    notes.hit(T::Sub, step.harmony.hz(0.0, 0), drone, bar);
    for (at, above) in step.harmony.chord.into_iter().enumerate() {
        notes.push(Note {
            late: 0.0,
            timbre: T::Pad,
            hz: step.harmony.hz(above, 1),
            gain: pad,
            pan: [-0.7, 0.6, -0.3, 0.8][at],
            seconds: bar,
        });
    }
}

fn drums(step: &Step, notes: &mut Notes, gain: f32, clap: bool) {
    if beats(pick(KICKS, step.chance_of_bars(2, 1)), step.place) {
        notes.hit(T::Kick, 47.0, 0.56 * gain, 0.32);
        notes.hit(T::Click, 1800.0, 0.05 * gain, 0.01);
    }
    if clap && step.place % 8 == 4 {
        for (late, share) in [(0.0, 0.5), (0.10, 0.6), (0.22, 1.0)] {
            notes.push(Note {
                late,
                timbre: T::Clap,
                hz: 1500.0,
                gain: 0.22 * gain * share,
                pan: 0.1,
                seconds: 0.12,
            });
        }
    }
}

fn hats(step: &Step, notes: &mut Notes, gain: f32) {
    let accent = [1.0, 0.35, 0.7, 0.4][step.place % 4];
    if step.chance(3) < 0.35 + 0.5 * gain.min(1.0) * accent {
        let pan = if step.place.is_multiple_of(2) {
            -0.35
        } else {
            0.4
        };
        let gain = 0.13 * gain * accent;
        let one = Note {
            late: 0.0,
            timbre: T::Hat,
            hz: 7_800.0,
            gain,
            pan,
            seconds: 0.035,
        };
        notes.push(one);
        // now and then thirty-seconds
        if step.chance_of_bar(4) > 0.6 && step.place % 8 >= 6 {
            notes.push(Note {
                late: 0.5,
                gain: gain * 0.7,
                pan: -pan,
                ..one
            });
        }
    }
    if step.place % 4 == 2 && gain > 0.6 {
        notes.hit(T::OpenHat, 6_500.0, 0.10 * gain, 0.13);
    }
}

fn bass(step: &Step, notes: &mut Notes, gain: f32) {
    if !beats(pick(BASSES, step.chance_of_bars(4, 5)), step.place) {
        return;
    }
    let above = match step.chance(6) {
        c if c > 0.86 => 12.0,
        c if c > 0.76 => 7.0,
        c if c > 0.70 => step.harmony.chord[3] - 12.0,
        _ => 0.0,
    };
    let seconds = step.seconds * (1.1 + 0.9 * step.chance(7));
    notes.hit(T::Bass, step.harmony.hz(above, 0), 0.22 * gain, seconds);
}

/// Metal beaten by a cellular automaton: rule 110, whose first cells are the stage's numbers.
fn automaton(step: &Step, notes: &mut Notes, gain: f32) {
    let first = step.mood.bits | 1;
    let cells = generation(110, first, step.bar.rem_euclid(61) as u32);
    if cells >> step.place & 0b101 == 0b101 && step.chance(8) < 0.75 {
        let pitch = 300.0 + 90.0 * ((cells >> (step.place + 16)) & 15) as f32;
        notes.push(Note {
            late: 0.0,
            timbre: T::Metal,
            hz: pitch,
            gain: 0.13 * gain,
            pan: step.chance(9) * 1.6 - 0.8,
            seconds: 0.09 + 0.1 * step.chance(10),
        });
    }
}

/// The bits of the stage's own numbers, four a step, as two tones: the pitches of an old modem.
fn stream(step: &Step, notes: &mut Notes, gain: f32) {
    if step.chance_of_bars(2, 11) > 0.45 * gain.min(1.0) + 0.1 {
        return;
    }
    for quarter in 0..4u32 {
        let at = (step.number as u32).wrapping_mul(4).wrapping_add(quarter) % 64;
        let high = step.mood.bits >> at & 1 == 1;
        notes.push(Note {
            late: quarter as f32 * 0.25,
            timbre: T::SineBlip,
            hz: if high { 2_200.0 } else { 1_200.0 },
            gain: 0.045 * gain,
            pan: if high { 0.55 } else { -0.55 },
            seconds: 0.02,
        });
    }
}

/// Clicks of the Thue–Morse sequence, eight a step.
fn morse(step: &Step, notes: &mut Notes) {
    if step.chance_of_bar(12) > 0.5 {
        return;
    }
    for eighth in 0..8i64 {
        if thue_morse(step.number * 8 + eighth) {
            notes.push(Note {
                late: eighth as f32 * 0.125,
                timbre: T::Needle,
                hz: 3_200.0,
                gain: 0.05,
                pan: if eighth % 2 == 0 { -0.8 } else { 0.8 },
                seconds: 0.004,
            });
        }
    }
}

/// Electrical impulses, here and there.
fn sparks(step: &Step, notes: &mut Notes, gain: f32) {
    if step.chance(13) < 0.07 * gain {
        notes.push(Note {
            late: (step.chance(14) * 4.0).min(3.0) * 0.25,
            timbre: if step.chance(15) > 0.5 {
                T::Impulse
            } else {
                T::Zap
            },
            hz: 180.0 + 900.0 * step.chance(16),
            gain: 0.09,
            pan: step.chance(17) * 1.8 - 0.9,
            seconds: 0.04,
        });
    }
}

/// A tone that rises without end, two bars long; each begins as the one before is half over.
fn shepard(step: &Step, notes: &mut Notes) {
    if step.place == 0 {
        let bar = step.seconds * STEPS_PER_BAR as f32;
        notes.hit(T::Shepard, step.harmony.hz(0.0, 0) * 0.5, 0.11, bar);
    }
}

/// The end of every fourth bar: a machine gun, or the beat stutters.
fn fills(step: &Step, notes: &mut Notes) {
    let loud = matches!(step.mood.section, Section::Main | Section::Climax);
    if !loud || step.bar.rem_euclid(4) != 3 || step.place < 12 {
        return;
    }
    let along = (step.place - 12) as f32 / 4.0;
    if step.chance_of_bar(18) > 0.4 {
        let timbre = match (step.chance_of_bar(19) * 4.0) as u32 {
            0 => T::Metal,
            1 => T::WhiteBurst,
            2 => T::Click,
            _ => T::Zap,
        };
        let shots = if step.place >= 14 { 4 } else { 2 };
        for shot in 0..shots {
            let late = shot as f32 / shots as f32;
            notes.push(Note {
                late,
                timbre,
                hz: 420.0 + 500.0 * (along + late * 0.25),
                gain: 0.08 + 0.10 * along,
                pan: if shot % 2 == 0 { -0.6 } else { 0.6 },
                seconds: 0.035,
            });
        }
    } else {
        // the same hit, ever faster
        let hits = [2, 3, 4, 6][(step.place - 12).min(3)];
        for hit in 0..hits {
            notes.push(Note {
                late: hit as f32 / hits as f32,
                timbre: T::Kick,
                hz: 52.0 + 18.0 * along,
                gain: 0.26 + 0.1 * along,
                pan: 0.0,
                seconds: 0.07,
            });
        }
    }
}

/// Noise that rises for at most two bars to a climax or to the main part.
fn riser(step: &Step, notes: &mut Notes) {
    let Some((steps, next)) = step.next else {
        return;
    };
    let rises = matches!(next.section, Section::Climax | Section::Main);
    let first = steps == 2 * STEPS_PER_BAR || (step.since == 0 && steps < 2 * STEPS_PER_BAR);
    if rises && first && steps >= 4 {
        let seconds = (steps as f32 * step.seconds).min(3.0);
        notes.hit(T::Riser, 420.0, 0.10, seconds - 0.03);
    }
}
