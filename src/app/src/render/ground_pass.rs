//! The last pass over a picture: lays the [`Ground`] under what the main camera, labels and controls have
//! drawn, and writes the result to the window or image. It stands in for Bevy's own last pass, which only
//! copies: on a software rasterizer each pass over the whole frame costs as much as a thousand cells.

use std::collections::HashMap;

use bevy::{
    asset::{load_internal_asset, uuid_handle},
    core_pipeline::{
        Core3d,
        upscaling::{ViewUpscalingPipeline, upscaling},
    },
    prelude::*,
    render::{
        Render, RenderApp, RenderStartup, RenderSystems,
        extract_component::{
            ComponentUniforms, DynamicUniformIndex, ExtractComponentPlugin, UniformComponentPlugin,
        },
        render_resource::{
            BindGroupEntries, BindGroupLayoutDescriptor, BindGroupLayoutEntries,
            CachedRenderPipelineId, ColorTargetState, ColorWrites, FragmentState, PipelineCache,
            RenderPassDescriptor, RenderPipelineDescriptor, ShaderStages, TextureFormat,
            TextureSampleType, VertexState,
            binding_types::{texture_2d, uniform_buffer},
        },
        renderer::{RenderContext, RenderDevice, ViewQuery},
        view::ViewTarget,
    },
};

use orrery_draw::{STORED_SRGB, StoredSrgbPlugin, stores_srgb};

use super::ground::Ground;

const GROUND_SHADER: Handle<Shader> = uuid_handle!("0d3c1a75-3c0b-4f7e-bb7a-5f3c2d8c7e10");

/// Draws the ground of every camera that has a [`Ground`].
pub(super) fn plugin(app: &mut App) {
    load_internal_asset!(
        app,
        GROUND_SHADER,
        "../../../../assets/shaders/ground.wgsl",
        Shader::from_wgsl
    );
    app.add_plugins((
        StoredSrgbPlugin,
        ExtractComponentPlugin::<Ground>::default(),
        UniformComponentPlugin::<Ground>::default(),
    ));
    let Some(render_app) = app.get_sub_app_mut(RenderApp) else {
        return;
    };
    render_app
        .add_systems(RenderStartup, init_pipelines)
        .add_systems(
            Render,
            (
                prepare_pipelines.in_set(RenderSystems::Prepare),
                take_over
                    .after(RenderSystems::Prepare)
                    .before(RenderSystems::Render),
            ),
        )
        .add_systems(Core3d, draw_ground.after(upscaling));
}

/// One pipeline for each pair of formats: of the picture below, and of what it is written to.
#[derive(Resource)]
struct GroundPipelines {
    layout: BindGroupLayoutDescriptor,
    by_formats: HashMap<[TextureFormat; 2], CachedRenderPipelineId>,
}

fn formats(view: &ViewTarget) -> Option<[TextureFormat; 2]> {
    Some([view.main_texture_format(), view.out_texture_view_format()?])
}

fn init_pipelines(mut commands: Commands) {
    commands.insert_resource(GroundPipelines {
        layout: BindGroupLayoutDescriptor::new(
            "ground_bind_group_layout",
            &BindGroupLayoutEntries::sequential(
                ShaderStages::VERTEX_FRAGMENT,
                (
                    texture_2d(TextureSampleType::Float { filterable: false }),
                    uniform_buffer::<Ground>(true),
                ),
            ),
        ),
        by_formats: HashMap::new(),
    });
}

fn prepare_pipelines(
    mut pipeline_cache: ResMut<PipelineCache>,
    mut pipelines: ResMut<GroundPipelines>,
    views: Query<&ViewTarget, With<Ground>>,
) {
    for view in &views {
        let Some(formats) = formats(view) else {
            continue;
        };
        if pipelines.by_formats.contains_key(&formats) {
            continue;
        }
        let [picture, out] = formats;
        let pipeline = pipeline_cache.queue_render_pipeline(RenderPipelineDescriptor {
            label: Some("ground_pipeline".into()),
            layout: vec![pipelines.layout.clone()],
            vertex: VertexState {
                shader: GROUND_SHADER,
                ..default()
            },
            fragment: Some(FragmentState {
                shader: GROUND_SHADER,
                shader_defs: stores_srgb(picture)
                    .then(|| STORED_SRGB.into())
                    .into_iter()
                    .collect(),
                targets: vec![Some(ColorTargetState {
                    format: out,
                    blend: None,
                    write_mask: ColorWrites::ALL,
                })],
                ..default()
            }),
            ..default()
        });
        // no picture may leave without its ground
        pipeline_cache.block_on_render_pipeline(pipeline);
        pipelines.by_formats.insert(formats, pipeline);
    }
}

/// Without its pipeline Bevy's own last pass leaves a view alone.
fn take_over(
    mut commands: Commands,
    views: Query<Entity, (With<Ground>, With<ViewUpscalingPipeline>)>,
) {
    for view in &views {
        commands.entity(view).remove::<ViewUpscalingPipeline>();
    }
}

fn draw_ground(
    view: ViewQuery<(&ViewTarget, &DynamicUniformIndex<Ground>)>,
    pipelines: Res<GroundPipelines>,
    pipeline_cache: Res<PipelineCache>,
    render_device: Res<RenderDevice>,
    uniforms: Res<ComponentUniforms<Ground>>,
    mut context: RenderContext,
) {
    let (target, uniform) = view.into_inner();
    let Some(pipeline) = formats(target)
        .and_then(|formats| pipelines.by_formats.get(&formats))
        .and_then(|&id| pipeline_cache.get_render_pipeline(id))
    else {
        return;
    };
    let (Some(ground), Some(out)) = (
        uniforms.uniforms().binding(),
        target.out_texture_color_attachment(Some(LinearRgba::BLACK)),
    ) else {
        return;
    };
    let picture = target.main_texture_view();
    let bind_group = render_device.create_bind_group(
        "ground_bind_group",
        &pipeline_cache.get_bind_group_layout(&pipelines.layout),
        &BindGroupEntries::sequential((picture, ground)),
    );
    let mut pass = context
        .command_encoder()
        .begin_render_pass(&RenderPassDescriptor {
            label: Some("ground"),
            color_attachments: &[Some(out)],
            depth_stencil_attachment: None,
            timestamp_writes: None,
            occlusion_query_set: None,
            multiview_mask: None,
        });
    pass.set_pipeline(pipeline);
    pass.set_bind_group(0, &bind_group, &[uniform.index()]);
    pass.draw(0..3, 0..1);
}
