//! What all writers of films have in common.

use crate::{FilmError, Frame, PixelLayout};

/// What became of a film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilmSummary {
    /// Frames that are in it.
    pub frames: u64,
    /// Bytes of all its files.
    pub bytes: u64,
}

/// Takes the frames of a film, one after the other, and makes files of them.
pub trait FilmWriter: Send {
    /// How it wants the pixels.
    fn layout(&self) -> PixelLayout;

    /// Takes the next frame; may wait until there is room for it.
    ///
    /// # Errors
    /// Whatever keeps the film from being written. Nothing is left of it then.
    fn push(&mut self, frame: Frame) -> Result<(), FilmError>;

    /// Ends the film, also before its time, and gives it its name.
    ///
    /// # Errors
    /// As [`FilmWriter::push`].
    fn finish(self: Box<Self>) -> Result<FilmSummary, FilmError>;

    /// A buffer that is no longer needed, to make the next frame in.
    fn spare_buffer(&self) -> Option<Vec<u8>> {
        None
    }
}

/// The error of a frame in the wrong layout: a mistake of the program.
pub(crate) fn wrong_layout() -> FilmError {
    FilmError::Settings("a frame has the wrong layout for its film".into())
}
