//! The dark ground: a gradient and a floor grid, drawn by one triangle behind everything.

use bevy::{
    asset::{RenderAssetUsages, load_internal_asset, uuid_handle},
    camera::visibility::NoFrustumCulling,
    light::{NotShadowCaster, NotShadowReceiver},
    mesh::{MeshVertexBufferLayoutRef, PrimitiveTopology},
    pbr::{MaterialPipeline, MaterialPipelineKey},
    prelude::*,
    render::render_resource::{
        AsBindGroup, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError,
    },
    shader::ShaderRef,
};

use super::quality::Quality;

/// What both shaders of the ground import.
const GROUND_SHADER: Handle<Shader> = uuid_handle!("0d3c1a75-3c0b-4f7e-bb7a-5f3c2d8c7e10");
const BACKGROUND_SHADER: Handle<Shader> = uuid_handle!("c0b3a9d2-51c7-4d0e-8f0a-2f1f6f6a7c55");

/// The floor grid.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Floor {
    /// Height of the floor in world units.
    pub height: f32,
    /// Width of one field of the grid in world units.
    pub field: f32,
    /// How far away the grid has faded out, in world units.
    pub reach: f32,
}

impl Default for Floor {
    fn default() -> Self {
        Self {
            height: -1.0,
            field: 2.0,
            reach: 120.0,
        }
    }
}

/// On the entity that is drawn behind everything.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct Background;

/// Draws the background; the grid follows the [`Floor`] resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct BackgroundPlugin;

impl Plugin for BackgroundPlugin {
    fn build(&self, app: &mut App) {
        load_internal_asset!(
            app,
            GROUND_SHADER,
            "../../../../assets/shaders/ground.wgsl",
            Shader::from_wgsl
        );
        load_internal_asset!(
            app,
            BACKGROUND_SHADER,
            "../../../../assets/shaders/background.wgsl",
            Shader::from_wgsl
        );
        app.add_plugins(MaterialPlugin::<BackgroundMaterial>::default())
            .init_resource::<Floor>()
            .add_plugins(super::ground_layer::plugin)
            .add_systems(Startup, spawn_background)
            .add_systems(PostUpdate, follow_floor.run_if(resource_changed::<Floor>));
    }
}

#[derive(ShaderType, Clone, Copy, Debug, Default)]
pub(super) struct Ground {
    floor: f32,
    field: f32,
    reach: f32,
    dither: f32,
}

#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
struct BackgroundMaterial {
    #[uniform(0)]
    ground: Ground,
}

impl Material for BackgroundMaterial {
    fn vertex_shader() -> ShaderRef {
        BACKGROUND_SHADER.into()
    }

    fn fragment_shader() -> ShaderRef {
        BACKGROUND_SHADER.into()
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
        layout: &MeshVertexBufferLayoutRef,
        _key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        descriptor.vertex.buffers = vec![
            layout
                .0
                .get_layout(&[Mesh::ATTRIBUTE_POSITION.at_shader_location(0)])?,
        ];
        descriptor.primitive.cull_mode = None;
        if let Some(depth) = &mut descriptor.depth_stencil {
            depth.depth_write_enabled = Some(false);
        }
        Ok(())
    }
}

pub(super) fn ground(floor: &Floor, quality: Quality) -> Ground {
    Ground {
        floor: floor.height,
        field: floor.field,
        reach: floor.reach,
        dither: match quality {
            Quality::Full => 1.0 / 255.0,
            Quality::Software => 0.0,
        },
    }
}

fn spawn_background(
    mut commands: Commands,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<BackgroundMaterial>>,
    floor: Res<Floor>,
    quality: Res<Quality>,
) {
    // One triangle, in clip coordinates, that covers the frame.
    let triangle = Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::RENDER_WORLD,
    )
    .with_inserted_attribute(
        Mesh::ATTRIBUTE_POSITION,
        vec![[-1.0, -1.0, 0.0], [3.0, -1.0, 0.0], [-1.0, 3.0, 0.0]],
    );
    commands.spawn((
        Background,
        Name::new("background"),
        Mesh3d(meshes.add(triangle)),
        MeshMaterial3d(materials.add(BackgroundMaterial {
            ground: ground(&floor, *quality),
        })),
        NoFrustumCulling,
        NotShadowCaster,
        NotShadowReceiver,
    ));
}

fn follow_floor(
    floor: Res<Floor>,
    quality: Res<Quality>,
    mut materials: ResMut<Assets<BackgroundMaterial>>,
) {
    for (_, material) in materials.iter_mut() {
        material.ground = ground(&floor, *quality);
    }
}
