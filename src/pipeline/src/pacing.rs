//! How long everything takes: read from `assets/pacing.ron`, by stage and by operation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::operation::OperationKind;
use crate::stage::StageKind;

/// Phases of one stage, in seconds at speed 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StagePace {
    /// Matrices arrive, the camera takes its place.
    pub appear: f32,
    /// The result rests.
    pub settle: f32,
    /// Everything in the stage goes this many times faster.
    #[serde(default = "one")]
    pub speed: f32,
}

fn one() -> f32 {
    1.0
}

/// How long an operation takes, in seconds at speed 1: `seconds + per_column · columns`, at most `most`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationPace {
    /// The constant part.
    pub seconds: f32,
    /// For each column of the result.
    #[serde(default)]
    pub per_column: f32,
    /// The most.
    #[serde(default = "no_limit")]
    pub most: f32,
}

fn no_limit() -> f32 {
    f32::MAX
}

/// The whole table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pacing {
    /// For each stage.
    pub stages: BTreeMap<StageKind, StagePace>,
    /// For each operation.
    pub operations: BTreeMap<OperationKind, OperationPace>,
    /// Later tokens play this many times faster, where they are abbreviated.
    pub abbreviated_speed: f32,
}

/// A pacing table that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PacingError {
    /// Not RON, or not of this form.
    #[error("the pacing table cannot be read: {0}")]
    Syntax(#[from] Box<ron::error::SpannedError>),
    /// An entry is missing.
    #[error("the pacing table has no entry for {0}")]
    Missing(String),
    /// A duration or speed out of range.
    #[error("the pacing table: {what} is {value}; it must be {must}")]
    Range {
        /// Which.
        what: String,
        /// Its value.
        value: f32,
        /// What is allowed.
        must: &'static str,
    },
}

impl Pacing {
    /// Reads and checks a table.
    ///
    /// # Errors
    /// Bad syntax, a stage or operation without an entry, a negative duration, a speed of 0.
    pub fn parse(text: &str) -> Result<Self, PacingError> {
        let pacing: Self = ron::from_str(text).map_err(Box::new)?;
        for stage in StageKind::ALL {
            let pace = pacing
                .stages
                .get(&stage)
                .ok_or_else(|| PacingError::Missing(format!("{stage:?}")))?;
            for (what, value) in [("appear", pace.appear), ("settle", pace.settle)] {
                check(&format!("{stage:?}.{what}"), value, 0.0, "0 to 600")?;
            }
            check(&format!("{stage:?}.speed"), pace.speed, 0.01, "0.01 to 600")?;
        }
        for operation in OperationKind::ALL {
            let pace = pacing
                .operations
                .get(&operation)
                .ok_or_else(|| PacingError::Missing(format!("{operation:?}")))?;
            for (what, value) in [("seconds", pace.seconds), ("per_column", pace.per_column)] {
                check(&format!("{operation:?}.{what}"), value, 0.0, "0 to 600")?;
            }
        }
        check(
            "abbreviated_speed",
            pacing.abbreviated_speed,
            0.01,
            "0.01 to 600",
        )?;
        Ok(pacing)
    }

    /// The table that ships.
    ///
    /// # Errors
    /// None that a test does not find.
    pub fn shipped() -> Result<Self, PacingError> {
        Self::parse(include_str!("../../../assets/pacing.ron"))
    }

    /// Phases of a stage.
    pub fn stage(&self, kind: StageKind) -> StagePace {
        self.stages.get(&kind).copied().unwrap_or(StagePace {
            appear: 1.0,
            settle: 0.5,
            speed: 1.0,
        })
    }

    /// Seconds of an operation whose result has this many columns, at speed 1.
    pub fn operation(&self, kind: OperationKind, columns: usize) -> f32 {
        self.operations.get(&kind).map_or(1.0, |pace| {
            (pace.seconds + pace.per_column * columns as f32).min(pace.most)
        })
    }
}

fn check(what: &str, value: f32, least: f32, must: &'static str) -> Result<(), PacingError> {
    if (least..=600.0).contains(&value) {
        Ok(())
    } else {
        Err(PacingError::Range {
            what: what.to_owned(),
            value,
            must,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_is_complete() {
        let pacing = Pacing::shipped().unwrap();
        assert!(pacing.operation(OperationKind::MatrixProduct, 16) > 0.5);
    }

    #[test]
    fn a_bad_table_is_refused_by_name() {
        let text = include_str!("../../../assets/pacing.ron");
        let broken = text.replacen("appear: ", "appear: -", 1);
        let message = Pacing::parse(&broken).unwrap_err().to_string();
        assert!(message.contains("appear"), "{message}");
        assert!(Pacing::parse("(").is_err());
    }
}
