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
    image::ImagePlugin,
    input::InputPlugin,
    light::LightPlugin,
    log::{Level, LogPlugin},
    mesh::MeshPlugin,
    pbr::PbrPlugin,
    post_process::PostProcessPlugin,
    prelude::*,
    render::{RenderPlugin, pipelined_rendering::PipelinedRenderingPlugin},
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

/// What may reach the terminal: our own warnings, and errors of the libraries. `RUST_LOG` overrules it.
const LOG_FILTER: &str = "error,orrery=warn,orrery_plugin_api=warn,orrery_plugin_cubes=warn,\
    calloop=off,winit=off,sctk_adwaita=off,wgpu_hal=off";

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
    app.add_plugins((
        WinitPlugin::default(),
        RenderPlugin {
            // The first frame is then a whole picture, and none is missing parts.
            synchronous_pipeline_compilation: true,
            ..default()
        },
    ));
    add_drawing(app);
    app.add_plugins(PipelinedRenderingPlugin);
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
    app.add_plugins(RenderPlugin {
        synchronous_pipeline_compilation: true,
        ..default()
    });
    add_drawing(app);
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
    ));
}
