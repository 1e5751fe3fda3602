//! The ground for pictures with several samples a pixel. It has no edges to smooth, so a camera of
//! its own draws it with one sample, and the main camera's picture is laid over it. On a software
//! rasterizer that saves a third of the time of a frame.

use bevy::{
    camera::{CameraOutputMode, MsaaWriteback, visibility::RenderLayers},
    core_pipeline::tonemapping::{DebandDither, Tonemapping},
    prelude::*,
    render::render_resource::BlendState,
};

use super::{
    background::Background,
    camera::{MainCamera, PictureTarget},
};

/// Only the background stands here.
const LAYER: usize = 1;

/// The camera that sees the background alone.
#[derive(Component)]
struct BackgroundCamera;

/// Separates the background where the main camera takes several samples a pixel.
pub(super) fn plugin(app: &mut App) {
    app.add_systems(PostStartup, separate)
        .add_systems(PostUpdate, follow.before(TransformSystems::Propagate));
}

fn separate(
    mut commands: Commands,
    target: Res<PictureTarget>,
    mut main: Query<(&Msaa, &mut Camera), With<MainCamera>>,
    background: Query<Entity, With<Background>>,
) {
    for (msaa, mut camera) in &mut main {
        if *msaa == Msaa::Off {
            continue;
        }
        // what the main camera leaves free is clear, and its picture is laid over the ground
        camera.clear_color = ClearColorConfig::Custom(Color::NONE);
        camera.msaa_writeback = MsaaWriteback::Off;
        camera.output_mode = CameraOutputMode::Write {
            blend_state: Some(BlendState::PREMULTIPLIED_ALPHA_BLENDING),
            clear_color: ClearColorConfig::None,
        };
        for background in &background {
            commands
                .entity(background)
                .insert(RenderLayers::layer(LAYER));
        }
        commands.spawn((
            BackgroundCamera,
            Camera3d::default(),
            Camera {
                order: -1,
                clear_color: ClearColorConfig::Custom(Color::BLACK),
                ..default()
            },
            target.0.clone(),
            Msaa::Off,
            Tonemapping::None,
            DebandDither::Disabled,
            RenderLayers::layer(LAYER),
        ));
    }
}

fn follow(
    main: Query<(&Transform, &Projection), (With<MainCamera>, Without<BackgroundCamera>)>,
    mut behind: Query<(&mut Transform, &mut Projection), With<BackgroundCamera>>,
) {
    let Ok((transform, projection)) = main.single() else {
        return;
    };
    for (mut own_transform, mut own_projection) in &mut behind {
        own_transform.set_if_neq(*transform);
        *own_projection = projection.clone();
    }
}
