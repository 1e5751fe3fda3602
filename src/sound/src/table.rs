//! The mapping of numbers to sounds, as `assets/sonification.ron` gives it. What a mapping sounds like does not live
//! here.

use std::collections::BTreeMap;

use orrery_pipeline::motion::Act;
use orrery_pipeline::{OperationKind, StageKind, Tint};
use serde::{Deserialize, Serialize};

use crate::timbre::Timbre;

/// How the act of a cell sounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The instrument.
    pub voice: Timbre,
    /// Pitch in Hz at the lower end of the colour map.
    pub low: f32,
    /// Pitch in Hz at its upper end.
    pub high: f32,
    /// Gain at 0.
    pub soft: f32,
    /// Gain at the ends of the map.
    pub loud: f32,
    /// Length in seconds; 0: as long as the cell's own motion.
    pub seconds: f32,
    /// Whether pitches are tones of the scale.
    #[serde(default = "yes")]
    pub tuned: bool,
}

fn yes() -> bool {
    true
}

/// A note that no cell plays.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// The instrument.
    pub voice: Timbre,
    /// Pitch in Hz.
    pub hz: f32,
    /// Gain.
    pub gain: f32,
    /// Length in seconds.
    pub seconds: f32,
}

/// How many notes there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerSecond {
    /// Of one motion.
    pub motion: u32,
    /// Of a whole stage.
    pub stage: u32,
}

/// A part of the music.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Section {
    /// It comes together.
    Build,
    /// It runs.
    Main,
    /// It falls back, and rises to what comes.
    Breakdown,
    /// All of it.
    Climax,
    /// It comes to rest.
    Outro,
}

impl Section {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Build,
        Self::Main,
        Self::Breakdown,
        Self::Climax,
        Self::Outro,
    ];

    /// Its name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Main => "main",
            Self::Breakdown => "breakdown",
            Self::Climax => "climax",
            Self::Outro => "outro",
        }
    }
}

/// The whole table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sonification {
    /// The tone on which the scale stands, Hz.
    pub root: f32,
    /// Its tones, in semitones above the root, 0…11, rising.
    pub scale: Vec<u8>,
    /// How far to the sides cells at the picture's edges are, 0…1.
    pub width: f32,
    /// How many notes there may be.
    pub per_second: PerSecond,
    /// A stage is entered.
    pub enter: Signal,
    /// The result of a stage rests.
    pub rest: Signal,
    /// A letter sets off.
    pub letter_leaves: Signal,
    /// A letter is where it belongs.
    pub letter_arrives: Signal,
    /// The view flies into the whole model, or out of it.
    pub view_flies: Signal,
    /// Acts of cells that no operation moves.
    #[serde(default)]
    pub stage: BTreeMap<Act, Mapping>,
    /// Acts of cells that an operation moves.
    #[serde(default)]
    pub operations: BTreeMap<OperationKind, BTreeMap<Act, Mapping>>,
    /// Which part of the music a stage belongs to; [`Section::Main`] where it is not named.
    #[serde(default)]
    pub sections: BTreeMap<StageKind, Section>,
}

/// A table that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SonificationError {
    /// Not RON, or not of this form.
    #[error("the sonification table cannot be read: {0}")]
    Syntax(#[from] Box<ron::error::SpannedError>),
    /// A number out of range.
    #[error("the sonification table: {what} is {value}; it must be {must}")]
    Range {
        /// Which.
        what: String,
        /// Its value.
        value: f32,
        /// What is allowed.
        must: &'static str,
    },
}

/// The table that ships.
const SHIPPED: &str = include_str!("../../../assets/sonification.ron");

impl Sonification {
    /// The table that ships.
    ///
    /// # Errors
    /// None; a test reads it.
    pub fn shipped() -> Result<Self, SonificationError> {
        Self::parse(SHIPPED)
    }

