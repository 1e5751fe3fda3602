//! What a device gets is what the synth makes, through all of kira, whatever a user does meanwhile.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use kira::backend::{Backend, Renderer};
use orrery_sound::{
    Frame, Levels, Order, Player, Score, Sonification, Style, Synth, SynthSettings,
};

use super::{AudioManager, AudioManagerSettings, OneSource};
use crate::audio::live::{Feed, LiveSound, Shared};
use crate::test_support::small_show;

/// A backend that gives its renderer to the test instead of a device.
struct NoDevice(Slot);

type Slot = Arc<Mutex<Option<Renderer>>>;

impl Backend for NoDevice {
    type Settings = Slot;
    type Error = ();

    fn setup(slot: Slot, _: usize) -> Result<(Self, u32), ()> {
        Ok((Self(slot), orrery_sound::RATE))
    }

    fn start(&mut self, renderer: Renderer) -> Result<(), ()> {
        *self.0.lock().unwrap() = Some(renderer);
        Ok(())
    }
}

/// A source that plays into the test.
struct Played {
    _manager: AudioManager<NoDevice>,
    renderer: Renderer,
    shared: Arc<Shared>,
    feed: Feed,
}

impl Played {
    fn new() -> Self {
        let shared = Arc::new(Shared::default());
        shared.set_levels(Levels::default());
        let (sound, feed) = LiveSound::new(shared.clone());
        let slot = Slot::default();
        let mut manager = AudioManager::new(AudioManagerSettings::<NoDevice> {
            backend_settings: slot.clone(),
            capacities: kira::Capacities::default(),
            main_track_builder: kira::track::MainTrackBuilder::default(),
            internal_buffer_size: 128,
        })
        .unwrap();
        manager.play(OneSource(sound)).unwrap();
        let renderer = slot.lock().unwrap().take().unwrap();
        Self {
            _manager: manager,
            renderer,
            shared,
            feed,
        }
    }

    /// What a device would ask for.
    fn frames(&mut self, count: usize) -> Vec<Frame> {
        let mut samples = vec![0.0; 2 * count];
        self.renderer.on_start_processing();
        self.renderer.process(&mut samples, 2);
        samples.chunks(2).map(|pair| [pair[0], pair[1]]).collect()
    }
}

fn score() -> Arc<Score> {
    Arc::new(Score::new(
        &small_show().show,
        &Sonification::shipped().unwrap(),
    ))
}

fn synth(score: &Arc<Score>, seconds: f64, style: Style) -> Box<Synth> {
    let settings = SynthSettings {
        style,
        ..SynthSettings::default()
    };
    Box::new(Synth::soon(score.clone(), settings, seconds, 1.0))
}

#[test]
fn a_device_gets_what_the_synth_makes() {
    let score = score();
    let mut live = Played::new();
    let mut offline = Player::new();
    offline.follow(Order::Levels(Levels::default()));
    let (mut heard, mut wanted) = (Vec::new(), Vec::new());
    let quiet = Levels {
        music: 0.3,
        ..Levels::default()
    };
    // what a user does, and how many blocks of 128 frames pass until the next
    for (what, blocks) in [
        (0, 40),
        (1, 50),
        (2, 30),
        (3, 40),
        (1, 40),
        (4, 60),
        (0, 50),
    ] {
        match what {
            0 => {
                assert!(
                    live.feed
                        .hand_over((1, synth(&score, 6.0, Style::Industrial)))
                );
                offline.follow(Order::TakeOver(synth(&score, 6.0, Style::Industrial)));
                offline.follow(Order::Levels(Levels::default()));
            }
            1 => {
                live.shared.set_playing(true);
                offline.follow(Order::Play(true));
            }
            2 => {
                live.shared.set_levels(quiet);
                offline.follow(Order::Levels(quiet));
            }
            3 => {
                live.shared.set_playing(false);
                offline.follow(Order::Play(false));
            }
            _ => {
                live.shared.set_levels(Levels::default());
                assert!(
                    live.feed
                        .hand_over((2, synth(&score, 11.0, Style::Ambient)))
                );
                offline.follow(Order::TakeOver(synth(&score, 11.0, Style::Ambient)));
                offline.follow(Order::Levels(Levels::default()));
            }
        }
        for _ in 0..blocks {
            heard.extend(live.frames(128));
            let mut block = vec![[0.0; 2]; 128];
            offline.render(&mut block);
            offline.retired();
            wanted.extend(block);
        }
    }
    assert!(heard.iter().flatten().any(|sample| sample.abs() > 0.01));
    // equal numbers: kira's sum with nothing makes 0 of −0
    let first = heard.iter().zip(&wanted).position(|(a, b)| a != b);
    assert_eq!(
        first.map(|at| at / 128),
        None,
        "the first block that differs"
    );
}

#[test]
fn a_pause_is_silent_within_thirty_milliseconds_and_a_hold_until_its_synth_is_there() {
    let score = score();
    let mut live = Played::new();
    live.shared.hold_until(7);
    live.shared.set_playing(true);
    live.feed
        .hand_over((6, synth(&score, 6.0, Style::Industrial)));
    assert!(
        live.frames(9_600)
            .iter()
            .flatten()
            .all(|&sample| sample == 0.0)
    );
    live.feed
        .hand_over((7, synth(&score, 9.0, Style::Industrial)));
    assert!(
        live.frames(1_440)[960..]
            .iter()
            .flatten()
            .any(|&sample| sample.abs() > 0.01)
    );
    assert_eq!(live.shared.place().0, 7);
    live.shared.set_playing(false);
    assert!(
        live.frames(2_880)[1_440..]
            .iter()
            .flatten()
            .all(|&sample| sample == 0.0)
    );
    assert_eq!(live.shared.asked(), 9_600 + 1_440 + 2_880);
}

#[test]
fn a_device_thread_neither_allocates_nor_frees() {
    let score = score();
    let shared = Arc::new(Shared::default());
    shared.set_levels(Levels::default());
    let (mut sound, feed) = LiveSound::new(shared.clone());
    let mut out = vec![[0.0; 2]; 480];
    let counted = AtomicU32::new(0);
    for number in 1..6 {
        feed.hand_over((number, synth(&score, f64::from(number), Style::Industrial)));
        shared.set_playing(number != 4);
        let of_device = allocation_counter::measure(|| {
            for _ in 0..100 {
                sound.render(&mut out, 48_000.0);
            }
            sound.render(&mut out, 44_100.0);
        });
        counted.fetch_add(of_device.count_total as u32, Ordering::Relaxed);
        assert_eq!(of_device.count_current, 0, "{of_device:?}");
    }
    assert_eq!(counted.load(Ordering::Relaxed), 0);
}

#[test]
fn another_rate_changes_neither_pitch_nor_place() {
    let score = score();
    let shared = Arc::new(Shared::default());
    shared.set_levels(Levels::default());
    let (mut sound, feed) = LiveSound::new(shared.clone());
    feed.hand_over((1, synth(&score, 5.0, Style::Off)));
    shared.set_playing(true);
    let mut out = vec![[0.0; 2]; 44_100];
    sound.render(&mut out, 44_100.0);
    let (_, place) = shared.place();
    assert!((place - 6.0).abs() < 0.005, "{place}");
}
