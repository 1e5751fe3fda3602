//! A film as pictures in a folder, one file for each frame, for programs that cut films.

use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tempfile::TempDir;

use crate::writer::wrong_layout;
use crate::{FilmError, FilmSummary, FilmWriter, Frame, PixelLayout, RgbaFrame};

/// How each picture is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFormat {
    /// Without loss.
    Png,
    /// Smaller, with loss that is hardly seen.
    Jpeg,
}

impl PictureFormat {
    /// What the files' names end in.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }
}

/// Writes `frame_000000.png` and so on. The folder appears when all of them are there.
pub struct SequenceWriter {
    unfinished: TempDir,
    folder: PathBuf,
    format: PictureFormat,
    next: u64,
    first: u64,
    jobs: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
    outcome: Arc<Mutex<Result<u64, FilmError>>>,
}

struct Job {
    path: PathBuf,
    frame: RgbaFrame,
}

const PREFIX: &str = "frame_";

impl SequenceWriter {
    /// Begins a folder; its files count from `first`. With `replace`, frames that are in the folder already
    /// go, other files stay.
    ///
    /// # Errors
    /// [`FilmError::Exists`] where the folder is there and not empty, [`FilmError::Write`].
    pub fn create(
        folder: &Path,
        format: PictureFormat,
        first: u64,
        threads: usize,
        replace: bool,
    ) -> Result<Self, FilmError> {
        let wrong = FilmError::write(folder);
        if folder.exists() && !replace {
            let empty = fs::read_dir(folder).map_err(&wrong)?.next().is_none();
            if !empty {
                return Err(FilmError::Exists(folder.to_owned()));
            }
        }
        let beside = match folder.parent() {
            Some(beside) if !beside.as_os_str().is_empty() => beside,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".unfinished-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        let unfinished = builder.tempdir_in(beside).map_err(&wrong)?;
        let threads = threads.max(1);
        let (jobs, waiting) = mpsc::sync_channel::<Job>(2);
        let waiting = Arc::new(Mutex::new(waiting));
        let outcome = Arc::new(Mutex::new(Ok(0)));
        let threads = (0..threads)
            .map(|_| {
                let (waiting, outcome) = (Arc::clone(&waiting), Arc::clone(&outcome));
                std::thread::spawn(move || write_pictures(format, &waiting, &outcome))
            })
            .collect();
        Ok(Self {
            unfinished,
            folder: folder.to_owned(),
            format,
            next: first,
            first,
            jobs: Some(jobs),
            threads,
            outcome,
        })
    }

    fn take_error(&self) -> Option<FilmError> {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        match &*outcome {
            Ok(_) => None,
            Err(_) => std::mem::replace(&mut *outcome, Err(DIED)).err(),
        }
    }

    fn end(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Err(DIED);
            }
        }
    }
}

const DIED: FilmError = FilmError::Died("the writer of the pictures");

impl FilmWriter for SequenceWriter {
    fn layout(&self) -> PixelLayout {
        PixelLayout::Rgba
    }

    fn push(&mut self, frame: Frame) -> Result<(), FilmError> {
        let Frame::Rgba(frame) = frame else {
            return Err(wrong_layout());
        };
        if let Some(error) = self.take_error() {
            return Err(error);
        }
        let name = format!("{PREFIX}{:06}.{}", self.next, self.format.ending());
        let job = Job {
            path: self.unfinished.path().join(name),
            frame,
        };
        self.next += 1;
        let jobs = self.jobs.as_ref();
        if jobs.is_none_or(|jobs| jobs.send(job).is_err()) {
            return Err(self.take_error().unwrap_or(DIED));
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<FilmSummary, FilmError> {
        self.end();
        if let Some(error) = self.take_error() {
            return Err(error);
        }
        let bytes = match &*self.outcome.lock().unwrap_or_else(PoisonError::into_inner) {
            Ok(bytes) => *bytes,
            Err(_) => 0,
        };
        move_frames(self.unfinished.path(), &self.folder)
            .map_err(FilmError::write(&self.folder))?;
        Ok(FilmSummary {
            frames: self.next - self.first,
            bytes,
        })
    }
}

impl Drop for SequenceWriter {
    fn drop(&mut self) {
        self.end();
    }
}

/// Moves finished frames to their folder, from which frames of a film before go.
fn move_frames(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for found in fs::read_dir(to)? {
        let path = found?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let ours = name.starts_with(PREFIX) && (name.ends_with(".png") || name.ends_with(".jpg"));
        if ours {
            fs::remove_file(&path)?;
        }
    }
    for found in fs::read_dir(from)? {
        let found = found?;
        fs::rename(found.path(), to.join(found.file_name()))?;
    }
    Ok(())
}

fn write_pictures(
    format: PictureFormat,
    waiting: &Mutex<Receiver<Job>>,
    outcome: &Mutex<Result<u64, FilmError>>,
) {
    loop {
        let job = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(job) = job else { return };
        let written = write_picture(format, &job);
        let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
        match (&mut *outcome, written) {
            (Ok(sum), Ok(bytes)) => *sum += bytes,
            (Ok(_), Err(error)) => *outcome = Err(error),
            // the first error is told
            (Err(_), _) => {}
        }
    }
}

fn write_picture(format: PictureFormat, job: &Job) -> Result<u64, FilmError> {
    let Job { path, frame } = job;
    let wrong = FilmError::write(path);
    let (width, height) = (frame.size.width, frame.size.height);
    match format {
        PictureFormat::Png => {
            let file = fs::File::create(path).map_err(&wrong)?;
            let mut encoder = png::Encoder::new(BufWriter::new(file), width, height);
            encoder.set_color(png::ColorType::Rgba);
            encoder.set_compression(png::Compression::Fast);
            encoder
                .write_header()
                .and_then(|mut writer| {
                    writer.write_image_data(&frame.bytes)?;
                    writer.finish()
                })
                .map_err(|error| wrong(error.into()))?;
        }
        PictureFormat::Jpeg => {
            const QUALITY: u8 = 92;
            let (Ok(width), Ok(height)) = (u16::try_from(width), u16::try_from(height)) else {
                return Err(FilmError::Settings(
                    "a JPEG has sides of 65535 pixels at most".into(),
                ));
            };
            let mut bytes = Vec::new();
            jpeg_encoder::Encoder::new(&mut bytes, QUALITY)
                .encode(&frame.bytes, width, height, jpeg_encoder::ColorType::Rgba)
                .map_err(|error| wrong(std::io::Error::other(error.to_string())))?;
            fs::write(path, bytes).map_err(&wrong)?;
        }
    }
    Ok(fs::metadata(path).map_err(&wrong)?.len())
}
