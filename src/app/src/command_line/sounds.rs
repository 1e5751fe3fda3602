//! `orrery sounds`: every voice and every part of the music by itself.

use std::path::PathBuf;

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::{WrapErr, ensure};
use orrery_sound::{WavFormat, demonstration};

use super::{Notes, sound_file};

/// Options of `orrery sounds`.
#[derive(Clone, Debug, Args)]
pub struct SoundsArguments {
    /// The folder for the WAV files; it is made if it is not there
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
}

/// Writes one file for each voice, and 16 bars of each section of each style of music.
///
/// # Errors
/// A folder that cannot be made or takes no file.
pub fn run(arguments: &SoundsArguments, notes: Notes) -> Result<()> {
    let folder = &arguments.output;
    ensure!(
        folder.is_dir() || !folder.exists(),
        "{} is a file; choose a folder with -o",
        folder.display()
    );
    std::fs::create_dir_all(folder)
        .wrap_err_with(|| format!("cannot make the folder {}", folder.display()))?;
    let mut count = 0;
    for sound in demonstration::all() {
        let file = folder.join(format!("{}.wav", sound.name));
        sound_file::write(&sound.frames, &file, WavFormat::Sixteen)?;
        count += 1;
    }
    notes.say(format_args!(
        "wrote {count} sounds into {}",
        folder.display()
    ));
    Ok(())
}
