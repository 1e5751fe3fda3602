//! What a device plays: a synth that another may take over from, and a pause. Changes fade within milliseconds, so
//! that none is heard as a click. The player is made for a device's thread: it allocates, frees and waits for nothing;
//! synths are made elsewhere and handed over, and what is no longer needed is handed back.

use crate::mix::Levels;
use crate::signal::{Frame, RATE};
use crate::synth::Synth;

/// What a player is told.
#[derive(Debug)]
pub enum Order {
    /// This synth takes over; 10 ms later the one before is silent.
    TakeOver(Box<Synth>),
    /// Plays, or pauses: nothing goes on until it plays again.
    Play(bool),
    /// The volumes.
    Levels(Levels),
}

/// Frames in which one synth takes over from another: 10 ms.
const CROSSFADE: u32 = RATE / 100;
/// Frames in which a pause falls silent, or sound comes back: 8 ms.
const GATE: u32 = RATE / 125;
/// Frames that it makes at once.
const AT_ONCE: usize = 64;

/// Plays for a device.
#[derive(Debug, Default)]
pub struct Player {
    on: Option<Box<Synth>>,
    /// The synth that is fading away.
    before: Option<Box<Synth>>,
    /// Frames of the crossfade that are behind.
    faded: u32,
    playing: bool,
    /// How far the gate is open, in frames of [`GATE`].
    open: u32,
}

impl Player {
    /// A silent one, paused.
    pub fn new() -> Self {
        Self::default()
    }

    /// Does as it is told. A synth that has no further use is given back, to be freed elsewhere.
    pub fn follow(&mut self, order: Order) -> Option<Box<Synth>> {
        match order {
            Order::TakeOver(synth) => {
                let gone = self.before.take();
                self.before = self.on.replace(synth);
                // what nobody hears needs no fading
                self.faded = if self.open == 0 { CROSSFADE } else { 0 };
                gone
            }
            Order::Play(playing) => {
                self.playing = playing;
                None
            }
            Order::Levels(levels) => {
                for synth in [&mut self.on, &mut self.before].into_iter().flatten() {
                    synth.set_levels(levels);
                }
                None
            }
        }
    }

    /// Whether a synth may take over now without cutting off another that still fades.
    pub fn is_ready(&self) -> bool {
        self.before.is_none()
    }

    /// The synth that has faded away, if there is one: to be freed elsewhere.
    pub fn retired(&mut self) -> Option<Box<Synth>> {
        if self.faded >= CROSSFADE {
            self.before.take()
        } else {
            None
        }
    }

    /// Whether it stands still and is silent.
    pub fn rests(&self) -> bool {
        !self.playing && self.open == 0
    }

    /// The synth that is on.
    pub fn synth(&self) -> Option<&Synth> {
        self.on.as_deref()
    }

    /// Writes the next frames.
    pub fn render(&mut self, out: &mut [Frame]) {
        for out in out.chunks_mut(AT_ONCE) {
            self.render_few(out);
        }
    }

    fn render_few(&mut self, out: &mut [Frame]) {
        out.fill([0.0; 2]);
        if self.rests() {
            return;
        }
        if let Some(synth) = &mut self.on {
            synth.render(out);
        }
        if self.faded < CROSSFADE {
            let mut old = [[0.0; 2]; AT_ONCE];
            let old = &mut old[..out.len()];
            if let Some(before) = &mut self.before {
                before.render(old);
            }
            for (frame, old) in out.iter_mut().zip(old.iter()) {
                let share = (self.faded.min(CROSSFADE)) as f32 / CROSSFADE as f32;
                frame[0] = old[0] + (frame[0] - old[0]) * share;
                frame[1] = old[1] + (frame[1] - old[1]) * share;
                self.faded += 1;
            }
        }
        if self.open < GATE || !self.playing {
            for frame in out.iter_mut() {
                let gain = self.open as f32 / GATE as f32;
                *frame = [frame[0] * gain, frame[1] * gain];
                self.open = if self.playing {
                    (self.open + 1).min(GATE)
                } else {
                    self.open.saturating_sub(1)
                };
            }
        }
    }
}
