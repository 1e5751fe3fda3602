//! A film in parts, for many machines: which frames a part has, and what is written into its file so that
//! the parts can be put together.

use serde::{Deserialize, Serialize};

use crate::FilmError;

/// Which part of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Counted from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

impl Part {
    /// A film that is in one piece.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// The frames of this part: an equal stretch of a film of `frames`, cut where groups of `group` begin.
    ///
    /// # Errors
    /// [`FilmError::Settings`] when there are more parts than groups.
    pub fn frames(self, frames: u64, group: u32) -> Result<std::ops::Range<u64>, FilmError> {
        let groups = frames.div_ceil(u64::from(group.max(1)));
        if u64::from(self.of) > groups {
            return Err(FilmError::Settings(format!(
                "a film of {frames} frames is cut every {group}, so that it has 1 to {groups} parts, not {}",
                self.of
            )));
        }
        let cut = |number: u32| {
            let first = groups * u64::from(number) / u64::from(self.of.max(1));
            (first * u64::from(group)).min(frames)
        };
        Ok(cut(self.number - 1)..cut(self.number))
    }
}

impl std::str::FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, of) = text.split_once('/').unwrap_or((text, ""));
        let count = |text: &str| text.parse::<u32>().ok().filter(|&count| count > 0);
        match (count(number), count(of)) {
            (Some(number), Some(of)) if number <= of => Ok(Self { number, of }),
            _ => Err("write K/N, as in 3/16: the third of sixteen parts".into()),
        }
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// What the file of a part says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartFacts {
    /// Which part it is.
    pub part: Part,
    /// Its first frame in the whole film.
    pub first_frame: u64,
    /// Frames of the whole film.
    pub film_frames: u64,
    /// Samples of the whole film, none where it is silent.
    pub film_samples: Option<u64>,
    /// Its first unit of sound in the whole film.
    pub first_unit: u64,
    /// Frames in a group of pictures.
    pub group: u32,
    /// What the whole film is: parts of one film have the same.
    pub about: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_cover_a_film_without_gap_or_overlap(
            frames in 1_u64..5_000, group in 2_u32..60, of in 1_u32..40,
        ) {
            let parts: Result<Vec<_>, _> = (1..=of)
                .map(|number| Part { number, of }.frames(frames, group))
                .collect();
            let groups = frames.div_ceil(u64::from(group));
            let Ok(parts) = parts else {
                prop_assert!(u64::from(of) > groups);
                return Ok(());
            };
            prop_assert_eq!(parts[0].start, 0);
            prop_assert_eq!(parts[parts.len() - 1].end, frames);
            for pair in parts.windows(2) {
                prop_assert_eq!(pair[0].end, pair[1].start);
                prop_assert_eq!(pair[1].start % u64::from(group), 0);
            }
            for part in parts {
                prop_assert!(!part.is_empty());
            }
        }
    }

    #[test]
    fn parts_are_written_as_a_fraction() {
        assert_eq!("3/16".parse(), Ok(Part { number: 3, of: 16 }));
        for wrong in ["3", "0/3", "4/3", "a/b", "1/0", ""] {
            assert!(
                wrong.parse::<Part>().unwrap_err().contains("3/16"),
                "{wrong}"
            );
        }
    }
}
