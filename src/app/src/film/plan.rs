//! Which moment of the show each frame of a film is. All of it follows from whole numbers and the time
//! of the show, so that any machine can make any frame.

use std::ops::Range;

use orrery_film::FrameRate;
use thiserror::Error;

/// Which stretch of a show is filmed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stretch {
    /// In seconds of the show; from its beginning where none.
    pub from: Option<f64>,
    /// In seconds of the show; to its end where none.
    pub to: Option<f64>,
    /// Longest film, in seconds of the film.
    pub longest: Option<f64>,
}

/// Why a film cannot be.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PlanError {
    /// Nothing or nonsense is asked for.
    #[error("{name} is {value} s; this show goes from 0 to {duration:.2} s")]
    Outside {
        /// The option.
        name: &'static str,
        /// Its value.
        value: f64,
        /// Of the show.
        duration: f64,
    },
    /// It would end before it begins.
    #[error("the film would begin at {from:.1} s and end at {to:.1} s; nothing lies between")]
    Backwards {
        /// Seconds of the show.
        from: f64,
        /// Seconds of the show.
        to: f64,
    },
    /// A length that is no length.
    #[error("--max-duration is {0} s; it must be more than 0")]
    Length(f64),
    /// A speed that is no speed.
    #[error("--speed is {0}; 0.1 to 10 are possible")]
    Speed(f64),
}

/// The frames of a film. They are counted from the beginning of the show, also where the film begins later:
/// a stretch has the frames of the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct FilmPlan {
    rate: FrameRate,
    speed: f64,
    frames: Range<u64>,
}

impl FilmPlan {
    /// A film of a show that lasts `duration` seconds, at `speed` seconds of the show in one of the film.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn new(
        duration: f64,
        rate: FrameRate,
        speed: f64,
        stretch: Stretch,
    ) -> Result<Self, PlanError> {
        if !(0.1..=10.0).contains(&speed) {
            return Err(PlanError::Speed(speed));
        }
        let Stretch { from, to, longest } = stretch;
        for (name, value) in [("--from", from), ("--to", to)] {
            if let Some(value) = value
                && !(0.0..=duration).contains(&value)
            {
                return Err(PlanError::Outside {
                    name,
                    value,
                    duration,
                });
            }
        }
        let (from, to) = (from.unwrap_or(0.0), to.unwrap_or(duration));
        // a cut that falls on a frame up to rounding falls on it
        let frame = |time: f64| {
            (time * f64::from(rate.get()) / speed - 1e-6)
                .ceil()
                .max(0.0) as u64
        };
        let first = frame(from);
        let mut end = frame(to);
        if let Some(longest) = longest {
            if longest.is_nan() || longest <= 0.0 {
                return Err(PlanError::Length(longest));
            }
            let most = (longest * f64::from(rate.get()) + 1e-6).floor().max(1.0);
            end = end.min(first.saturating_add(most as u64));
        }
        if end <= first {
            return Err(PlanError::Backwards { from, to });
        }
        Ok(Self {
            rate,
            speed,
            frames: first..end,
        })
    }

    /// The frames.
    pub fn frames(&self) -> Range<u64> {
        self.frames.clone()
    }

    /// How many they are.
    pub fn count(&self) -> u64 {
        self.frames.end - self.frames.start
    }

    /// Frames in a second.
    pub fn rate(&self) -> FrameRate {
        self.rate
    }

    /// Seconds of the show in one second of the film.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// The moment that a frame shows, in seconds of the show.
    pub fn time(&self, frame: u64) -> f64 {
        frame as f64 * self.speed / f64::from(self.rate.get())
    }

    /// How long the film is, in seconds.
    pub fn seconds(&self) -> f64 {
        self.count() as f64 / f64::from(self.rate.get())
    }

    /// How long its sound is, in samples.
    pub fn samples(&self) -> u64 {
        self.rate.sample_of_frame(self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(speed: f64, stretch: Stretch) -> Result<FilmPlan, PlanError> {
        FilmPlan::new(10.01, FrameRate::new(30).unwrap(), speed, stretch)
    }

    #[test]
    fn a_film_lasts_as_long_as_its_show_to_within_a_frame() {
        for speed in [0.1, 1.0, 1.7, 10.0] {
            let film = plan(speed, Stretch::default()).unwrap();
            let over = film.seconds() - 10.01 / speed;
            assert!((0.0..1.0 / 30.0).contains(&over), "{speed}: {over}");
            assert!(film.time(film.frames().end - 1) <= 10.01);
            assert_eq!(film.samples(), film.count() * 1600);
        }
    }

    #[test]
    fn a_stretch_has_the_frames_of_the_whole() {
        let stretch = Stretch {
            from: Some(2.0),
            to: Some(4.0),
            longest: None,
        };
        assert_eq!(plan(1.0, stretch).unwrap().frames(), 60..120);
        let short = Stretch {
            longest: Some(0.5),
            ..stretch
        };
        assert_eq!(plan(1.0, short).unwrap().frames(), 60..75);
        assert_eq!(plan(2.0, stretch).unwrap().frames(), 30..60);
        assert_eq!(plan(2.0, stretch).unwrap().time(30), 2.0);
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        let stretch = |from, to, longest| Stretch { from, to, longest };
        for (stretch, speed, word) in [
            (stretch(Some(11.0), None, None), 1.0, "--from"),
            (stretch(None, Some(-1.0), None), 1.0, "--to"),
            (stretch(Some(f64::NAN), None, None), 1.0, "--from"),
            (stretch(Some(4.0), Some(2.0), None), 1.0, "end at 2"),
            (stretch(None, None, Some(0.0)), 1.0, "--max-duration"),
            (stretch(None, None, Some(f64::NAN)), 1.0, "--max-duration"),
            (Stretch::default(), 0.0, "--speed"),
            (Stretch::default(), f64::NAN, "--speed"),
        ] {
            let message = plan(speed, stretch).unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
        }
    }
}
