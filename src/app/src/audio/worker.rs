//! A thread beside the window that opens the device, listens to a show for its score, and makes synths: work that
//! neither a picture nor a device's thread could wait for.

use std::any::Any;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use orrery_pipeline::Show;
use orrery_sound::{Levels, Score, Sonification, Style, Synth, SynthSettings};

use super::live::{Feed, LiveSound, Shared};
use super::status::{SoundStatus, Status};
use crate::background::Wake;

/// What is to be played.
#[derive(Clone)]
pub struct Wanted {
    /// The show.
    pub show: Arc<Show>,
    /// How its numbers become sounds.
    pub table: Arc<Sonification>,
    /// From where, in seconds of the show …
    pub place: f64,
    /// … at this instant.
    pub at: Instant,
    /// Whether it goes on meanwhile.
    pub playing: bool,
    /// Seconds of the show a second.
    pub speed: f64,
    /// Which music.
    pub style: Style,
    /// The volumes.
    pub levels: Levels,
    /// Counts what is wanted.
    pub number: u32,
}

/// A device that plays: it stops when this goes.
pub type Stream = Box<dyn Any>;

/// Opens a device for a source; its name, or why there is none.
pub type OpenDevice = Box<dyn FnMut(LiveSound) -> Result<(Stream, String), String> + Send>;

/// The thread, as the window knows it.
#[derive(Resource)]
pub struct SoundWorker {
    wanted: Sender<Wanted>,
    /// What window and device tell each other.
    pub shared: Arc<Shared>,
    /// Counts the devices that have been opened: a new one knows nothing yet.
    pub devices: Arc<std::sync::atomic::AtomicU32>,
}

impl SoundWorker {
    /// Starts the thread. It ends when this goes.
    pub fn start(open: OpenDevice, status: SoundStatus, wake: Wake) -> std::io::Result<Self> {
        Self::start_with(open, status, wake, Patience::default())
    }

    /// The same with other patience.
    pub fn start_with(
        open: OpenDevice,
        status: SoundStatus,
        wake: Wake,
        patience: Patience,
    ) -> std::io::Result<Self> {
        let (sender, wanted) = channel();
        let shared = Arc::new(Shared::default());
        let devices = Arc::new(std::sync::atomic::AtomicU32::new(0));
        let seen = (shared.clone(), devices.clone());
        thread::Builder::new().name("sound".into()).spawn(move || {
            let (shared, devices) = seen;
            // a stream stays on the thread that opened it
            let work = Work {
                open,
                status,
                wake,
                patience,
                shared,
                devices,
                device: None,
                score: None,
            };
            work.run(&wanted);
        })?;
        Ok(Self {
            wanted: sender,
            shared,
            devices,
        })
    }

    /// Asks for a synth.
    pub fn ask(&self, wanted: Wanted) {
        // a thread that has died is a window without sound
        let _ = self.wanted.send(wanted);
    }
}

/// A device that is open.
struct Device {
    _stream: Stream,
    feed: Feed,
    asked: u64,
    since: Instant,
}

/// How long the thread waits for a device.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// A device that has asked for nothing for so long has gone.
    pub gone_after: Duration,
    /// How often the device is looked after …
    pub look_after: Duration,
    /// … and looked for where there is none.
    pub look_for: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            gone_after: Duration::from_secs(2),
            look_after: Duration::from_millis(500),
            look_for: Duration::from_secs(4),
        }
    }
}

/// Seconds that a synth hears before it is handed over: enough for the music's chord and most of the space.
const WARM_UP_SECONDS: f64 = 1.2;

struct Work {
    open: OpenDevice,
    status: SoundStatus,
    wake: Wake,
    patience: Patience,
    shared: Arc<Shared>,
    devices: Arc<std::sync::atomic::AtomicU32>,
    device: Option<Device>,
    /// The last score, with what it was made of.
    score: Option<(Arc<Show>, Arc<Sonification>, Arc<Score>)>,
}

impl Work {
    fn run(mut self, wanted: &Receiver<Wanted>) {
        let mut looked = None;
        loop {
            self.look_after_device();
            if self.device.is_none()
                && looked.is_none_or(|at: Instant| at.elapsed() >= self.patience.look_for)
            {
                self.open_device();
                looked = Some(Instant::now());
            }
            match wanted.recv_timeout(self.patience.look_after) {
                // of several the last
                Ok(first) => self.play(wanted.try_iter().last().unwrap_or(first)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn say(&self, status: Status) {
        if self.status.set(status) {
            self.wake.call();
        }
    }

    fn open_device(&mut self) {
        let (sound, feed) = LiveSound::new(self.shared.clone());
        match (self.open)(sound) {
            Ok((stream, name)) => {
                self.device = Some(Device {
                    _stream: stream,
                    feed,
                    asked: self.shared.asked(),
                    since: Instant::now(),
                });
                self.devices
                    .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                self.say(Status::On(name));
            }
            Err(why) => self.say(Status::Off(why)),
        }
    }

    fn look_after_device(&mut self) {
        let Some(device) = &mut self.device else {
            return;
        };
        device.feed.free();
        let asked = self.shared.asked();
        if asked != device.asked {
            (device.asked, device.since) = (asked, Instant::now());
        } else if device.since.elapsed() > self.patience.gone_after {
            self.device = None;
            self.say(Status::Off("the sound device has gone".to_owned()));
        }
    }

    fn score(&mut self, wanted: &Wanted) -> Arc<Score> {
        if let Some((show, table, score)) = &self.score
            && Arc::ptr_eq(show, &wanted.show)
            && Arc::ptr_eq(table, &wanted.table)
        {
            return score.clone();
        }
        let score = Arc::new(Score::new(&wanted.show, &wanted.table));
        self.score = Some((wanted.show.clone(), wanted.table.clone(), score.clone()));
        score
    }

    fn play(&mut self, wanted: Wanted) {
        if self.device.is_none() {
            return;
        }
        let score = self.score(&wanted);
        let settings = SynthSettings {
            style: wanted.style,
            speed: wanted.speed,
            levels: wanted.levels,
            ..SynthSettings::default()
        };
        // the show has gone on while its score was made
        let now = |wanted: &Wanted| {
            let passed = if wanted.playing {
                wanted.at.elapsed().as_secs_f64()
            } else {
                0.0
            };
            wanted.place + passed * wanted.speed
        };
        let place = now(&wanted);
        let mut synth = Box::new(Synth::soon(score, settings, place, WARM_UP_SECONDS));
        // … and while the synth was
        let late = (now(&wanted) - place) / wanted.speed * f64::from(orrery_sound::RATE);
        synth.catch_up(late.max(0.0) as usize);
        if let Some(device) = &self.device {
            device.feed.hand_over((wanted.number, synth));
        }
    }
}
