//! Where results go: standard output, which may be closed while we write, and files, whose place is
//! checked before long work begins.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

/// Why a result cannot be put where it should go.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// Who read our standard output has closed it (as `head` does): no reason to complain.
    #[error("standard output is closed")]
    Closed,
    /// Standard output does not take what we write.
    #[error("cannot write to standard output: {0}")]
    StandardOutput(io::Error),
    /// The result is no JSON.
    #[error("cannot be written as JSON: {0}")]
    Json(serde_json::Error),
    /// The folder of a file to be written is not there.
    #[error(
        "cannot write {}: the folder {} does not exist; make it first or choose another with -o",
        file.display(), folder.display()
    )]
    NoFolder {
        /// The file.
        file: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// There is something under the file's name that is not a file.
    #[error("cannot write {}: this is {what}, not a file; choose another name with -o", file.display())]
    NotAFile {
        /// The name.
        file: PathBuf,
        /// What it is.
        what: &'static str,
    },
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::StandardOutput(error),
        }
    }
}

/// Writes to standard output and sees to it that it is there at once.
///
/// # Errors
/// [`OutputError::Closed`] where nobody reads any longer, [`OutputError::StandardOutput`] otherwise.
pub fn print(text: &str) -> Result<(), OutputError> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    Ok(output.flush()?)
}

/// Writes a value as JSON to standard output.
///
/// # Errors
/// As [`print`], and [`OutputError::Json`].
pub fn print_json(value: &impl Serialize) -> Result<(), OutputError> {
    let text = serde_json::to_string_pretty(value).map_err(OutputError::Json)?;
    print(&format!("{text}\n"))
}

/// Checks that a file can have this name, before the work that fills it.
///
/// # Errors
/// Its folder is missing, or the name belongs to something that must not be replaced: a folder, a
/// device.
pub fn check_file_name(file: &Path) -> Result<(), OutputError> {
    match fs::metadata(file) {
        Ok(found) if found.is_file() => return Ok(()),
        Ok(found) => {
            return Err(OutputError::NotAFile {
                file: file.to_owned(),
                what: if found.is_dir() {
                    "a folder"
                } else {
                    "a device"
                },
            });
        }
        Err(_) => {}
    }
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(OutputError::NoFolder {
                file: file.to_owned(),
                folder: folder.to_owned(),
            })
        }
        _ => Ok(()),
    }
}
