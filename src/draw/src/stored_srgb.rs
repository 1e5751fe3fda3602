//! Pictures whose texture holds sRGB numbers as they are. On a software rasterizer the conversion between
//! linear light and sRGB costs more than everything else when it is done for each of several samples, at
//! each blending and once more when samples are averaged. A camera with `CompositingSpace::Srgb` stores
//! plain numbers instead; whoever draws for it converts once, in its shader, where [`STORED_SRGB`] is
//! defined.

use bevy::{
    asset::{load_internal_asset, uuid_handle},
    prelude::*,
    render::render_resource::{RenderPipelineDescriptor, TextureFormat},
};

/// The shader definition under which a fragment shader must return sRGB instead of linear light. The shader
/// module `orrery::srgb` has the conversions.
pub const STORED_SRGB: &str = "STORED_SRGB";

const SRGB_SHADER: Handle<Shader> = uuid_handle!("7f2f6c0e-4b0b-4d51-9a4e-6f5c2f7f0b9d");

/// Whether a picture of this format holds sRGB numbers that neither drawing nor reading converts.
pub fn stores_srgb(format: TextureFormat) -> bool {
    format == TextureFormat::Rgba8Unorm
}

/// Defines [`STORED_SRGB`] for both shaders of a pipeline whose picture stores sRGB.
pub fn define_stored_srgb(descriptor: &mut RenderPipelineDescriptor) {
    let Some(fragment) = &mut descriptor.fragment else {
        return;
    };
    let mut targets = fragment.targets.iter().flatten();
    if targets.any(|target| stores_srgb(target.format)) {
        fragment.shader_defs.push(STORED_SRGB.into());
        descriptor.vertex.shader_defs.push(STORED_SRGB.into());
    }
}

/// Makes the shader module `orrery::srgb` available. May be added more than once.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoredSrgbPlugin;

impl Plugin for StoredSrgbPlugin {
    fn build(&self, app: &mut App) {
        load_internal_asset!(
            app,
            SRGB_SHADER,
            "../../../assets/shaders/srgb.wgsl",
            Shader::from_wgsl
        );
    }

    fn is_unique(&self) -> bool {
        false
    }
}
