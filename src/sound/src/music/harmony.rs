//! Harmony that follows the data: the wider attention is spread, the more often the bass leaves for the tones that
//! rub (the flat second, the tritone); the more certain the draw, the purer the chord at the end.

use crate::score::Mood;
use crate::signal::{mix2, semitones, unit};
use crate::table::Section;

/// A₁, on which everything stands.
pub const ROOT: f32 = 55.0;

/// The chord of a bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Harmony {
    /// Its lowest tone in semitones above [`ROOT`].
    pub base: f32,
    /// Its tones in semitones above its lowest.
    pub chord: [f32; 4],
}

/// Bars that have one base.
const BARS: i64 = 2;
/// Bases that rest, and such that rub.
const CALM: [f32; 5] = [0.0, 0.0, 3.0, 5.0, -4.0];
const TENSE: [f32; 4] = [1.0, 6.0, -1.0, 1.0];

impl Harmony {
    /// Of a bar in a mood.
    pub fn of_bar(seed: u32, bar: i64, mood: &Mood) -> Self {
        let turn = bar.div_euclid(BARS);
        let chance = |salt: u32| unit(mix2(seed ^ salt, turn as u32));
        // every fourth turn comes home
        let home = turn.rem_euclid(4) == 0;
        let resolved = mood.section == Section::Outro && mood.certainty > 0.5;
        let tense = chance(0x7E45) < mood.tension * 0.6;
        let pick = |from: &[f32]| {
            let at = (chance(0xBA5E) * from.len() as f32) as usize;
            from[at.min(from.len() - 1)]
        };
        let base = if home || resolved {
            0.0
        } else if tense {
            pick(&TENSE)
        } else {
            pick(&CALM)
        };
        let chord = match mood.section {
            // the third turns major when the model was sure
            Section::Outro if mood.certainty > 0.5 => [0.0, 7.0, 12.0, 16.0],
            Section::Outro => [0.0, 6.0, 12.0, 13.0],
            _ if mood.tension > 0.75 => [0.0, 7.0, 13.0, 15.0],
            _ if mood.tension > 0.45 => [0.0, 7.0, 12.0, 15.0],
            _ => [0.0, 7.0, 12.0, 19.0],
        };
        Self { base, chord }
    }

    /// The pitch of a tone in Hz, so many semitones above the base, octaves up.
    pub fn hz(&self, above: f32, octaves: i32) -> f32 {
        semitones(ROOT, self.base + above + 12.0 * octaves as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tension_and_certainty_are_heard() {
        let rubbing = |tension: f32| {
            let mood = Mood {
                tension,
                section: Section::Main,
                ..Mood::default()
            };
            let bases = (0..400).map(|bar| Harmony::of_bar(7, bar, &mood).base);
            bases.filter(|base| TENSE.contains(base)).count()
        };
        assert_eq!(rubbing(0.0), 0);
        assert!(
            rubbing(0.3) < rubbing(0.9),
            "{} {}",
            rubbing(0.3),
            rubbing(0.9)
        );
        let end = |certainty| {
            let mood = Mood {
                certainty,
                section: Section::Outro,
                ..Mood::default()
            };
            Harmony::of_bar(7, 3, &mood).chord
        };
        assert!(end(0.9).contains(&16.0) && end(0.1).contains(&6.0));
    }
}
