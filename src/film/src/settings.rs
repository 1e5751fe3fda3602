//! Sizes and rates of films, checked once where they come in.

use std::num::NonZeroU32;

use crate::FilmError;

/// Samples in one second of sound, in every film.
pub const SAMPLE_RATE: u32 = 48_000;

/// The same, as a container's time scale.
pub(crate) const SAMPLE_SCALE: NonZeroU32 = match NonZeroU32::new(SAMPLE_RATE) {
    Some(rate) => rate,
    None => NonZeroU32::MIN,
};

/// The shortest and longest side of a film's frame, in pixels.
pub const FRAME_SIDES: (u32, u32) = (16, 8192);

/// The size of a film's frames in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilmSize {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

impl FilmSize {
    /// A size, checked. `even` where colour is stored at half the resolution, as video does.
    ///
    /// # Errors
    /// [`FilmError::Settings`] that says which size would do.
    pub fn new(width: u32, height: u32, even: bool) -> Result<Self, FilmError> {
        let (least, most) = FRAME_SIDES;
        if ![width, height]
            .iter()
            .all(|side| (least..=most).contains(side))
        {
            return Err(FilmError::Settings(format!(
                "a film of {width}×{height} pixels is not possible: each side may have {least} to {most}"
            )));
        }
        if even && (width % 2 == 1 || height % 2 == 1) {
            let (width_even, height_even) = (width.next_multiple_of(2), height.next_multiple_of(2));
            return Err(FilmError::Settings(format!(
                "video has even sides, {width}×{height} has not; --width {width_even} --height {height_even} \
                 is the next size that has"
            )));
        }
        Ok(Self { width, height })
    }

    /// Pixels of a frame.
    pub fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }
}

/// Frames in one second, a whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameRate(NonZeroU32);

impl FrameRate {
    /// Most frames in a second.
    pub const MOST: u32 = 120;

    /// A rate of 1 to 120.
    ///
    /// # Errors
    /// [`FilmError::Settings`].
    pub fn new(frames_per_second: u32) -> Result<Self, FilmError> {
        NonZeroU32::new(frames_per_second)
            .filter(|rate| rate.get() <= Self::MOST)
            .map(Self)
            .ok_or_else(|| {
                FilmError::Settings(format!(
                    "{frames_per_second} frames per second are not possible: 1 to {} are",
                    Self::MOST
                ))
            })
    }

    /// Frames in one second.
    pub fn get(self) -> u32 {
        self.0.get()
    }

    /// As the container wants it.
    pub fn nonzero(self) -> NonZeroU32 {
        self.0
    }

    /// The first sample at or after the beginning of a frame: `frame · 48000 / fps` from whole numbers.
    pub fn sample_of_frame(self, frame: u64) -> u64 {
        (frame * u64::from(SAMPLE_RATE)).div_ceil(u64::from(self.get()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_checked_and_the_next_even_one_is_named() {
        assert!(FilmSize::new(1280, 720, true).is_ok());
        assert!(FilmSize::new(1279, 721, false).is_ok());
        let message = FilmSize::new(1279, 721, true).unwrap_err().to_string();
        assert!(message.contains("--width 1280 --height 722"), "{message}");
        for (width, height) in [(0, 0), (8, 720), (9000, 720)] {
            let message = FilmSize::new(width, height, true).unwrap_err().to_string();
            assert!(message.contains("16 to 8192"), "{message}");
        }
    }

    #[test]
    fn the_sample_of_a_frame_comes_from_whole_numbers() {
        let rate = FrameRate::new(30).unwrap();
        assert_eq!(rate.sample_of_frame(0), 0);
        assert_eq!(rate.sample_of_frame(1), 1600);
        assert_eq!(rate.sample_of_frame(10_000_019), 16_000_030_400);
        let odd = FrameRate::new(29).unwrap();
        assert_eq!(odd.sample_of_frame(29), 48_000);
        assert_eq!(odd.sample_of_frame(1), 1656);
        assert!(FrameRate::new(0).is_err());
        assert!(FrameRate::new(121).is_err());
    }
}
