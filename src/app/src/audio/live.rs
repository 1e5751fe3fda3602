//! The source that a device asks for samples. It runs on the device's thread: it allocates, frees, locks and waits for
//! nothing. The window's wishes come as atomics, synths through a bounded channel, and what is done with goes back
//! through another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use orrery_sound::{Frame, Levels, Order, Player, RATE, Synth};

/// What window and device tell each other.
#[derive(Debug, Default)]
pub struct Shared {
    playing: AtomicBool,
    /// Nothing is heard before the synth with this number is on.
    least: AtomicU32,
    levels: [AtomicU32; 3],
    /// Seconds of the show, as bits.
    place: AtomicU64,
    /// The number of the synth that is on.
    on: AtomicU32,
    /// Frames that the device has asked for: it lives while they grow.
    asked: AtomicU64,
}

impl Shared {
    /// Plays, or pauses.
    pub fn set_playing(&self, playing: bool) {
        self.playing.store(playing, Ordering::Relaxed);
    }

    /// Silent until the synth with this number has taken over.
    pub fn hold_until(&self, number: u32) {
        self.least.store(number, Ordering::Relaxed);
    }

    /// The volumes.
    pub fn set_levels(&self, levels: Levels) {
        for (place, level) in self
            .levels
            .iter()
            .zip([levels.events, levels.music, levels.master])
        {
            place.store(level.to_bits(), Ordering::Relaxed);
        }
    }

    fn levels(&self) -> Levels {
        let [events, music, master] =
            [0, 1, 2].map(|at: usize| f32::from_bits(self.levels[at].load(Ordering::Relaxed)));
        Levels {
            events,
            music,
            master,
        }
    }

    /// The number of the synth that is on, and the place in the show that comes next, in seconds.
    pub fn place(&self) -> (u32, f64) {
        let on = self.on.load(Ordering::Acquire);
        (on, f64::from_bits(self.place.load(Ordering::Relaxed)))
    }

    /// How many frames the device has asked for.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

/// A synth with its number.
pub type Numbered = (u32, Box<Synth>);

/// The other end of a source: where synths go in, and come out again.
#[derive(Debug)]
pub struct Feed {
    synths: SyncSender<Numbered>,
    done: Receiver<Box<Synth>>,
}

impl Feed {
    /// Hands a synth over; false where the device takes none.
    pub fn hand_over(&self, synth: Numbered) -> bool {
        self.free();
        self.synths.try_send(synth).is_ok()
    }

    /// Frees what the device is done with.
    pub fn free(&self) {
        self.done.try_iter().for_each(drop);
    }
}

/// The source.
#[derive(Debug)]
pub struct LiveSound {
    player: Player,
    shared: Arc<Shared>,
    synths: Receiver<Numbered>,
    done: SyncSender<Box<Synth>>,
    /// What could not be handed back yet.
    kept: Option<Box<Synth>>,
    levels: Levels,
    on: u32,
    resampler: Resampler,
}

/// Synths under way at once.
const UNDER_WAY: usize = 8;

impl LiveSound {
    /// A source and its other end.
    pub fn new(shared: Arc<Shared>) -> (Self, Feed) {
        let (to_device, synths) = sync_channel(UNDER_WAY);
        let (done, from_device) = sync_channel(2 * UNDER_WAY);
        let sound = Self {
            player: Player::new(),
            levels: shared.levels(),
            shared,
            synths,
            done,
            kept: None,
            on: 0,
            resampler: Resampler::default(),
        };
        let feed = Feed {
            synths: to_device,
            done: from_device,
        };
        (sound, feed)
    }

    /// Takes in what the window wants. Called before each block.
    fn listen(&mut self) {
        let retired = self.player.retired();
        self.give_back(retired);
        // another takes over when the last has, and what is done with has gone
        if self.kept.is_none()
            && self.player.is_ready()
            && let Ok((number, synth)) = self.synths.try_recv()
        {
            let gone = self.player.follow(Order::TakeOver(synth));
            self.give_back(gone);
            self.on = number;
            let levels = self.shared.levels();
            self.levels = levels;
            self.player.follow(Order::Levels(levels));
        }
        let levels = self.shared.levels();
        if levels != self.levels {
            self.levels = levels;
            self.player.follow(Order::Levels(levels));
        }
        let wanted = self.shared.playing.load(Ordering::Relaxed);
        // numbers go round
        let least = self.shared.least.load(Ordering::Relaxed);
        let arrived = self.on.wrapping_sub(least) < u32::MAX / 2;
        self.player.follow(Order::Play(wanted && arrived));
    }

    fn give_back(&mut self, synth: Option<Box<Synth>>) {
        let Some(synth) = synth.or_else(|| self.kept.take()) else {
            return;
        };
        if let Err(TrySendError::Full(synth) | TrySendError::Disconnected(synth)) =
            self.done.try_send(synth)
        {
            self.kept = Some(synth);
        }
    }

    /// Writes the next frames, for a device of this rate in Hz.
    pub fn render(&mut self, out: &mut [Frame], rate: f64) {
        self.listen();
        if (rate - f64::from(RATE)).abs() < 0.5 {
            self.player.render(out);
        } else {
            self.resampler
                .render(&mut self.player, out, f64::from(RATE) / rate);
        }
        if let Some(synth) = self.player.synth() {
            let place = synth.seconds().to_bits();
            self.shared.place.store(place, Ordering::Relaxed);
        }
        self.shared.on.store(self.on, Ordering::Release);
        self.shared
            .asked
            .fetch_add(out.len() as u64, Ordering::Relaxed);
    }
}

/// Frames for a device that wants another rate: between four frames, by the cubic through the middle two with the
/// slopes of their neighbours (Catmull–Rom).
#[derive(Debug)]
struct Resampler {
    made: [Frame; 64],
    taken: usize,
    around: [Frame; 4],
    between: f64,
}

impl Default for Resampler {
    fn default() -> Self {
        Self {
            made: [[0.0; 2]; 64],
            taken: 64,
            around: [[0.0; 2]; 4],
            between: 0.0,
        }
    }
}

impl Resampler {
    fn render(&mut self, player: &mut Player, out: &mut [Frame], step: f64) {
        for frame in out {
            while self.between >= 1.0 {
                self.between -= 1.0;
                if self.taken == self.made.len() {
                    player.render(&mut self.made);
                    self.taken = 0;
                }
                self.around.rotate_left(1);
                self.around[3] = self.made[self.taken];
                self.taken += 1;
            }
            let t = self.between as f32;
            let [a, b, c, d] = self.around;
            for side in 0..2 {
                let (a, b, c, d) = (a[side], b[side], c[side], d[side]);
                let slope = 0.5 * (c - a);
                let square = a - 2.5 * b + 2.0 * c - 0.5 * d;
                let cube = 0.5 * (d - a) + 1.5 * (b - c);
                frame[side] = b + t * (slope + t * (square + t * cube));
            }
            self.between += step;
        }
    }
}
