//! Sounds as files: written whole or not at all.

use std::io;
use std::path::Path;

use color_eyre::Result;
use color_eyre::eyre::ensure;
use orrery_model::checkpoint::write_atomically;
use orrery_sound::{Frame, WavFormat, write_wav};

use super::output::check_file_name;

/// Checks the name of a sound before the work begins.
///
/// # Errors
/// Not a `.wav`, or a place where no file can be.
pub fn check(file: &Path) -> Result<()> {
    let wav = file
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("wav"));
    ensure!(
        wav,
        "cannot write {}: sounds are WAV files; let the name end in .wav",
        file.display()
    );
    Ok(check_file_name(file)?)
}

/// Writes a sound under a temporary name beside its place and renames it.
///
/// # Errors
/// The folder takes no file, the disk is full.
pub fn write(frames: &[Frame], file: &Path, format: WavFormat) -> Result<()> {
    write_atomically(file, |writer| {
        write_wav(writer, frames, format).map_err(io::Error::other)
    })?;
    Ok(())
}
