//! How the app is put together: once, for the window, for pictures without a window, for the bench and for
//! the window of a training run. They differ in what is shown and in where it is drawn; both are decided
//! here and nowhere else.

use std::collections::BTreeSet;

use bevy::{app::PluginGroupBuilder, prelude::*, window::WindowResolution};
use orrery_plugin_api::{StagePlugin, Visualizations};
use thiserror::Error;

use crate::{
    audio::AudioPlugins,
    camera::CameraPlugin,
    far_view::FarViewPlugin,
    labels::{Cards, LabelsPlugin, ProgressStripPlugin, system_fonts::find_fonts_for, warm_up},
    looks::{self, SwapPlugin, scripts::add_scripts},
    render::{
        HeadlessRenderer, PictureSize, RenderError,
        camera::PictureTarget,
        display::{NoDisplay, check_display},
        gpu::{NoGpu, find_adapter},
        ground::GroundPlugin,
        lean_plugins::add_windowed_plugins,
    },
    show::{
        CurrentShow, PictureSettings, Transport, beginning, current::PaletteInUse, now,
        transport::RealTimePlugin,
    },
    stages::StagesPlugin,
    visualizations::VisualizationPlugins,
    watch::{WatchPlugin, WatchWindowPlugin, Watched},
    window::{InteractionPlugins, WindowPlugins},
};

/// Why no window opened.
#[derive(Debug, Error)]
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

/// What an app shows.
enum Subject {
    Show(Box<CurrentShow>),
    Training(Box<Watched>),
}

/// An app that is not put together yet.
pub struct Assembly {
    subject: Subject,
    picture: PictureSettings,
}

impl Assembly {
    /// Of a show.
    pub fn of_show(show: CurrentShow, picture: PictureSettings) -> Self {
        Self {
            subject: Subject::Show(Box::new(show)),
            picture,
        }
    }

    /// Of a training run that is watched.
    pub fn of_training(watched: Watched, picture: PictureSettings) -> Self {
        Self {
            subject: Subject::Training(Box::new(watched)),
            picture,
        }
    }

    /// The app of a window, ready to run: [`run`] opens it.
    ///
    /// # Errors
    /// No display, no graphics driver.
    pub fn window(self, title: &str) -> Result<App, WindowError> {
        check_display()?;
        let adapter = find_adapter()?;
        let PictureSize { width, height } = self.picture.size;
        let mut app = App::new();
        add_windowed_plugins(
            &mut app,
            Window {
                title: title.into(),
                resolution: WindowResolution::new(width, height),
                ..default()
            },
        );
        app.insert_resource(self.picture.quality.resolve(adapter.device_type))
            .init_resource::<PictureTarget>();
        self.add_picture(&mut app);
        self.add_window(&mut app);
        self.subject.put_into(app.world_mut());
        Ok(app)
    }

    /// The app of pictures without a window. Its clock waits to be set.
    ///
    /// # Errors
    /// No graphics driver, an impossible size.
    pub fn pictures(self) -> Result<HeadlessRenderer, RenderError> {
        match self.subject {
            Subject::Show(show) => {
                let mut renderer = pictures_of_a_show(&self.picture)?;
                put_on(&mut renderer, *show)?;
                Ok(renderer)
            }
            training @ Subject::Training(_) => {
                let mut renderer = start(&self.picture, |app| {
                    app.add_plugins(WatchPlugin);
                })?;
                training.put_into(renderer.world_mut());
                Ok(renderer)
            }
        }
    }

    /// What draws and moves the picture, wherever it is shown.
    fn add_picture(&self, app: &mut App) {
        add_scene(&self.picture, app);
        match self.subject {
            Subject::Show(_) => app.add_plugins(ShowPlugins),
            Subject::Training(_) => app.add_plugins(WatchPlugin),
        };
    }

    /// What a window adds to that.
    fn add_window(&self, app: &mut App) {
        app.add_plugins(InteractionPlugins);
        match self.subject {
            Subject::Show(_) => {
                app.add_plugins((RealTimePlugin, SwapPlugin, WindowPlugins, AudioPlugins))
            }
            Subject::Training(_) => app.add_plugins(WatchWindowPlugin),
        };
    }
}

