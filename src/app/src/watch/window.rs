//! The window of a training run, and how often it draws: rarely, because the training needs the processor.

use std::time::Duration;

use bevy::{
    input::mouse::{MouseMotion, MouseWheel},
    prelude::*,
    window::WindowResized,
    winit::{UpdateMode, WinitSettings},
};

use super::{interface::WatchInterfacePlugin, picture::Watched};
use crate::render::{Quality, camera::MainCamera};

/// After the last thing that happened to it, the window draws all the time for so long, in real
/// seconds: the camera glides to rest.
const LINGER: f64 = 0.5;

/// Time between two pictures. A graphics processor draws them beside the training; a software rasterizer
/// takes what it needs from it.
fn rest(quality: Quality) -> Duration {
    match quality {
        Quality::Full => Duration::from_millis(100),
        Quality::Software => Duration::from_millis(400),
    }
}

/// What the window of a training run adds to the wall.
pub struct WatchWindowPlugin;

impl Plugin for WatchWindowPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(WinitSettings::continuous())
            .add_plugins(WatchInterfacePlugin)
            .add_systems(Last, (choose_pace, leave_with_the_run));
    }
}

fn choose_pace(
    time: Res<Time<Real>>,
    quality: Res<Quality>,
    buttons: Res<ButtonInput<MouseButton>>,
    mut motion: MessageReader<MouseMotion>,
    mut wheel: MessageReader<MouseWheel>,
    mut resized: MessageReader<WindowResized>,
    camera: Query<(), (With<MainCamera>, Changed<Transform>)>,
    mut settings: ResMut<WinitSettings>,
    mut awake_until: Local<f64>,
) {
    let now = time.elapsed_secs_f64();
    let drags = motion.read().count() > 0 && buttons.get_pressed().next().is_some();
    if drags || wheel.read().count() + resized.read().count() > 0 || !camera.is_empty() {
        *awake_until = now + LINGER;
    }
    let mode = if now < *awake_until {
        UpdateMode::Continuous
    } else {
        UpdateMode::reactive_low_power(rest(*quality))
    };
    if settings.focused_mode != mode || settings.unfocused_mode != mode {
        settings.focused_mode = mode;
        settings.unfocused_mode = mode;
    }
}

/// What broke a run off is told on the terminal.
fn leave_with_the_run(watched: Res<Watched>, mut exit: MessageWriter<AppExit>) {
    if watched.feed.is_to_be_left() {
        exit.write(AppExit::Success);
    }
}
