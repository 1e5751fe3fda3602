//! The one synth: a score and a style become samples. The same samples come out however they are asked for, in blocks
//! of one or of thousands, and on every machine. Nothing is allocated once it is made; no file, device or thread.

use std::sync::Arc;

use pulp::{Arch, Simd, WithSimd};

use crate::mix::{Block, Bus, LATENCY, Levels, Master, Mixer};
use crate::music::{Grid, Note, Style, write};
use crate::score::{Event, Score};
use crate::signal::{Frame, RATE_HZ, mix2};
use crate::voice::{BLOCK, Voice};

/// Notes that sound at once.
pub const MOST_VOICES: usize = 256;
/// Notes of the music that are written and do not sound yet.
const MOST_PENDING: usize = 256;
/// Seconds that the synth hears before a place to which it is sent: longer than the longest note and the space.
pub const WARM_UP_SECONDS: f64 = 4.0;
/// Seconds of sound over which the music fades at the end of a show.
const CLOSING_SECONDS: f64 = 1.5;
/// The gain before the limiter where nothing is measured (in the window): about −16 LUFS with music.
pub const USUAL_GAIN: f32 = 2.0;
/// What the limiter lets pass: −1.5 dB, so that the true peak stays below −1 dBTP.
pub const CEILING: f32 = 0.841;

/// What is played, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SynthSettings {
    /// Which music.
    pub style: Style,
    /// Of the music.
    pub seed: u32,
    /// Seconds of the show in one of sound, 0.1 … 10.
    pub speed: f64,
    /// The volumes of the buses.
    pub levels: Levels,
    /// The gain before the limiter.
    pub gain: f32,
}

impl Default for SynthSettings {
    fn default() -> Self {
        Self {
            style: Style::default(),
            seed: 155,
            speed: 1.0,
            levels: Levels::default(),
            gain: USUAL_GAIN,
        }
    }
}

/// A voice in the mix.
#[derive(Clone, Copy, Debug)]
struct Sounding {
    voice: Voice,
    bus: Bus,
    /// Frames until it begins, within the next block.
    late: usize,
    sides: Frame,
}

/// A note that begins later than in this block.
#[derive(Clone, Copy, Debug)]
struct Pending {
    frames: u32,
    note: Note,
    seed: u32,
}

/// Plays a score from a place on at a steady speed. Places are counted up to twelve hours of a show.
#[derive(Clone, Debug)]
pub struct Synth {
    score: Arc<Score>,
    settings: SynthSettings,
    grid: Grid,
    /// The place in the show, in 2⁻³² frames at speed 1; may lie before its begin.
    place: i64,
    /// How far a frame goes.
    rate: i64,
    next_event: usize,
    next_step: i64,
    voices: Vec<Sounding>,
    pending: Vec<Pending>,
    mixer: Mixer,
    master: Option<Master>,
    events: Block,
    music: Block,
    made: Block,
    /// Frames of `made` that have been handed out.
    taken: usize,
    /// Which instructions the processor has. All give the same bits: the same sums and products, several at once.
    arch: Arch,
}

impl Synth {
    /// Plays a score from its begin.
    pub fn new(score: Arc<Score>, settings: SynthSettings) -> Self {
        Self::at(score, settings, 0.0)
    }

    /// Plays a score from `seconds` of the show on, as if it had played until there: what still sounds is heard.
    pub fn at(score: Arc<Score>, settings: SynthSettings, seconds: f64) -> Self {
        Self::soon(score, settings, seconds, WARM_UP_SECONDS)
    }

    /// The same, but sooner: what began longer than `warm_up` seconds before is not heard any more.
    pub fn soon(score: Arc<Score>, settings: SynthSettings, seconds: f64, warm_up: f64) -> Self {
        let master = Some(Master::new(settings.gain, CEILING));
        Self::build(score, settings, seconds, warm_up, master)
    }

    /// The same without gain and limiter, for whoever measures first.
    pub fn without_master(score: Arc<Score>, settings: SynthSettings, seconds: f64) -> Self {
        Self::build(score, settings, seconds, WARM_UP_SECONDS, None)
    }

