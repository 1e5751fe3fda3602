//! The main camera: the one that every picture, in a window or not, is taken with.

use bevy::{camera::RenderTarget, prelude::*, render::view::NoIndirectDrawing};

use super::quality::Quality;

/// Where the main camera draws to: the window, or the image of a headless renderer.
#[derive(Resource, Clone, Debug, Default)]
pub struct PictureTarget(pub RenderTarget);

/// The main camera.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct MainCamera;

/// Spawns the main camera with the preset's effects; the UI is drawn by it too.
pub fn spawn_main_camera(
    commands: &mut Commands,
    quality: Quality,
    target: &PictureTarget,
) -> Entity {
    let mut camera = commands.spawn((
        MainCamera,
        Camera3d::default(),
        // instances keep their order within a draw
        NoIndirectDrawing,
        Camera {
            // clear where nothing is drawn: there the ground shows
            clear_color: ClearColorConfig::Custom(Color::NONE),
            ..default()
        },
        target.0.clone(),
        IsDefaultUiCamera,
    ));
    quality.apply_to_camera(&mut camera);
    camera.id()
}
