//! How long everything takes: read from `assets/pacing.ron`, by stage and by operation. What the table does not
//! name takes its usual time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::operation::OperationKind;
use crate::stage_kind::StageKind;

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

impl Default for StagePace {
    fn default() -> Self {
        Self {
            appear: 1.4,
            settle: 0.8,
            speed: 1.0,
        }
    }
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

impl Default for OperationPace {
    fn default() -> Self {
        Self {
            seconds: 2.0,
            per_column: 0.0,
            most: no_limit(),
        }
    }
}

fn no_limit() -> f32 {
    f32::MAX
}

/// The whole table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pacing {
    /// For each stage that has a pace of its own.
    #[serde(default)]
    pub stages: BTreeMap<StageKind, StagePace>,
    /// For each operation that has a pace of its own.
    #[serde(default)]
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
    /// Bad syntax, a name that no stage or operation has, a negative duration, a speed of 0.
    pub fn parse(text: &str) -> Result<Self, PacingError> {
        let pacing: Self = ron::from_str(text).map_err(Box::new)?;
        for (stage, pace) in &pacing.stages {
            for (what, value) in [("appear", pace.appear), ("settle", pace.settle)] {
                check(&format!("{stage:?}.{what}"), value, 0.0, "0 to 600")?;
            }
            check(&format!("{stage:?}.speed"), pace.speed, 0.01, "0.01 to 600")?;
        }
        for (operation, pace) in &pacing.operations {
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
        self.stages.get(&kind).copied().unwrap_or_default()
    }

    /// Seconds of an operation whose result has this many columns, at speed 1.
    pub fn operation(&self, kind: OperationKind, columns: usize) -> f32 {
        let pace = self.operations.get(&kind).copied().unwrap_or_default();
        (pace.seconds + pace.per_column * columns as f32).min(pace.most)
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
    fn the_shipped_table_can_be_read() {
        let pacing = Pacing::shipped().unwrap();
        assert!(pacing.operation(OperationKind::MatrixProduct, 16) > 0.5);
    }

    #[test]
    fn what_a_table_leaves_out_takes_its_usual_time() {
        let table = "(abbreviated_speed: 2, stages: { Draw: (appear: 9, settle: 1) })";
        let pacing = Pacing::parse(table).unwrap();
        assert_eq!(pacing.stage(StageKind::Draw).appear, 9.0);
        assert_eq!(pacing.stage(StageKind::Norm1), StagePace::default());
        let usual = OperationPace::default().seconds;
        assert_eq!(pacing.operation(OperationKind::Mask, 500), usual);
    }

    #[test]
    fn a_bad_table_is_refused_by_name() {
        let text = include_str!("../../../assets/pacing.ron");
        let broken = text.replacen("appear: ", "appear: -", 1);
        let message = Pacing::parse(&broken).unwrap_err().to_string();
        assert!(message.contains("appear"), "{message}");
        assert!(Pacing::parse("(").is_err());
        let message = Pacing::parse(&text.replacen("Draw", "Drew", 1)).unwrap_err();
        assert!(message.to_string().contains("Drew"), "{message}");
    }
}
