//! The sound of a show as a file or a film wants it: a stretch of the show at a speed, at a known loudness.

use std::io::{self, Read, Seek, Write};
use std::sync::Arc;

use orrery_pipeline::Show;
use pulp::{Arch, Simd, WithSimd};
use serde::Serialize;

use crate::forecast::Forecast;
use crate::loudness::{Measured, Meter};
use crate::mix::{Block, LATENCY, Levels, Master};
use crate::music::Style;
use crate::score::Score;
use crate::signal::{Frame, RATE_HZ, from_db};
use crate::synth::{CEILING, Synth, SynthSettings, USUAL_GAIN};
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

/// What is known of a soundtrack that has been made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Its loudness and peaks.
    pub measured: Measured,
    /// How many notes of cells, stages and letters the stretch has.
    pub events: usize,
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

/// Frames that are handed on at once; a multiple of [`BLOCK`].
const AT_ONCE: usize = 64 * BLOCK;

/// The sound of a show in memory. It has `(to − from) / speed · 48000` frames, rounded; the sound of the instant `t` of a
/// film that begins at `from` and runs at this speed is frame `t · 48000`. The same show and options give the same bits on
/// every machine. A long one is better streamed: [`stream_soundtrack`].
pub fn soundtrack(show: &Show, table: &Sonification, options: &SoundtrackOptions) -> Soundtrack {
    let score = Arc::new(Score::new(show, table));
    of_score(&score, show.timeline().duration(), options)
}

/// The sound of a score of so many seconds of a show, in memory.
pub fn of_score(score: &Arc<Score>, duration: f64, options: &SoundtrackOptions) -> Soundtrack {
    let (mut synth, count, events) = begin(score, duration, options);
    let mut frames = vec![[0.0; 2]; count];
    let mut forecast = Forecast::new(count);
    synth.render(&mut frames);
    forecast.hear(&frames);
    let mut finish = Finish::new(gain(&forecast, options), count);
    let mut meter = Meter::new();
    // what goes in comes out behind the limiter's delay, and so never before it has been read
    let mut done = 0;
    let mut from = 0;
    while done < count {
        let mut block: Block = [[0.0; 2]; BLOCK];
        let here = from.min(count)..(from + BLOCK).min(count);
        block[..here.len()].copy_from_slice(&frames[here]);
        let ready = finish.next(&mut block);
        frames[done..done + ready.len()].copy_from_slice(ready);
        meter.hear(ready);
        done += ready.len();
        from += BLOCK;
    }
    Soundtrack {
        frames,
        measured: meter.measured(),
        events,
    }
}

/// The sound of a show, handed to `take` piece by piece. It is known only at its end how loud it is, so it waits in
/// `scratch`, 8 bytes a frame: a file under a temporary name, so that its length does not matter for the memory.
///
/// # Errors
/// What `scratch` or `take` refuses.
pub fn stream_soundtrack(
    show: &Show,
    table: &Sonification,
    options: &SoundtrackOptions,
    scratch: &mut (impl Read + Write + Seek),
    mut take: impl FnMut(&[Frame]) -> io::Result<()>,
) -> io::Result<Summary> {
    let score = Arc::new(Score::new(show, table));
    let (mut synth, count, events) = begin(&score, show.timeline().duration(), options);
    drop(score);
    let mut forecast = Forecast::new(count);
    let mut frames = vec![[0.0; 2]; AT_ONCE];
    let mut bytes = Vec::with_capacity(AT_ONCE * size_of::<Frame>());
    let mut left = count;
    while left > 0 {
        let frames = &mut frames[..left.min(AT_ONCE)];
        synth.render(frames);
        forecast.hear(frames);
        bytes.clear();
        bytes.extend(
            frames
                .iter()
                .flatten()
                .flat_map(|sample| sample.to_le_bytes()),
        );
        scratch.write_all(&bytes)?;
        left -= frames.len();
    }
    drop(synth);
    scratch.rewind()?;
    let mut finish = Finish::new(gain(&forecast, options), count);
    drop(forecast);
    let mut meter = Meter::new();
    let (mut read, mut done) = (0, 0);
    while done < count {
        let here = (count - read).min(AT_ONCE);
        bytes.resize(here * size_of::<Frame>(), 0);
        scratch.read_exact(&mut bytes)?;
        read += here;
        let samples = bytes.as_chunks::<4>().0.as_chunks::<2>().0;
        for (frame, samples) in frames.iter_mut().zip(samples) {
            *frame = samples.map(f32::from_le_bytes);
        }
        // behind the end there is silence, until the limiter has given all
        frames[here..].fill([0.0; 2]);
        let mut ready = 0;
        for block in 0..AT_ONCE / BLOCK {
            let at = block * BLOCK;
            let mut made: Block = [[0.0; 2]; BLOCK];
            made.copy_from_slice(&frames[at..at + BLOCK]);
            let more = finish.next(&mut made);
            frames[ready..ready + more.len()].copy_from_slice(more);
            ready += more.len();
        }
        let frames = &frames[..ready];
        meter.hear(frames);
        take(frames)?;
        done += ready;
    }
    Ok(Summary {
        measured: meter.measured(),
        events,
    })
}

