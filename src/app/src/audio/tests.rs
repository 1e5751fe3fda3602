//! The window and its sound, without a device: what the window does is what a source plays.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bevy::prelude::*;
use orrery_sound::Frame;

use super::follow::FollowPlugin;
use super::live::LiveSound;
use super::settings::SoundSettings;
use super::table_file::{SonificationFile, TableFilePlugin, TableInUse};
use super::worker::{OpenDevice, Patience};
use super::{SoundStatus, SoundWorker, Status};
use crate::background::Wake;
use crate::show::Transport;
use crate::show::transport::RealTimePlugin;
use crate::test_support::app_with_small_show;

/// An app whose sound goes where `open` says.
fn app(open: OpenDevice) -> App {
    app_with(open, Patience::default())
}

fn app_with(open: OpenDevice, patience: Patience) -> App {
    let mut app = app_with_small_show();
    let status = SoundStatus::default();
    let worker = SoundWorker::start_with(open, status.clone(), Wake::new(|| {}), patience).unwrap();
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

#[test]
fn a_device_that_goes_is_said_and_one_that_comes_back_is_found() {
    // there, then none, then there again
    let (sender, sources) = channel();
    let sender = Mutex::new(sender);
    let mut opened = 0;
    let open: OpenDevice = Box::new(move |sound| {
        opened += 1;
        if opened == 2 {
            return Err("nothing is plugged in".to_owned());
        }
        sender.lock().unwrap().send(sound).unwrap();
        Ok((Box::new(()), format!("device {opened}")))
    });
    let patience = Patience {
        gone_after: Duration::from_millis(400),
        look_after: Duration::from_millis(20),
        look_for: Duration::from_millis(20),
    };
    let mut app = app_with(open, patience);
    let status = app.world().resource::<SoundStatus>().clone();
    let mut block = vec![[0.0; 2]; 480];
    let mut source: Option<LiveSound> = None;
    let mut heard = |app: &mut App, source: &mut Option<LiveSound>| {
        until(app, |_| {
            if let Ok(other) = sources.try_recv() {
                *source = Some(other);
            }
            let Some(source) = source else {
                return false;
            };
            source.render(&mut block, 48_000.0);
            loudest(&block) > 0.01
        })
    };
    assert!(heard(&mut app, &mut source));
    assert_eq!(status.get(), Status::On("device 1".to_owned()));
    // it asks for nothing any more: that is said, in two ways, and the show goes on
    let before = app.world().resource::<Transport>().time();
    let mut said = Vec::new();
    assert!(until(&mut app, |_| {
        if let Status::Off(why) = status.get()
            && said.last() != Some(&why)
        {
            said.push(why);
        }
        status.get() == Status::On("device 3".to_owned())
    }));
    assert!(
        said.iter()
            .all(|why| ["the sound device has gone", "nothing is plugged in"]
                .contains(&why.as_str())),
        "{said:?}"
    );
    assert!(!said.is_empty() && app.world().resource::<Transport>().time() > before);
    // the new one plays the show where it is now
    source = None;
    assert!(heard(&mut app, &mut source));
    let (_, place) = app.world().resource::<SoundWorker>().shared.place();
    let time = app.world().resource::<Transport>().time();
    assert!((place - time).abs() < 1.5, "{place} {time}");
}

#[test]
fn a_table_that_is_saved_is_taken_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sonification.ron");
    let shipped = include_str!("../../../../assets/sonification.ron");
    std::fs::write(&file, shipped).unwrap();
    let (open, _sounds) = device();
    let mut app = app(open);
    app.insert_resource(SonificationFile(file.clone()));
    app.update();
    let before = app.world().resource::<TableInUse>().0.clone();
    let changed = shipped.replacen("hz: 220.0", "hz: 233.0", 1);
    assert_ne!(changed, shipped);
    std::fs::write(&file, &changed).unwrap();
    let in_use = |app: &App| app.world().resource::<TableInUse>().0.clone();
    assert!(until(&mut app, |app| in_use(app) != before));
}
