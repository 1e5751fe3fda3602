//! Sounds as files: written whole or not at all.

use std::path::Path;

use color_eyre::Result;
use color_eyre::eyre::{ensure, eyre};
use orrery_model::checkpoint::write_atomically;
use orrery_pipeline::Show;
use orrery_sound::{
    Frame, Sonification, SoundtrackOptions, Summary, WavFile, WavFormat, stream_soundtrack,
    write_wav,
};

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
    write_atomically(file, |writer| write_wav(writer, frames, format))?;
    Ok(())
}

/// Writes the sound of a show in the same way. Until it is known how loud it is it waits in a file without a name
/// beside its place, 0.4 MB for each second.
///
/// # Errors
/// The folder takes no file, the disk is full.
pub fn stream(
    show: &Show,
    table: &Sonification,
    options: &SoundtrackOptions,
    file: &Path,
    format: WavFormat,
) -> Result<Summary> {
    let mut made = None;
    write_atomically(file, |writer| {
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let mut scratch = tempfile::tempfile_in(folder.unwrap_or(Path::new(".")))?;
        let mut wav = WavFile::new(writer, format)?;
        made = Some(stream_soundtrack(
            show,
            table,
            options,
            &mut scratch,
            |frames| wav.write(frames),
        )?);
        wav.finish()
    })?;
    made.ok_or_else(|| eyre!("{} was not written", file.display()))
}