    fn build(
        score: Arc<Score>,
        settings: SynthSettings,
        seconds: f64,
        warm_up: f64,
        master: Option<Master>,
    ) -> Self {
        const ONE: f64 = 4_294_967_296.0;
        let speed = settings.speed.clamp(0.01, 100.0);
        let rate = (speed * ONE) as i64;
        // blocks lie as they lie when one plays from the begin at this speed
        let late = if master.is_some() { LATENCY as i64 } else { 0 };
        let wanted = libm::round(seconds.max(0.0) * f64::from(RATE_HZ) / speed) as i64;
        let warm_up = (warm_up * f64::from(RATE_HZ)) as i64;
        let first = (wanted - warm_up).max(0);
        let first = first - first.rem_euclid(BLOCK as i64);
        let place = first * rate;
        let grid = Grid::new(speed);
        let mut synth = Self {
            next_event: score.first_from((place >> 32) as u64),
            next_step: grid.first_from(place),
            score,
            settings,
            grid,
            place,
            rate,
            voices: Vec::with_capacity(MOST_VOICES),
            pending: Vec::with_capacity(MOST_PENDING),
            mixer: Mixer::new(settings.levels),
            master,
            events: [[0.0; 2]; BLOCK],
            music: [[0.0; 2]; BLOCK],
            made: [[0.0; 2]; BLOCK],
            taken: BLOCK,
            arch: Arch::new(),
        };
        synth.skip((wanted - first + late) as usize);
        synth
    }

    /// The place in the show, in seconds, of the frame that comes next.
    pub fn seconds(&self) -> f64 {
        let late = if self.master.is_some() { LATENCY } else { 0 };
        let ahead = (BLOCK - self.taken + late) as i64 * self.rate;
        (self.place - ahead) as f64 / 4_294_967_296.0 / f64::from(RATE_HZ)
    }

    /// Plays on in silence for so many frames: to catch up with what was asked for while it was being made.
    pub fn catch_up(&mut self, frames: usize) {
        self.skip(frames);
    }

    /// The settings that it plays with.
    pub fn settings(&self) -> &SynthSettings {
        &self.settings
    }

    /// Plays with these instructions of the processor instead of its best.
    pub fn with_instructions(mut self, arch: Arch) -> Self {
        self.arch = arch;
        self
    }

    /// Sets the volumes of the buses; they change without a click.
    pub fn set_levels(&mut self, levels: Levels) {
        self.settings.levels = levels;
        self.mixer.set_levels(levels);
    }

    /// Writes the next frames.
    pub fn render(&mut self, out: &mut [Frame]) {
        let mut out = out;
        while !out.is_empty() {
            if self.taken == BLOCK {
                self.make();
            }
            let count = out.len().min(BLOCK - self.taken);
            let (now, later) = out.split_at_mut(count);
            now.copy_from_slice(&self.made[self.taken..self.taken + count]);
            self.taken += count;
            out = later;
        }
    }

    /// Lets frames pass.
    fn skip(&mut self, frames: usize) {
        let mut left = frames;
        while left > 0 {
            if self.taken == BLOCK {
                self.make();
            }
            let count = left.min(BLOCK - self.taken);
            self.taken += count;
            left -= count;
        }
    }

    /// Makes the next block.
    fn make(&mut self) {
        let end = self.place + self.rate * BLOCK as i64;
        self.begin_events(end);
        self.begin_music(end);
        self.events.fill([0.0; 2]);
        self.music.fill([0.0; 2]);
        self.arch.dispatch(Sing {
            voices: &mut self.voices,
            events: &mut self.events,
            music: &mut self.music,
        });
        self.close();
        self.arch.dispatch(Mix {
            mixer: &mut self.mixer,
            master: self.master.as_mut(),
            events: &self.events,
            music: &self.music,
            made: &mut self.made,
        });
        self.place = end;
        self.taken = 0;
    }

    /// The music fades away with the last moments of the show.
    fn close(&mut self) {
        let end = (self.score.frames() as i64) << 32;
        let last = (CLOSING_SECONDS * f64::from(RATE_HZ)) as i64 * self.rate;
        let block_ends = self.place + self.rate * BLOCK as i64;
        if block_ends < end - last {
            return;
        }
        for (at, frame) in self.music.iter_mut().enumerate() {
            let left = (end - self.place - self.rate * at as i64).max(0);
            let gain = (left as f64 / last as f64).min(1.0) as f32;
            frame[0] *= gain;
            frame[1] *= gain;
        }
    }

    /// Frames from the block's begin to a place in it.
    fn frames_to(&self, place: i64) -> usize {
        let way = (place - self.place).max(0);
        (((way + self.rate - 1) / self.rate) as usize).min(BLOCK - 1)
    }