    /// Reads and checks a table.
    ///
    /// # Errors
    /// Bad syntax, a name that no operation, act, stage or voice has, a number out of range.
    pub fn parse(text: &str) -> Result<Self, SonificationError> {
        let table: Self = ron::from_str(text).map_err(Box::new)?;
        let within = |what: String, value: f32, (least, most): (f32, f32), must| {
            // a comparison that a number which is none does not pass
            if value >= least && value <= most {
                Ok(())
            } else {
                Err(SonificationError::Range { what, value, must })
            }
        };
        within("root".into(), table.root, (20.0, 2000.0), "20 to 2000 Hz")?;
        within("width".into(), table.width, (0.0, 1.0), "0 to 1")?;
        let tones = table.scale.len() as f32;
        within(
            "the number of tones in scale".into(),
            tones,
            (1.0, 12.0),
            "1 to 12",
        )?;
        for pair in table.scale.windows(2) {
            let step = f32::from(pair[1]) - f32::from(pair[0]);
            within("a step of scale".into(), step, (1.0, 11.0), "rising")?;
        }
        for &tone in &table.scale {
            within(
                "a tone of scale".into(),
                f32::from(tone),
                (0.0, 11.0),
                "0 to 11",
            )?;
        }
        for (what, count) in [
            ("per_second.motion", table.per_second.motion),
            ("per_second.stage", table.per_second.stage),
        ] {
            within(what.into(), count as f32, (1.0, 1000.0), "1 to 1000")?;
        }
        for (name, signal) in [
            ("enter", table.enter),
            ("rest", table.rest),
            ("letter_leaves", table.letter_leaves),
            ("letter_arrives", table.letter_arrives),
            ("view_flies", table.view_flies),
        ] {
            within(
                format!("{name}.hz"),
                signal.hz,
                (20.0, 16_000.0),
                "20 to 16000 Hz",
            )?;
            within(format!("{name}.gain"), signal.gain, (0.0, 1.0), "0 to 1")?;
            within(
                format!("{name}.seconds"),
                signal.seconds,
                (0.0, 3.0),
                "0 to 3",
            )?;
        }
        let of_stage = table
            .stage
            .iter()
            .map(|(act, m)| (format!("stage.{act:?}"), m));
        let of_operations = table.operations.iter().flat_map(|(kind, acts)| {
            let name = move |(act, m)| (format!("{kind:?}.{act:?}"), m);
            acts.iter().map(name)
        });
        for (name, mapping) in of_stage.chain(of_operations) {
            for (field, hz) in [("low", mapping.low), ("high", mapping.high)] {
                within(
                    format!("{name}.{field}"),
                    hz,
                    (20.0, 16_000.0),
                    "20 to 16000 Hz",
                )?;
            }
            let rises = mapping.high / mapping.low;
            within(
                format!("{name}.high / low"),
                rises,
                (1.0, 1e3),
                "1 or more: the higher number has the higher pitch",
            )?;
            for (field, gain) in [("soft", mapping.soft), ("loud", mapping.loud)] {
                within(format!("{name}.{field}"), gain, (0.0, 1.0), "0 to 1")?;
            }
            within(
                format!("{name}.seconds"),
                mapping.seconds,
                (0.0, 3.0),
                "0 to 3",
            )?;
        }
        Ok(table)
    }

    /// How an act sounds, if it is heard.
    pub fn mapping(&self, operation: Option<OperationKind>, act: Act) -> Option<&Mapping> {
        match operation {
            Some(kind) => self.operations.get(&kind)?.get(&act),
            None => self.stage.get(&act),
        }
    }

    /// Which part of the music a stage belongs to.
    pub fn section(&self, stage: StageKind) -> Section {
        self.sections.get(&stage).copied().unwrap_or(Section::Main)
    }

    /// The pitch in Hz of a place on the colour map: never lower for a higher number.
    pub fn pitch(&self, mapping: &Mapping, tint: Tint) -> f32 {
        let share = match tint.map {
            orrery_pipeline::ColourMap::Diverging => tint.coordinate * 0.5 + 0.5,
            orrery_pipeline::ColourMap::Sequential => tint.coordinate,
        };
        let octaves = libm::log2f(mapping.high / mapping.low);
        let hz = mapping.low * libm::exp2f(octaves * share.clamp(0.0, 1.0));
        let hz = if mapping.tuned { self.nearest(hz) } else { hz };
        let (least, most) = mapping.voice.range();
        hz.clamp(least, most)
    }

