//! Every instrument and every part of the music by itself, to listen to.

use std::sync::Arc;

use crate::music::{BEATS_PER_MINUTE, Style};
use crate::score::{Cause, Event, Mood, Score};
use crate::signal::{Frame, RATE, RATE_HZ};
use crate::soundtrack::{Loudness, SoundtrackOptions, of_score};
use crate::synth::{Synth, SynthSettings};
use crate::table::Section;
use crate::timbre::Timbre;
use crate::voice::{BLOCK, Voice};

/// A sound with a name that is good for a file.
#[derive(Clone, Debug)]
pub struct Demonstration {
    /// `voice-bell`, `music-industrial-climax`.
    pub name: String,
    /// Stereo frames.
    pub frames: Vec<Frame>,
}

/// Five notes of an instrument over two octaves of its range, each as long as it usually is.
pub fn of_voice(timbre: Timbre) -> Demonstration {
    let (least, most) = timbre.range();
    let middle = libm::sqrtf(least * most).clamp(least, 880.0_f32.max(least));
    let seconds = usual_seconds(timbre);
    let step = seconds.max(0.25) + 0.15;
    let at = |note: usize| (note as f32 * step * RATE_HZ) as u64;
    let events = (0..5).map(|note| Event {
        at: at(note),
        timbre,
        hz: crate::signal::semitones(middle, note as f32 * 6.0 - 12.0).clamp(least, most),
        gain: 0.5,
        pan: 0.0,
        seconds,
        rank: 0,
        segment: 0,
        cause: Cause::Enter,
    });
    let frames = at(5) + u64::from(RATE);
    let score = Arc::new(Score::of_events(events.collect(), frames));
    let settings = SynthSettings {
        style: Style::Off,
        ..SynthSettings::default()
    };
    let mut out = vec![[0.0; 2]; frames as usize];
    Synth::new(score, settings).render(&mut out);
    Demonstration {
        name: format!("voice-{}", timbre.name()),
        frames: out,
    }
}

/// One note by itself, as the interface plays it: half a full-scale note, in the middle.
pub fn single(timbre: Timbre, hz: f32, seconds: f32) -> Vec<Frame> {
    let mut voice = Voice::new(&timbre.patch(), hz, seconds, 0.5, 1);
    let mut frames = Vec::new();
    loop {
        let mut block = [0.0; BLOCK];
        let more = voice.render(&mut block);
        frames.extend(block.map(|sample| [sample, sample]));
        if !more {
            return frames;
        }
    }
}

/// How long a note of an instrument is where nothing else is said.
fn usual_seconds(timbre: Timbre) -> f32 {
    use Timbre as T;
    match timbre {
        T::Needle | T::Click | T::Impulse => 0.012,
        T::WhiteBurst | T::Hat | T::DataTone | T::Latch | T::Zap => 0.05,
        T::SineBlip | T::Clap | T::OpenHat | T::Metal | T::Sweep | T::Fall | T::Breath => 0.2,
        T::Kick | T::Bass | T::Pluck | T::Dyad => 0.4,
        T::Bell | T::Glow | T::Air => 0.9,
        T::Sub | T::Pad | T::Riser | T::Shepard => 1.5,
    }
}

/// Sixteen bars of a section in a style.
pub fn of_section(style: Style, section: Section) -> Demonstration {
    let seconds = 16.0 * 4.0 * 60.0 / f64::from(BEATS_PER_MINUTE);
    let mood = Mood {
        section,
        tension: 0.5,
        certainty: 0.8,
        bits: 0x9E37_79B9_7F4A_7C15,
        ..Mood::default()
    };
    let score = Arc::new(Score::of_mood(mood, (seconds * f64::from(RATE)) as u64));
    let options = SoundtrackOptions {
        music: style,
        loudness: Loudness::Web,
        ..SoundtrackOptions::default()
    };
    Demonstration {
        name: format!("music-{}-{}", style.name(), section.name()),
        frames: of_score(&score, seconds, &options).frames,
    }
}

/// All of them: every instrument, every section of every style.
pub fn all() -> impl Iterator<Item = Demonstration> {
    let voices = Timbre::ALL.into_iter().map(of_voice);
    let styles = Style::ALL.into_iter().filter(|&style| style != Style::Off);
    let sections = styles.flat_map(|style| Section::ALL.map(|section| (style, section)));
    voices.chain(sections.map(|(style, section)| of_section(style, section)))
}
