//! Pictures as files: written whole or not at all.

use std::io::{Cursor, Write};
use std::path::Path;

use color_eyre::Result;
use color_eyre::eyre::ensure;
use image::{ImageFormat, RgbaImage};
use orrery_model::checkpoint::write_atomically;

use super::output::check_file_name;

/// Checks the name of a picture before the work begins.
///
/// # Errors
/// Not a `.png`, or a place where no file can be.
pub fn check(file: &Path) -> Result<()> {
    let png = file
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    ensure!(
        png,
        "cannot write {}: pictures are PNG files; let the name end in .png",
        file.display()
    );
    Ok(check_file_name(file)?)
}

/// Writes a picture under a temporary name beside its place and renames it.
///
/// # Errors
/// The folder takes no file, the disk is full.
pub fn write(picture: &RgbaImage, file: &Path) -> Result<()> {
    let png = png(picture)?;
    write_atomically(file, |writer| writer.write_all(&png))?;
    Ok(())
}

/// A picture as the bytes of a PNG file.
///
/// # Errors
/// A picture that PNG cannot hold.
pub fn png(picture: &RgbaImage) -> Result<Vec<u8>> {
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png)?;
    Ok(png.into_inner())
}
