//! What a show sounds like, as samples: the score, the voices, the music and the mix. No Bevy, no sound
//! device and no file but its tables may live here.
//!
//! A film calls [`soundtrack`] (or [`stream_soundtrack`], which holds little in memory): with a show, the mapping table ([`Sonification::shipped`]) and
//! [`SoundtrackOptions`] (which music, how loud, from where to where in seconds of the show, at which speed). It gets
//! stereo frames at 48 kHz ([`RATE`]) and what was measured of them; the sound of the instant `t` of the film is frame
//! `t · 48000`. A window plays the same [`Synth`] with [`Synth::render`].
//!
//! ```no_run
//! # fn film(show: &orrery_pipeline::Show) -> Result<(), orrery_sound::SonificationError> {
//! use orrery_sound::{Sonification, SoundtrackOptions, soundtrack};
//! let options = SoundtrackOptions { from: 10.0, to: Some(20.0), speed: 0.5, ..Default::default() };
//! let sound = soundtrack(show, &Sonification::shipped()?, &options);
//! assert_eq!(sound.frames.len(), 20 * 48_000);
//! # Ok(()) }
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod demonstration;
mod forecast;
pub mod loudness;
pub mod mix;
pub mod music;
mod player;
pub mod score;
mod signal;
pub mod soundtrack;
pub mod synth;
pub mod table;
mod timbre;
pub mod voice;
mod wav;

pub use loudness::{Measured, Meter};
pub use mix::Levels;
pub use music::Style;
pub use player::{Order, Player};
pub use score::{Cause, Event, Mood, Score};
pub use signal::{Frame, RATE};
pub use soundtrack::{
    Loudness, Only, Soundtrack, SoundtrackOptions, Summary, soundtrack, stream_soundtrack,
};
pub use synth::{Synth, SynthSettings};
pub use table::{Section, Sonification, SonificationError};
pub use timbre::Timbre;
pub use wav::{WavFile, WavFormat, write_wav};
