//! The sound of a film: rendered and encoded on a thread of its own while the first pictures are drawn.

use orrery_film::FilmError;
use orrery_film::aac::{AacEncoder, AacTrack};

/// What is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoundtrackSettings {
    /// Samples per channel.
    pub samples: u64,
}

/// A soundtrack in the making.
pub struct Soundtrack;

impl Soundtrack {
    /// Begins to make it.
    pub fn start(
        settings: SoundtrackSettings,
    ) -> std::thread::JoinHandle<Result<AacTrack, FilmError>> {
        std::thread::spawn(move || {
            const BLOCK: u64 = 4096;
            let mut encoder = AacEncoder::new()?;
            let mut left = settings.samples;
            while left > 0 {
                let block = left.min(BLOCK);
                encoder.feed(&vec![[0.0; 2]; block as usize])?;
                left -= block;
            }
            encoder.finish()
        })
    }
}
