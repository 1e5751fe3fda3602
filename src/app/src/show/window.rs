//! The show in a window.

use bevy::prelude::*;

use super::{
    current::{CurrentShow, LoadedModel, PaletteInUse},
    picture::PictureSettings,
    plugin::ShowPlugins,
    transport::{RealTimePlugin, Transport},
};
use crate::{
    render::{
        camera::PictureTarget,
        display::{NoDisplay, check_display},
        gpu::{NoGpu, find_adapter},
        lean_plugins::add_windowed_plugins,
    },
    window::{WindowPlugins, model_switch::ModelsAtHand, pacing_file::PacingFile},
};

/// Why no window opened.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// Nowhere to open it.
    #[error(transparent)]
    NoDisplay(#[from] NoDisplay),
    /// Nothing to draw with.
    #[error(transparent)]
    NoGpu(#[from] NoGpu),
    /// It ended with an error.
    #[error("the window ended with an error (run with RUST_LOG=error to see it)")]
    Failed,
}

/// Makes the app of the window, ready to run.
///
/// # Errors
/// No display, no graphics driver.
pub fn window_app(
    show: CurrentShow,
    settings: PictureSettings,
    speed: f64,
) -> Result<App, WindowError> {
    check_display()?;
    let adapter = find_adapter()?;
    let mut app = App::new();
    let window = Window {
        title: "GPT Orrery".into(),
        resolution: bevy::window::WindowResolution::new(settings.size.width, settings.size.height),
        ..default()
    };
    add_windowed_plugins(&mut app, window);
    let mut transport = Transport::default();
    transport.set_speed(speed);
    app.insert_resource(settings.quality.resolve(adapter.device_type))
        .insert_resource(PictureTarget::default())
        .insert_resource(PaletteInUse(settings.palette))
        .insert_resource(settings.samples)
        .insert_resource(transport)
        .insert_resource(show)
        .add_plugins((ShowPlugins, RealTimePlugin, WindowPlugins));
    Ok(app)
}

/// Opens the window and shows the show until it is closed; it can switch between these models, and the
/// pacing table is watched meanwhile.
///
/// # Errors
/// No display, no graphics driver, or a failure of the window system.
pub fn run_window(
    show: CurrentShow,
    settings: PictureSettings,
    speed: f64,
    pacing: Option<PacingFile>,
    models: Vec<LoadedModel>,
) -> Result<(), WindowError> {
    let mut app = window_app(show, settings, speed)?;
    if let Some(pacing) = pacing {
        app.insert_resource(pacing);
    }
    app.insert_resource(ModelsAtHand::from(models));
    match app.run() {
        AppExit::Success => Ok(()),
        AppExit::Error(_) => Err(WindowError::Failed),
    }
}