/// The app of pictures of a show that is still to come: [`put_on`] gives it one.
///
/// # Errors
/// No graphics driver, an impossible size.
pub fn pictures_of_a_show(picture: &PictureSettings) -> Result<HeadlessRenderer, RenderError> {
    let mut renderer = start(picture, |app| {
        app.add_plugins((ShowPlugins, ProgressStripPlugin));
    })?;
    write_letters(&mut renderer, warm_up::usual_letters())?;
    Ok(renderer)
}

/// Gives the app of [`pictures_of_a_show`] its show.
///
/// # Errors
/// When the driver fails.
pub fn put_on(renderer: &mut HeadlessRenderer, show: CurrentShow) -> Result<(), RenderError> {
    let usual = warm_up::usual_letters();
    let letters = show.letters().difference(&usual).copied().collect();
    write_letters(renderer, letters)?;
    Subject::Show(Box::new(show)).put_into(renderer.world_mut());
    Ok(())
}

fn write_letters(
    renderer: &mut HeadlessRenderer,
    letters: BTreeSet<char>,
) -> Result<(), RenderError> {
    if letters.is_empty() {
        return Ok(());
    }
    find_fonts_for(renderer.world_mut(), letters.clone());
    warm_up::write_letters(renderer, &letters)
}

/// Starts an app of pictures; `add` adds what is shown.
fn start(
    picture: &PictureSettings,
    add: impl FnOnce(&mut App),
) -> Result<HeadlessRenderer, RenderError> {
    HeadlessRenderer::scaled(picture.size, picture.scale, picture.quality, |app| {
        app.insert_resource(Transport::paused());
        add_scene(picture, app);
        add(app);
    })
}

fn add_scene(picture: &PictureSettings, app: &mut App) {
    app.insert_resource(PaletteInUse(picture.palette))
        .insert_resource(Cards(picture.cards))
        .insert_resource(picture.samples)
        .add_plugins(ScenePlugins);
}

impl Subject {
    fn put_into(self, world: &mut World) {
        match self {
            Self::Show(show) => {
                let chosen = show.visualizations.clone();
                if let Some(mut all) = world.get_resource_mut::<Visualizations>() {
                    // what is wrong with scripts is told by commands and by the list
                    let _ = add_scripts(&mut all, &chosen.folders);
                }
                world.insert_resource(chosen);
                world.insert_resource(*show);
            }
            Self::Training(watched) => world.insert_resource(*watched),
        }
    }
}

/// Opens the window and shows it until it is closed.
///
/// # Errors
/// A failure of the window system.
pub fn run(mut app: App) -> Result<(), WindowError> {
    match app.run() {
        AppExit::Success => Ok(()),
        AppExit::Error(_) => Err(WindowError::Failed),
    }
}

/// What every picture needs, whatever stands in it.
struct ScenePlugins;

impl PluginGroup for ScenePlugins {
    fn build(self) -> PluginGroupBuilder {
        PluginGroupBuilder::start::<Self>()
            .add(CorePlugin)
            .add(GroundPlugin)
            .add(CameraPlugin)
    }
}

/// What the picture of a show adds to that; each part can be left out.
struct ShowPlugins;

impl PluginGroup for ShowPlugins {
    fn build(self) -> PluginGroupBuilder {
        PluginGroupBuilder::start::<Self>()
            .add(StagePlugin)
            .add_group(VisualizationPlugins)
            .add(FarViewPlugin)
            .add(LabelsPlugin)
            .add(StagesPlugin)
    }
}

/// The order of a frame, the clock, what is on and what comes next: without a picture.
pub struct CorePlugin;

impl Plugin for CorePlugin {
    fn build(&self, app: &mut App) {
        crate::sets::plugin(app);
        app.init_resource::<Transport>()
            .init_resource::<PaletteInUse>();
        now::plugin(app);
        looks::plugin(app);
        beginning::plugin(app);
    }
}

#[cfg(test)]
mod tests;
