//! The sound of a film: rendered and encoded on a thread of its own while the first pictures are drawn.

use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use orrery_film::FilmError;
use orrery_film::aac::{AacEncoder, AacTrack};
use orrery_pipeline::Show;
use orrery_sound::{
    Frame, Measured, Sonification, SoundtrackOptions, soundtrack, stream_soundtrack,
};

use super::plan::FilmPlan;

/// What a film sounds like.
#[derive(Clone)]
pub struct FilmSound {
    show: Arc<Show>,
    table: Sonification,
    options: SoundtrackOptions,
    samples: u64,
    measured: Arc<OnceLock<Measured>>,
}

impl FilmSound {
    /// The sound of a whole film, also where only a part of it is recorded: what is loud in one part makes
    /// another one softer. Of the options, those that say which stretch are the film's.
    pub fn new(
        show: &Arc<Show>,
        plan: &FilmPlan,
        table: Sonification,
        options: SoundtrackOptions,
    ) -> Self {
        let frames = plan.frames();
        Self {
            show: Arc::clone(show),
            table,
            options: SoundtrackOptions {
                from: plan.time(frames.start),
                to: Some(plan.time(frames.end)),
                speed: plan.speed(),
                ..options
            },
            samples: plan.samples(),
            measured: Arc::default(),
        }
    }

    /// How long it is, in samples.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// Its samples, exactly as long as the pictures.
    pub fn render(&self) -> Vec<Frame> {
        let mut sound = soundtrack(&self.show, &self.table, &self.options);
        // measured once; it is the same every time
        let _ = self.measured.set(sound.measured);
        // the last picture may last a little longer than the show
        sound.frames.resize(self.samples as usize, [0.0; 2]);
        sound.frames
    }

    /// Begins to render and to encode it. Until it is known how loud it is it waits in a file without a name
    /// beside the film.
    pub fn encode(&self, film: &Path) -> JoinHandle<Result<AacTrack, FilmError>> {
        let sound = self.clone();
        let film = film.to_owned();
        std::thread::spawn(move || {
            let folder = film
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new("."));
            let mut encoder = AacEncoder::new()?;
            let mut fed = 0;
            let mut refused = None;
            let mut feed = |frames: &[Frame]| {
                let frames = &frames[..frames.len().min((sound.samples - fed) as usize)];
                fed += frames.len() as u64;
                encoder.feed(frames).map_err(|error| {
                    refused = Some(error);
                    io::Error::other("the encoder refuses")
                })
            };
            let made = tempfile::tempfile_in(folder).and_then(|mut scratch| {
                stream_soundtrack(
                    &sound.show,
                    &sound.table,
                    &sound.options,
                    &mut scratch,
                    &mut feed,
                )
            });
            let made = match (made, refused) {
                (_, Some(error)) => return Err(error),
                (Err(source), None) => return Err(FilmError::Write { path: film, source }),
                (Ok(made), None) => made,
            };
            let _ = sound.measured.set(made.measured);
            // the last picture may last a little longer than the show
            encoder.feed(&vec![[0.0; 2]; (sound.samples - fed) as usize])?;
            encoder.finish()
        })
    }

    /// What was measured of it, when it has been rendered.
    pub fn measured(&self) -> Option<Measured> {
        self.measured.get().copied()
    }
}
