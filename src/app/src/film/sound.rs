//! The sound of a film: rendered and encoded on a thread of its own while the first pictures are drawn.

use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use orrery_film::FilmError;
use orrery_film::aac::{AacEncoder, AacTrack};
use orrery_pipeline::Show;
use orrery_sound::{Frame, Measured, Sonification, SoundtrackOptions, soundtrack};

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

    /// Begins to render and to encode it.
    pub fn encode(&self) -> JoinHandle<Result<AacTrack, FilmError>> {
        let sound = self.clone();
        std::thread::spawn(move || {
            const BLOCK: usize = 4096;
            let mut encoder = AacEncoder::new()?;
            for block in sound.render().chunks(BLOCK) {
                encoder.feed(block)?;
            }
            encoder.finish()
        })
    }

    /// What was measured of it, when it has been rendered.
    pub fn measured(&self) -> Option<Measured> {
        self.measured.get().copied()
    }
}