    fn begin_events(&mut self, end: i64) {
        // faster shows have fewer notes for each of their seconds
        let most = if self.settings.speed > 1.0 {
            (20.0 / self.settings.speed).max(1.0) as u16
        } else {
            u16::MAX
        };
        while let Some(&event) = self.score.events().get(self.next_event) {
            let place = (event.at as i64) << 32;
            if place >= end {
                break;
            }
            self.next_event += 1;
            if event.rank < most && self.settings.levels.events > 0.0 {
                let late = self.frames_to(place);
                self.begin_event(&event, late);
            }
        }
    }

    fn begin_event(&mut self, event: &Event, late: usize) {
        let seed = mix2(event.at as u32, event.hz.to_bits());
        let voice = Voice::new(
            &event.timbre.patch(),
            event.hz,
            event.seconds,
            event.gain,
            seed,
        );
        self.begin(voice, Bus::Events, event.pan, late);
    }

    fn begin_music(&mut self, end: i64) {
        if self.settings.style == Style::Off {
            return;
        }
        let block = BLOCK as u32;
        while self.grid.begin(self.next_step) < end {
            let begin = self.grid.begin(self.next_step);
            let frames = self.frames_to(begin) as f32;
            let style = (self.settings.style, self.settings.seed);
            let notes = write(
                style.0,
                style.1,
                &self.score,
                self.grid,
                self.next_step,
                self.settings.speed,
            );
            let step = self.grid.seconds(self.settings.speed) * RATE_HZ;
            for (at, note) in notes.as_slice().iter().enumerate() {
                if self.pending.len() < MOST_PENDING {
                    self.pending.push(Pending {
                        frames: (frames + note.late * step) as u32,
                        note: *note,
                        seed: mix2(self.next_step as u32, at as u32),
                    });
                }
            }
            self.next_step += 1;
        }
        let mut at = 0;
        while at < self.pending.len() {
            if self.pending[at].frames >= block {
                self.pending[at].frames -= block;
                at += 1;
                continue;
            }
            let Pending { frames, note, seed } = self.pending.remove(at);
            let (least, most) = note.timbre.range();
            let hz = note.hz.clamp(least, most);
            let voice = Voice::new(&note.timbre.patch(), hz, note.seconds, note.gain, seed);
            self.begin(voice, Bus::Music, note.pan, frames as usize);
        }
    }

    fn begin(&mut self, voice: Voice, bus: Bus, pan: f32, late: usize) {
        if self.voices.len() == MOST_VOICES {
            // the one that is nearest to its end makes room
            let nearest = self.voices.iter().enumerate();
            let nearest = nearest.min_by_key(|(_, sounding)| sounding.voice.frames_left());
            if let Some(at) = nearest.map(|(at, _)| at) {
                self.voices.remove(at);
            }
        }
        // equal power: 0 is the middle
        let angle = (pan.clamp(-1.0, 1.0) + 1.0) * core::f32::consts::FRAC_PI_4;
        self.voices.push(Sounding {
            voice,
            bus,
            late,
            sides: [libm::cosf(angle), libm::sinf(angle)],
        });
    }
}

/// All voices sing their next block. (A structure and no closure, because only the body of `with_simd` is surely
/// compiled for the wide instructions.)
struct Sing<'a> {
    voices: &'a mut Vec<Sounding>,
    events: &'a mut Block,
    music: &'a mut Block,
}

impl WithSimd for Sing<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        // what has ended leaves; the others keep their order, in which they are summed
        let mut kept = 0;
        for at in 0..self.voices.len() {
            let bus = match self.voices[at].bus {
                Bus::Events => &mut *self.events,
                Bus::Music => &mut *self.music,
            };
            if self.voices[at].add(bus) {
                self.voices.swap(kept, at);
                kept += 1;
            }
        }
        self.voices.truncate(kept);
    }
}

/// What is sung goes through mixer, gain and limiter.
struct Mix<'a> {
    mixer: &'a mut Mixer,
    master: Option<&'a mut Master>,
    events: &'a Block,
    music: &'a Block,
    made: &'a mut Block,
}

impl WithSimd for Mix<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.mixer.mix(self.events, self.music, self.made);
        if let Some(master) = self.master {
            master.finish(self.made);
        }
    }
}

impl Sounding {
    /// Adds its next frames to its bus; whether there are more to come.
    #[inline(always)]
    fn add(&mut self, bus: &mut Block) -> bool {
        let mut mono = [0.0f32; BLOCK];
        let mono = &mut mono[..BLOCK - self.late];
        let goes_on = self.voice.render(mono);
        let [left, right] = self.sides;
        for (frame, &sample) in bus[self.late..].iter_mut().zip(mono.iter()) {
            frame[0] += sample * left;
            frame[1] += sample * right;
        }
        self.late = 0;
        goes_on
    }
}