    /// The gain of a place on the colour map.
    pub fn gain(&self, mapping: &Mapping, tint: Tint) -> f32 {
        mapping.soft + (mapping.loud - mapping.soft) * tint.coordinate.abs().min(1.0)
    }

    /// The tone that lies so many tones of the scale above the one nearest to a pitch.
    pub fn above(&self, hz: f32, degrees: usize) -> f32 {
        let base = self.nearest(hz);
        let from_root = libm::roundf(12.0 * libm::log2f(base / self.root));
        let octave = libm::floorf(from_root / 12.0);
        let within = from_root - octave * 12.0;
        let at = self
            .scale
            .iter()
            .position(|&tone| f32::from(tone) == within);
        let at = at.unwrap_or_default() + degrees;
        let (octaves, at) = (at / self.scale.len(), at % self.scale.len());
        let tone = f32::from(self.scale[at]) + 12.0 * (octave + octaves as f32);
        crate::signal::semitones(self.root, tone)
    }

    /// The tone of the scale, in any octave, nearest to a pitch.
    pub fn nearest(&self, hz: f32) -> f32 {
        let semitones = 12.0 * libm::log2f(hz / self.root);
        let octave = libm::floorf(semitones / 12.0);
        let within = semitones - octave * 12.0;
        let mut best = f32::MAX;
        // the first tone of the next octave may be nearer
        for &tone in self.scale.iter().chain(self.scale.first()) {
            let same = f32::from(tone);
            for candidate in [same, same + 12.0, same - 12.0] {
                if (candidate - within).abs() < (best - within).abs() {
                    best = candidate;
                }
            }
        }
        crate::signal::semitones(self.root, octave * 12.0 + best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orrery_pipeline::ColourMap;
    use proptest::prelude::*;

    #[test]
    fn every_operation_of_the_shipped_table_is_heard() {
        let table = Sonification::shipped().unwrap();
        for kind in OperationKind::ALL {
            assert!(
                table
                    .operations
                    .get(&kind)
                    .is_some_and(|acts| !acts.is_empty()),
                "{kind:?}"
            );
        }
        for kind in StageKind::ALL {
            assert!(
                table.sections.contains_key(&kind),
                "{kind:?} has no section"
            );
        }
    }

    #[test]
    fn a_table_that_makes_no_sense_is_refused_by_name() {
        let shipped = SHIPPED;
        for (from, to, named) in [
            ("root: 220.0", "root: -3.0", "root"),
            ("width: 0.85", "width: NaN", "width"),
            ("scale: [0, 2, 3", "scale: [0, 3, 2", "scale"),
            ("soft: 0.03", "soft: 4.0", "soft"),
            ("low: 330.0", "low: 9000.0", "high / low"),
            ("voice: Pluck", "voice: Trumpet", "Trumpet"),
            ("motion: 70", "motion: 0", "per_second.motion"),
        ] {
            assert!(shipped.contains(from), "{from}");
            let error = Sonification::parse(&shipped.replacen(from, to, 1)).unwrap_err();
            assert!(error.to_string().contains(named), "{error}");
        }
    }

    proptest! {
        #[test]
        fn the_pitch_rises_with_the_number(a in -1.0f32..1.0, b in -1.0f32..1.0, which in 0usize..30) {
            let table = Sonification::shipped().unwrap();
            let mappings: Vec<&Mapping> = table.operations.values().flat_map(|acts| acts.values()).collect();
            let mapping = mappings[which % mappings.len()];
            let (low, high) = (a.min(b), a.max(b));
            let tint = |coordinate| Tint { map: ColourMap::Diverging, coordinate, masked: false };
            prop_assert!(table.pitch(mapping, tint(low)) <= table.pitch(mapping, tint(high)));
            prop_assert!(table.gain(mapping, tint(1.0)) >= table.gain(mapping, tint(low)));
        }

        #[test]
        fn parsing_never_panics(text in ".{0,200}") {
            let _ = Sonification::parse(&text);
        }
    }
}
