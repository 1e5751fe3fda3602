//! Puts the parts of a film together without encoding anything again: byte for byte what one machine would
//! have written.

use std::path::PathBuf;

use crate::aac::AacTrack;
use crate::mp4::{Mp4Film, Mp4Settings, Mp4Writer};
use crate::part::PartFacts;
use crate::{FilmError, FilmSummary, OutputFile};

/// The parts of one film, in order.
#[derive(Debug)]
pub struct Parts {
    films: Vec<(Mp4Film, PartFacts)>,
}

impl Parts {
    /// Opens parts, in any order, and checks that they make one whole film.
    ///
    /// # Errors
    /// A file that is no part, parts of different films, a part that is missing, double or unfinished.
    pub fn open(files: &[PathBuf]) -> Result<Self, FilmError> {
        let mut films = Vec::new();
        for file in files {
            let mut film = Mp4Film::open(file)?;
            let facts = film.part.take().ok_or_else(|| FilmError::NotAFilm {
                path: file.clone(),
                reason: "this is no part of a film: it was not recorded with --part".into(),
            })?;
            films.push((film, facts));
        }
        films.sort_by_key(|(_, facts)| facts.part.number);
        let Some((_, first)) = films.first() else {
            return Err(FilmError::Parts("there are no parts to join".into()));
        };
        let of = first.part.of;
        for (film, facts) in &films {
            let same = (
                &facts.about,
                facts.film_frames,
                facts.film_samples,
                facts.part.of,
                facts.group,
            ) == (
                &first.about,
                first.film_frames,
                first.film_samples,
                of,
                first.group,
            );
            let whole = facts.part.frames(facts.film_frames, facts.group)?;
            if !same || film.sets != films[0].0.sets || whole.start != facts.first_frame {
                return Err(FilmError::Parts(format!(
                    "{} and {} are parts of different films",
                    films[0].0.path().display(),
                    film.path().display()
                )));
            }
            if whole.end - whole.start != film.frames() as u64 {
                return Err(FilmError::Parts(format!(
                    "{} was ended before its time: it has {} of {} frames; record it again",
                    film.path().display(),
                    film.frames(),
                    whole.end - whole.start
                )));
            }
        }
        for pair in films.windows(2) {
            if pair[0].1.part.number == pair[1].1.part.number {
                return Err(FilmError::Parts(format!(
                    "{} and {} are the same part",
                    pair[0].0.path().display(),
                    pair[1].0.path().display()
                )));
            }
        }
        let there = |number: &u32| films.iter().any(|(_, facts)| facts.part.number == *number);
        let missing: Vec<_> = (1..=of).filter(|number| !there(number)).collect();
        if !missing.is_empty() {
            let missing: Vec<_> = missing
                .iter()
                .map(|number| format!("{number}/{of}"))
                .collect();
            return Err(FilmError::Parts(format!(
                "a part is missing: {}",
                missing.join(", ")
            )));
        }
        Ok(Self { films })
    }

    /// Frames of the whole film.
    pub fn frames(&self) -> u64 {
        self.films.first().map_or(0, |(_, facts)| facts.film_frames)
    }

    /// What the whole film is, as its parts tell it.
    pub fn about(&self) -> Option<&serde_json::Value> {
        self.films.first().map(|(_, facts)| &facts.about)
    }

    /// Writes the whole film; `progress` hears the number of frames done.
    ///
    /// # Errors
    /// A part that cannot be read, a folder that takes no file.
    pub fn join(
        mut self,
        output: OutputFile,
        mut progress: impl FnMut(u64),
    ) -> Result<FilmSummary, FilmError> {
        let (first, facts) = &self.films[0];
        let (rate, group, first_sets) = (first.rate, facts.group, first.sets.clone());
        let mut writer = Mp4Writer::create(
            output,
            Mp4Settings {
                size: first.size,
                rate,
                sets: first_sets,
                frames: facts.film_frames,
                units: facts
                    .film_samples
                    .map(|samples| AacTrack::units_until(samples) + 1),
                group,
                part: None,
            },
        )?;
        let mut sound = SoundOfParts::default();
        let mut frames = 0;
        for part in 0..self.films.len() {
            for index in 0..self.films[part].0.frames() {
                let Some(picture) = self.films[part].0.picture(index)? else {
                    break;
                };
                if picture.key && frames > 0 {
                    let unit = AacTrack::unit_of(rate.sample_of_frame(frames));
                    sound.write_until(unit, &mut self.films, &mut writer)?;
                }
                writer.write_video(&picture)?;
                frames += 1;
                progress(frames);
            }
        }
        sound.write_until(u64::MAX, &mut self.films, &mut writer)?;
        Ok(FilmSummary {
            frames,
            bytes: writer.finish()?,
        })
    }
}

/// Where the next unit of sound is.
#[derive(Default)]
struct SoundOfParts {
    part: usize,
    in_part: usize,
    written: u64,
}

impl SoundOfParts {
    fn write_until(
        &mut self,
        unit: u64,
        films: &mut [(Mp4Film, PartFacts)],
        writer: &mut Mp4Writer,
    ) -> Result<(), FilmError> {
        while self.written < unit
            && let Some((film, _)) = films.get_mut(self.part)
        {
            match (film.unit(self.in_part)?, &film.sound) {
                (Some(bytes), Some(configuration)) => {
                    writer.write_sound(&bytes, configuration)?;
                    self.in_part += 1;
                    self.written += 1;
                }
                _ => {
                    self.part += 1;
                    self.in_part = 0;
                }
            }
        }
        Ok(())
    }
}
