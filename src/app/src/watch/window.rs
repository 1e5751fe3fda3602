//! The window of a training run, and how often it draws: seldom, for the processor is the training's.

use std::{sync::Arc, time::Duration};

use bevy::{
    input::mouse::{MouseMotion, MouseWheel},
    prelude::*,
    window::WindowResized,
    winit::{UpdateMode, WinitSettings},
};

use super::{
    feed::Feed,
    panels::WatchPanelsPlugin,
    picture::{WatchPlugin, Watched},
    wall::Wall,
};
use crate::{
    camera::CameraPlugin,
    render::{
        Quality, QualityChoice,
        camera::{MainCamera, PictureTarget},
        display::check_display,
        gpu::find_adapter,
        ground::GroundPlugin,
        lean_plugins::add_windowed_plugins,
    },
    show::{Transport, current::PaletteInUse, window::WindowError},
    third_party::{egui::PanelsPlugin, panorbit::UserCameraPlugin},
    window::{keys::KeysPlugin, steering::SteeringPlugin},
};

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

/// Makes the app of the window, ready to run.
///
/// # Errors
/// No display, no graphics driver.
pub fn watch_app(feed: Arc<Feed>, wall: Wall, title: &str) -> Result<App, WindowError> {
    check_display()?;
    let adapter = find_adapter()?;
    let quality = QualityChoice::Auto.resolve(adapter.device_type);
    let mut app = App::new();
    let window = Window {
        title: format!("GPT Orrery — training {title}"),
        ..default()
    };
    add_windowed_plugins(&mut app, window);
    app.insert_resource(quality)
        .init_resource::<PictureTarget>()
        .init_resource::<PaletteInUse>()
        .init_resource::<Transport>()
        .insert_resource(Watched::new(feed, wall))
        .insert_resource(WinitSettings::continuous())
        .add_plugins((
            CameraPlugin,
            GroundPlugin,
            PanelsPlugin,
            UserCameraPlugin,
            KeysPlugin,
            SteeringPlugin,
            WatchPlugin,
            WatchPanelsPlugin,
        ))
        .add_systems(Last, (choose_pace, leave_with_the_run));
    crate::sets::plugin(&mut app);
    Ok(app)
}

/// Shows the window until it is closed, or the run is broken off.
///
/// # Errors
/// A failure of the window system.
pub fn run_watch_window(mut app: App) -> Result<(), WindowError> {
    match app.run() {
        AppExit::Success => Ok(()),
        AppExit::Error(_) => Err(WindowError::Failed),
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
