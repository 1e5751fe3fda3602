//! The window and its sound, without a device: what the window does is what a source plays.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bevy::prelude::*;
use orrery_sound::Frame;

use super::follow::FollowPlugin;
use super::live::LiveSound;
use super::settings::SoundSettings;
use super::table_file::TableFilePlugin;
use super::worker::OpenDevice;
use super::{SoundStatus, SoundWorker, Status};
use crate::background::Wake;
use crate::show::Transport;
use crate::show::transport::RealTimePlugin;
use crate::test_support::app_with_small_show;

/// An app whose sound goes where `open` says.
fn app(open: OpenDevice) -> App {
    let mut app = app_with_small_show();
    let status = SoundStatus::default();
    let worker = SoundWorker::start(open, status.clone(), Wake::new(|| {})).unwrap();
    app.insert_resource(status)
        .insert_resource(worker)
        .init_resource::<SoundSettings>()
        .add_plugins((RealTimePlugin, TableFilePlugin, FollowPlugin));
    app
}

/// A device that hands its source to the test.
fn device() -> (OpenDevice, Receiver<LiveSound>) {
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let open: OpenDevice = Box::new(move |sound| {
        sender.lock().unwrap().send(sound).unwrap();
        Ok((Box::new(()), "the test".to_owned()))
    });
    (open, receiver)
}

/// Updates until it is so, for at most so many seconds.
fn until(app: &mut App, mut so: impl FnMut(&mut App) -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        app.update();
        if so(app) {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

fn loudest(frames: &[Frame]) -> f32 {
    frames
        .iter()
        .flatten()
        .fold(0.0, |most, sample| most.max(sample.abs()))
}

#[test]
fn without_a_device_the_show_goes_on_and_says_so() {
    let mut app = app(Box::new(|_| {
        Err("this computer has no sound device".to_owned())
    }));
    let off = Status::Off("this computer has no sound device".to_owned());
    assert!(until(&mut app, |app| app
        .world()
        .resource::<SoundStatus>()
        .get()
        == off));
    let before = app.world().resource::<Transport>().time();
    assert!(until(&mut app, |app| app
        .world()
        .resource::<Transport>()
        .time()
        > before));
    assert_eq!(
        app.world().resource::<SoundStatus>().words(),
        "no sound: this computer has no sound device"
    );
}

#[test]
fn sound_plays_pauses_and_jumps_with_the_show() {
    let (open, sources) = device();
    let mut app = app(open);
    let mut source = None;
    assert!(until(&mut app, |_| {
        source = sources.try_recv().ok();
        source.is_some()
    }));
    let mut source = source.unwrap();
    let shared: Arc<_> = app.world().resource::<SoundWorker>().shared.clone();
    let mut block = vec![[0.0; 2]; 480];
    // it is heard, and where the show is
    assert!(until(&mut app, |_| {
        source.render(&mut block, 48_000.0);
        loudest(&block) > 0.01
    }));
    // a pause is silence
    app.world_mut()
        .resource_mut::<Transport>()
        .set_playing(false);
    app.update();
    for _ in 0..3 {
        source.render(&mut block, 48_000.0);
    }
    assert_eq!(loudest(&block), 0.0);
    // a jump in a pause is heard at its end, and nothing of the old place before
    app.world_mut().resource_mut::<Transport>().seek(12.0, 1e9);
    app.update();
    app.world_mut()
        .resource_mut::<Transport>()
        .set_playing(true);
    let (before, _) = shared.place();
    assert!(until(&mut app, |_| {
        source.render(&mut block, 48_000.0);
        let (on, place) = shared.place();
        assert!(on != before || loudest(&block) == 0.0);
        on != before && (place - 12.0).abs() < 1.5
    }));
    // mute
    app.world_mut().resource_mut::<SoundSettings>().muted = true;
    app.update();
    source.render(&mut block, 48_000.0);
    source.render(&mut block, 48_000.0);
    source.render(&mut block, 48_000.0);
    source.render(&mut block, 48_000.0);
    assert!(loudest(&block) < 1e-6, "{}", loudest(&block));
}