/// A synth at the stretch's begin without gain and limiter, how many frames the stretch has, and how many notes.
fn begin(score: &Arc<Score>, duration: f64, options: &SoundtrackOptions) -> (Synth, usize, usize) {
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
    let notes =
        score.first_from(crate::score::frames(from))..score.first_from(crate::score::frames(to));
    let events = match options.only {
        Only::Music => 0,
        Only::Both | Only::Events => notes.len(),
    };
    let synth = Synth::without_master(score.clone(), settings, from);
    (synth, count, events)
}

/// The gain that makes what was heard as loud as it is asked for, as a factor.
fn gain(forecast: &Forecast, options: &SoundtrackOptions) -> f32 {
    let loudness = forecast.loudness();
    if !loudness.is_finite() {
        // silence, or too short to be measured
        return USUAL_GAIN;
    }
    // The limiter takes something off what is loud.
    let wanted = options.loudness.lufs();
    let gain_db = (wanted - loudness).min(MOST_GAIN_DB);
    let lost = gain_db + loudness - forecast.behind(from_db(gain_db as f32), CEILING);
    from_db((gain_db + lost.clamp(0.0, MOST_LOST_DB)).min(MOST_GAIN_DB) as f32)
}

/// Gain, limiter, edges.
struct Finish {
    master: Master,
    arch: Arch,
    count: usize,
    /// Frames that have gone in.
    into: usize,
    edge: usize,
}

impl Finish {
    /// For a stretch of so many frames.
    fn new(gain: f32, count: usize) -> Self {
        Self {
            master: Master::new(gain, CEILING),
            arch: Arch::new(),
            count,
            into: 0,
            edge: ((EDGE_SECONDS * RATE_HZ) as usize).min(count / 2),
        }
    }

    /// The next block goes in; what comes out lies in its place: nothing at first, because the limiter looks ahead, and
    /// nothing behind the end.
    fn next<'a>(&mut self, block: &'a mut Block) -> &'a [Frame] {
        self.arch.dispatch(Pass {
            master: &mut self.master,
            block,
        });
        let first = self.into.checked_sub(LATENCY);
        self.into += BLOCK;
        let Some(first) = first.filter(|&first| first < self.count) else {
            return &[];
        };
        let ready = &mut block[..(self.count - first).min(BLOCK)];
        for (at, frame) in ready.iter_mut().enumerate() {
            let from_edge = (first + at).min(self.count - 1 - first - at);
            if from_edge < self.edge {
                let gain = from_edge as f32 / self.edge as f32;
                *frame = [frame[0] * gain, frame[1] * gain];
            }
        }
        ready
    }
}

/// A block through gain and limiter, with the processor's widest instructions.
struct Pass<'a> {
    master: &'a mut Master,
    block: &'a mut Block,
}

impl WithSimd for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.master.finish(self.block);
    }
}
