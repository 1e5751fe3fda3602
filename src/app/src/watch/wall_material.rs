//! How the wall is drawn: one rectangle whose shader draws the cells from a picture with one texel for
//! each.

use bevy::{
    asset::{load_internal_asset, uuid_handle},
    mesh::MeshVertexBufferLayoutRef,
    pbr::{MaterialPipeline, MaterialPipelineKey},
    prelude::*,
    render::render_resource::{
        AsBindGroup, RenderPipelineDescriptor, SpecializedMeshPipelineError,
    },
    shader::ShaderRef,
};
use orrery_draw::{StoredSrgbPlugin, define_stored_srgb};

const WALL_SHADER: Handle<Shader> = uuid_handle!("5d6c1f0a-2b3e-4f57-8f0c-9a4e2d1b7c63");

/// The wall's cells.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub(super) struct WallMaterial {
    /// A texel a cell: the colour of its value, and in alpha 0 where there is no cell, else how much it
    /// has changed since the picture before, from 1/255 (not at all) to 1 (most of all).
    #[texture(0)]
    pub cells: Handle<Image>,
}

impl Material for WallMaterial {
    fn fragment_shader() -> ShaderRef {
        WALL_SHADER.into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        // what is no cell is left out by the shader
        AlphaMode::Opaque
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }

    fn specialize(
        _pipeline: &MaterialPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        _layout: &MeshVertexBufferLayoutRef,
        _key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        define_stored_srgb(descriptor);
        Ok(())
    }
}

pub(super) fn plugin(app: &mut App) {
    load_internal_asset!(
        app,
        WALL_SHADER,
        "../../../../assets/shaders/wall.wgsl",
        Shader::from_wgsl
    );
    app.add_plugins((StoredSrgbPlugin, MaterialPlugin::<WallMaterial>::default()));
}
