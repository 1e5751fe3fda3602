//! What can go wrong with a film.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a film cannot be written or read.
#[derive(Debug, Error)]
pub enum FilmError {
    /// The file system refuses.
    #[error("cannot write {}: {}", path.display(), in_words(source))]
    Write {
        /// The file as the user named it.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is a file already.
    #[error("{} is already there; choose another name, or --force to replace it", .0.display())]
    Exists(PathBuf),
    /// A setting that makes no sense.
    #[error("{0}")]
    Settings(String),
    /// The video encoder refuses.
    #[error("the video encoder failed: {0}")]
    Video(String),
    /// The audio encoder refuses.
    #[error("the audio encoder failed: {0}")]
    Audio(String),
    /// The container cannot hold this.
    #[error("the film cannot be put into its container: {0}")]
    Container(String),
    /// A file that is no film of ours.
    #[error("{}: {reason}", path.display())]
    NotAFilm {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Parts that do not make one film.
    #[error("{0}")]
    Parts(String),
    /// An encoder outside of this process.
    #[error("ffmpeg {0}")]
    Ffmpeg(String),
    /// A thread ended before its work was done.
    #[error("{0} stopped before its work was done")]
    Died(&'static str),
}

impl FilmError {
    /// An error of writing to `path`.
    pub(crate) fn write(path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Write {
            path: path.clone(),
            source,
        }
    }

    /// An error of reading `path`.
    pub(crate) fn read(path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Read {
            path: path.clone(),
            source,
        }
    }
}

/// What the system says, with the way out where there is one.
fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk is full; make room or choose another folder with -o".into()
        }
        io::ErrorKind::PermissionDenied => {
            "this folder may not be written to; choose another with -o".into()
        }
        _ => error.to_string(),
    }
}
