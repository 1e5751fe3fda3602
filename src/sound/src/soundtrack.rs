//! The sound of a show as a file or a film wants it: a stretch of the show at a speed, at a known loudness.

use std::sync::Arc;

use orrery_pipeline::Show;
use serde::Serialize;

use crate::loudness::{Measured, Meter};
use crate::mix::{Block, LATENCY, Levels, Master};
use crate::music::Style;
use crate::score::Score;
use crate::signal::{Frame, RATE_HZ, from_db};
use crate::synth::{CEILING, Synth, SynthSettings};
use crate::table::Sonification;
use crate::voice::BLOCK;

/// How loud a soundtrack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Loudness {
    /// −16 LUFS: what films on the web have.
    #[default]
    Web,
    /// −23 LUFS: EBU R 128, broadcasting.
    Ebu,
}

impl Loudness {
    /// The integrated loudness that is aimed at, in LUFS.
    pub fn lufs(self) -> f64 {
        match self {
            Self::Web => -16.0,
            Self::Ebu => -23.0,
        }
    }
}

/// What of the sound there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Only {
    /// Micro-sounds and music.
    #[default]
    Both,
    /// The micro-sounds alone.
    Events,
    /// The music alone.
    Music,
}

/// What a soundtrack is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoundtrackOptions {
    /// Which music.
    pub music: Style,
    /// How loud.
    pub loudness: Loudness,
    /// What of it.
    pub only: Only,
    /// Where it begins, in seconds of the show.
    pub from: f64,
    /// Where it ends, in seconds of the show; none: where the show ends.
    pub to: Option<f64>,
    /// Seconds of the show in one of sound.
    pub speed: f64,
    /// Of the music: another seed, other notes.
    pub seed: u32,
}

impl Default for SoundtrackOptions {
    fn default() -> Self {
        Self {
            music: Style::default(),
            loudness: Loudness::default(),
            only: Only::default(),
            from: 0.0,
            to: None,
            speed: 1.0,
            seed: SynthSettings::default().seed,
        }
    }
}

/// Samples, and what was measured of them.
#[derive(Clone, Debug)]
pub struct Soundtrack {
    /// Stereo frames, 48,000 a second: frame `n` sounds at `n / 48000` seconds of the film.
    pub frames: Vec<Frame>,
    /// Their loudness and peaks.
    pub measured: Measured,
    /// How many notes of cells, stages and letters the stretch has.
    pub events: usize,
}

/// Seconds over which sound comes and goes where a stretch is cut out of a show.
const EDGE_SECONDS: f32 = 0.012;
/// Gains beyond this would only make noise of silence.
const MOST_GAIN_DB: f64 = 30.0;
/// The most that is added for what the limiter takes off.
const MOST_LOST_DB: f64 = 6.0;

/// The sound of a show. It has `(to − from) / speed · 48000` frames, rounded; the sound of the instant `t` of a film
/// that begins at `from` and runs at this speed is frame `t · 48000`. The same show and options give the same bits on
/// every machine.
pub fn soundtrack(show: &Show, table: &Sonification, options: &SoundtrackOptions) -> Soundtrack {
    let score = Arc::new(Score::new(show, table));
    of_score(&score, show.timeline().duration(), options)
}

/// The sound of a score of so many seconds of a show.
pub fn of_score(score: &Arc<Score>, duration: f64, options: &SoundtrackOptions) -> Soundtrack {
    let from = options.from.clamp(0.0, duration);
    let to = options.to.unwrap_or(duration).clamp(from, duration);
    let count = libm::round((to - from) / options.speed * f64::from(RATE_HZ)) as usize;
    let (style, event_level) = match options.only {
        Only::Both => (options.music, 1.0),
        Only::Events => (Style::Off, 1.0),
        Only::Music => (options.music, 0.0),
    };
    let settings = SynthSettings {
        style,
        seed: options.seed,
        speed: options.speed,
        levels: Levels {
            events: event_level,
            ..Levels::default()
        },
        ..SynthSettings::default()
    };
    let mut synth = Synth::without_master(score.clone(), settings, from);
    let notes =
        score.first_from(crate::score::frames(from))..score.first_from(crate::score::frames(to));
    let events = if options.only == Only::Music {
        0
    } else {
        notes.len()
    };
    let mut frames = vec![[0.0; 2]; count];
    synth.render(&mut frames);
    let loudness = Meter::loudness(frames.chunks_exact(BLOCK));
    if !loudness.is_finite() {
        let measured = Meter::measure(&frames);
        return Soundtrack {
            frames,
            measured,
            events,
        };
    }
    // The limiter takes something off what is loud: a trial says how much.
    let wanted = options.loudness.lufs();
    let gain_db = (wanted - loudness).min(MOST_GAIN_DB);
    let lost = gain_db + loudness - trial(&frames, gain_db);
    let gain_db = (gain_db + lost.clamp(0.0, MOST_LOST_DB)).min(MOST_GAIN_DB);
    finish(&mut frames, gain_db);
    let measured = Meter::measure(&frames);
    Soundtrack {
        frames,
        measured,
        events,
    }
}

/// How loud it would be with this gain, LUFS.
fn trial(frames: &[Frame], gain_db: f64) -> f64 {
    let mut master = Master::new(from_db(gain_db as f32), CEILING);
    let blocks = frames.chunks_exact(BLOCK).map(|frames| {
        let mut block: Block = [[0.0; 2]; BLOCK];
        block.copy_from_slice(frames);
        master.finish(&mut block);
        block
    });
    Meter::loudness(blocks)
}

/// Gain, limiter, edges, in place.
fn finish(frames: &mut [Frame], gain_db: f64) {
    let mut master = Master::new(from_db(gain_db as f32), CEILING);
    let count = frames.len();
    let mut from = 0;
    // what goes in comes out behind the limiter's delay, and so never before it has been read
    while from < count + LATENCY {
        let mut block: Block = [[0.0; 2]; BLOCK];
        let here = count.saturating_sub(from).min(BLOCK);
        block[..here].copy_from_slice(&frames[from.min(count)..from.min(count) + here]);
        master.finish(&mut block);
        if let Some(to) = from.checked_sub(LATENCY) {
            let there = (count - to).min(BLOCK);
            frames[to..to + there].copy_from_slice(&block[..there]);
        }
        from += BLOCK;
    }
    let edge = ((EDGE_SECONDS * RATE_HZ) as usize).min(count / 2);
    for at in 0..edge {
        let gain = at as f32 / edge as f32;
        for at in [at, count - 1 - at] {
            frames[at] = [frames[at][0] * gain, frames[at][1] * gain];
        }
    }
}
