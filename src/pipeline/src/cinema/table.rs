//! Which shots a stage has: read from `assets/shots.ron`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::stage_kind::StageKind;

/// What a shot looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Look {
    /// What the show frames: the whole stage.
    Stage,
    /// Towards the matrix that is being made, and along it from where it begins to where it ends.
    Work,
    /// The matrix that has been made last.
    Result,
}

/// A shot: when it begins, what it looks at, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShotRule {
    /// When the camera sets out, as a share of the stage, 0…1.
    pub at: f32,
    /// What it looks at.
    pub look: Look,
    /// How much is in the picture: 1 all of the stage (or of the result), less is nearer, more is farther away.
    #[serde(default = "one")]
    pub extent: f32,
    /// Turn to the side beside the show's own, in radians; positive looks from the right.
    #[serde(default)]
    pub yaw: f32,
    /// Turn from above beside the show's own, in radians.
    #[serde(default)]
    pub pitch: f32,
    /// How long the way there takes, in seconds.
    #[serde(default = "usual_seconds")]
    pub seconds: f32,
}

fn one() -> f32 {
    1.0
}

fn usual_seconds() -> f32 {
    2.0
}

/// A slow swing that never stops, so that no picture stands still.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// To each side, in radians.
    pub yaw: f32,
    /// Up and down, in radians.
    pub pitch: f32,
    /// Seconds of one swing.
    pub seconds: f32,
}

/// The whole table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShotTable {
    /// The swing.
    pub drift: Drift,
    /// Shots of stages that are not listed.
    pub usual: Vec<ShotRule>,
    /// Shots of each stage that has some of its own.
    #[serde(default)]
    pub stages: BTreeMap<StageKind, Vec<ShotRule>>,
}

/// A table that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ShotTableError {
    /// Not in the form of the table.
    #[error("not a table of shots: {0}")]
    Form(#[from] ron::error::SpannedError),
    /// A number that makes no picture.
    #[error("in the table of shots {of} has {what}")]
    Value {
        /// The stage, or "usual" or "drift".
        of: String,
        /// What is wrong.
        what: &'static str,
    },
}

impl ShotTable {
    /// The table that ships.
    ///
    /// # Errors
    /// A program that was built with a damaged one.
    pub fn shipped() -> Result<Self, ShotTableError> {
        Self::parse(include_str!("../../../../assets/shots.ron"))
    }

    /// Reads a table.
    ///
    /// # Errors
    /// [`ShotTableError`].
    pub fn parse(text: &str) -> Result<Self, ShotTableError> {
        let table: Self = ron::from_str(text)?;
        table.check()?;
        Ok(table)
    }

    /// The shots of a stage, in order; at least one.
    pub fn of(&self, stage: StageKind) -> &[ShotRule] {
        self.stages.get(&stage).unwrap_or(&self.usual)
    }

    fn check(&self) -> Result<(), ShotTableError> {
        let wrong = |of: &str, what| {
            Err(ShotTableError::Value {
                of: of.to_owned(),
                what,
            })
        };
        let Drift {
            yaw,
            pitch,
            seconds,
        } = self.drift;
        if !(yaw.abs() <= 1.0 && pitch.abs() <= 0.5 && (1.0..=1000.0).contains(&seconds)) {
            return wrong(
                "drift",
                "a swing of more than 1 and 0.5 rad, or not of 1 to 1000 s",
            );
        }
        let named = self
            .stages
            .iter()
            .map(|(kind, shots)| (format!("{kind:?}"), shots));
        for (of, shots) in named.chain([("usual".to_owned(), &self.usual)]) {
            if shots.is_empty() {
                return wrong(&of, "no shot");
            }
            if shots.windows(2).any(|pair| pair[0].at > pair[1].at) {
                return wrong(&of, "shots that are not in order");
            }
            for shot in shots {
                let fits = (0.0..=1.0).contains(&shot.at)
                    && (0.05..=20.0).contains(&shot.extent)
                    && shot.yaw.abs() <= 1.4
                    && shot.pitch.abs() <= 1.2
                    && (0.0..=60.0).contains(&shot.seconds);
                if !fits {
                    return wrong(
                        &of,
                        "a number out of range: at 0 to 1, extent 0.05 to 20, yaw to ±1.4, pitch to ±1.2, \
                         seconds 0 to 60",
                    );
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_is_good_and_bad_ones_are_refused_by_name() {
        let shipped = ShotTable::shipped().unwrap();
        assert!(!shipped.of(StageKind::Draw).is_empty());
        let with = |usual: &str| {
            ShotTable::parse(&format!(
                "(drift: (yaw: 0.1, pitch: 0.1, seconds: 9), usual: {usual})"
            ))
            .unwrap_err()
            .to_string()
        };
        assert!(with("[]").contains("usual has no shot"));
        assert!(with("[(at: 2, look: Stage)]").contains("out of range"));
        assert!(with("[(at: 0, look: Stage, extent: 0)]").contains("extent"));
        assert!(with("[(at: 0.5, look: Stage), (at: 0, look: Work)]").contains("order"));
        assert!(with("[(at: 0, look: Moon)]").contains("Moon"));
    }
}
