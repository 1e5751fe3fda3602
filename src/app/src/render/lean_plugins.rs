//! The Bevy plugins the app needs, and no others: what is left out costs no memory, no start-up time
//! and no frame time.

use std::sync::atomic::{AtomicBool, Ordering};

use bevy::{
    a11y::AccessibilityPlugin,
    app::{PanicHandlerPlugin, TaskPoolPlugin, TerminalCtrlCHandlerPlugin},
    asset::AssetPlugin,
    camera::CameraPlugin,
    core_pipeline::CorePipelinePlugin,
    diagnostic::{DiagnosticsPlugin, FrameCountPlugin},
    ecs::schedule::{Schedules, SingleThreadedExecutor},
    image::ImagePlugin,
    input::InputPlugin,
    light::LightPlugin,
    log::{Level, LogPlugin},
    mesh::MeshPlugin,
    pbr::PbrPlugin,
    post_process::PostProcessPlugin,
    prelude::*,
    render::{RenderApp, RenderPlugin, pipelined_rendering::PipelinedRenderingPlugin},
    sprite::SpritePlugin,
    sprite_render::SpriteRenderPlugin,
    text::TextPlugin,
    time::TimePlugin,
    transform::TransformPlugin,
    ui::UiPlugin,
    ui_render::UiRenderPlugin,
    window::ExitCondition,
    winit::WinitPlugin,
};

use super::{process::naming_driver_threads, stored_interface};

/// What may reach the terminal: our own warnings, and errors of the libraries. `RUST_LOG` overrules it.
const LOG_FILTER: &str = "error,orrery=warn,calloop=off,winit=off,sctk_adwaita=off,\
    wgpu_hal=off";

/// Adds the plugins for a window.
pub fn add_windowed_plugins(app: &mut App, window: Window) {
    add_log(app);
    app.add_plugins((
        PanicHandlerPlugin,
        TerminalCtrlCHandlerPlugin,
        TaskPoolPlugin::default(),
    ));
    add_foundation(
        app,
        WindowPlugin {
            primary_window: Some(window),
            ..default()
        },
    );
    app.add_plugins(WinitPlugin::default());
    add_renderer(app);
    add_drawing(app);
    app.add_plugins((OneThreadSchedules, PipelinedRenderingPlugin));
}

/// Adds the plugins for pictures without a window. Rendering is not pipelined: when `App::update`
/// returns, the frame of that update has been drawn.
pub fn add_headless_plugins(app: &mut App) {
    add_log(app);
    app.add_plugins(TaskPoolPlugin::default());
    add_foundation(
        app,
        WindowPlugin {
            primary_window: None,
            exit_condition: ExitCondition::DontExit,
            ..default()
        },
    );
    add_renderer(app);
    add_drawing(app);
    app.add_plugins(OneThreadSchedules);
}

/// Runs the systems of a schedule one after the other. There are hundreds of them and nearly all have
/// nothing to do in a frame; handing each to another thread costs more than the system itself. Loops over
/// many cells use all threads all the same.
struct OneThreadSchedules;

impl Plugin for OneThreadSchedules {
    fn build(&self, _app: &mut App) {}

    // After every plugin has added its schedules.
    fn cleanup(&self, app: &mut App) {
        let run_on_one_thread = |world: &mut World| {
            for (_, schedule) in world.resource_mut::<Schedules>().iter_mut() {
                schedule.set_executor(SingleThreadedExecutor::new());
            }
        };
        run_on_one_thread(app.world_mut());
        if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
            run_on_one_thread(render_app.world_mut());
        }
    }
}

/// One process has one log, however many apps it runs.
fn add_log(app: &mut App) {
    static ADDED: AtomicBool = AtomicBool::new(false);
    if !ADDED.swap(true, Ordering::Relaxed) {
        app.add_plugins(LogPlugin {
            level: Level::WARN,
            filter: LOG_FILTER.into(),
            ..default()
        });
    }
}

fn add_foundation(app: &mut App, window: WindowPlugin) {
    app.add_plugins((
        FrameCountPlugin,
        TimePlugin,
        TransformPlugin,
        DiagnosticsPlugin,
        InputPlugin,
        window,
        AccessibilityPlugin,
        AssetPlugin::default(),
    ));
}

fn add_renderer(app: &mut App) {
    naming_driver_threads(|| {
        app.add_plugins(RenderPlugin {
            // The first frame is then a whole picture, and none is missing parts.
            synchronous_pipeline_compilation: true,
            ..default()
        });
    });
}

fn add_drawing(app: &mut App) {
    app.add_plugins((
        ImagePlugin::default(),
        MeshPlugin,
        CameraPlugin,
        LightPlugin,
        CorePipelinePlugin,
        PostProcessPlugin,
        SpritePlugin,
        SpriteRenderPlugin,
        TextPlugin,
        UiPlugin,
        UiRenderPlugin,
        PbrPlugin {
            prepass_enabled: false,
            add_default_deferred_lighting_plugin: false,
            ..default()
        },
        stored_interface::plugin,
    ));
}
