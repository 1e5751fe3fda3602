//! What is heard follows what is seen: each frame the window says what has changed.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bevy::prelude::*;
use orrery_pipeline::Show;
use orrery_sound::{Sonification, Style};

use super::settings::SoundSettings;
use super::status::SoundStatus;
use super::table_file::TableInUse;
use super::worker::{OpenDevice, SoundWorker, Wanted};
use crate::background::Wake;
use crate::sets::OrrerySystems;
use crate::show::{CurrentShow, Transport};
use crate::third_party::kira;

/// Lets sound follow the show.
pub struct FollowPlugin;

impl Plugin for FollowPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<SoundStatus>()
            .add_systems(Startup, start.run_if(not(resource_exists::<SoundWorker>)))
            .add_systems(
                Update,
                follow
                    .run_if(resource_exists::<SoundWorker>)
                    .in_set(OrrerySystems::Sound),
            );
    }
}

fn start(mut commands: Commands, status: Res<SoundStatus>, wake: Res<Wake>) {
    let open: OpenDevice = Box::new(kira::open);
    match SoundWorker::start(open, status.clone(), wake.clone()) {
        Ok(worker) => commands.insert_resource(worker),
        Err(error) => warn!("no sound: {error}"),
    }
}

/// What was said last.
#[derive(Default)]
struct Said {
    show: Option<Arc<Show>>,
    table: Option<Arc<Sonification>>,
    style: Style,
    speed: f64,
    playing: bool,
    /// Seconds of the show, at these seconds of the window.
    time: f64,
    at: f64,
    number: u32,
    /// When a synth was asked for, in seconds of the window.
    asked: f64,
    devices: u32,
}

/// How far the clock may be from where it was expected, in seconds.
const JUMP: f64 = 0.05;
/// How far sound may be from the picture, in seconds; and how long it has to come there after it was asked for.
const APART: f64 = 0.09;
const SETTLING: f64 = 0.8;
/// A pause goes on where it was if the place is no farther away than this, in seconds.
const SAME_PLACE: f64 = 0.03;

fn follow(
    worker: Res<SoundWorker>,
    (show, transport): (Option<Res<CurrentShow>>, Res<Transport>),
    settings: Res<SoundSettings>,
    table: Res<TableInUse>,
    real: Res<Time<Real>>,
    mut said: Local<Said>,
) {
    let shared = &worker.shared;
    let levels = settings.levels();
    shared.set_levels(levels);
    let Some(show) = show else {
        shared.set_playing(false);
        return;
    };
    let devices = worker.devices.load(Ordering::Relaxed);
    let (time, speed, playing) = (transport.time(), transport.speed(), transport.is_playing());
    let now = real.elapsed_secs_f64();
    let faster = speed.max(1.0);

    let other_show = !said
        .show
        .as_ref()
        .is_some_and(|said| Arc::ptr_eq(said, &show.show));
    let other_table = !said
        .table
        .as_ref()
        .is_some_and(|said| Arc::ptr_eq(said, &table.0));
    let other =
        other_show || other_table || said.style != settings.style || said.devices != devices;
    let expected = if said.playing {
        said.time + (now - said.at) * said.speed
    } else {
        said.time
    };
    let jumped = (time - expected).abs() > JUMP * faster;
    let (on, heard) = shared.place();
    let apart = (heard - time).abs();
    let begins = playing && !said.playing;
    let settled = on == said.number && now - said.asked > SETTLING;
    let adrift = playing && settled && apart > APART * faster;
    let elsewhere = begins && (on != said.number || apart > SAME_PLACE * faster);
    let asks =
        devices > 0 && playing && (other || jumped || adrift || elsewhere || said.speed != speed);

    if asks {
        said.number = said.number.wrapping_add(1);
        said.asked = now;
        worker.ask(Wanted {
            show: show.show.clone(),
            table: table.0.clone(),
            place: time,
            at: Instant::now(),
            playing,
            speed,
            style: settings.style,
            levels,
            number: said.number,
        });
        // a jump is heard when it is ready; what is of another show, or would begin at the wrong place, not at all
        if other_show || begins {
            shared.hold_until(said.number);
        }
    }
    shared.set_playing(playing);
    if asks || !other {
        (said.time, said.at, said.speed, said.playing) = (time, now, speed, playing);
    }
    if asks {
        said.show = Some(show.show.clone());
        said.table = Some(table.0.clone());
        said.style = settings.style;
        said.devices = devices;
    } else if !playing {
        // what changed in a pause is asked for when it ends
        (said.time, said.at, said.playing) = (time, now, false);
    }
}
