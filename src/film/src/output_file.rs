//! A file that appears whole or not at all: written beside its place under another name, then renamed.

use std::fs::File;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::FilmError;

/// A file on its way. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct OutputFile {
    file: NamedTempFile,
    path: PathBuf,
    replace: bool,
}

impl OutputFile {
    /// Begins a file. With `replace`, what stands under its name is replaced at the end, not before.
    ///
    /// # Errors
    /// [`FilmError::Exists`], or [`FilmError::Write`] when the folder takes no file.
    pub fn create(path: &Path, replace: bool) -> Result<Self, FilmError> {
        if !replace && path.exists() {
            return Err(FilmError::Exists(path.to_owned()));
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        let ending = path.extension().map_or_else(String::new, |ending| {
            format!(".{}", ending.to_string_lossy())
        });
        builder.prefix(".unfinished-").suffix(&ending);
        // otherwise the film would keep a temporary file's privacy: readable by its owner alone
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        Ok(Self {
            file: builder
                .tempfile_in(folder)
                .map_err(FilmError::write(path))?,
            path: path.to_owned(),
            replace,
        })
    }

    /// To write to.
    pub fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Where the unfinished file is.
    pub fn unfinished(&self) -> &Path {
        self.file.path()
    }

    /// Its name when it is finished.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// [`FilmError::Exists`] when somebody took the name meanwhile, [`FilmError::Write`].
    pub fn finish(self) -> Result<(), FilmError> {
        let Self {
            file,
            path,
            replace,
        } = self;
        file.as_file().sync_all().map_err(FilmError::write(&path))?;
        let persisted = if replace {
            file.persist(&path)
        } else {
            file.persist_noclobber(&path)
        };
        match persisted {
            Ok(_) => Ok(()),
            Err(error) if !replace && error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(FilmError::Exists(path))
            }
            Err(error) => Err(FilmError::write(&path)(error.error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_is_there_when_it_is_finished_and_replaces_nothing_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mp4");
        let output = OutputFile::create(&path, false).unwrap();
        output.file().write_all(b"one").unwrap();
        assert!(!path.exists());
        drop(output);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

        let output = OutputFile::create(&path, false).unwrap();
        let late = OutputFile::create(&path, false).unwrap();
        output.file().write_all(b"one").unwrap();
        output.finish().unwrap();
        assert!(matches!(late.finish(), Err(FilmError::Exists(_))));
        assert!(matches!(
            OutputFile::create(&path, false),
            Err(FilmError::Exists(_))
        ));
        let output = OutputFile::create(&path, true).unwrap();
        output.file().write_all(b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        output.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let nowhere = folder.path().join("none/film.mp4");
        assert!(OutputFile::create(&nowhere, false).is_err());
    }
}
