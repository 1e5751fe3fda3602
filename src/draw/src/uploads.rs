//! Brings what panels show to the GPU: only what is new, in the frame in which it is new.

use std::sync::Arc;

use bevy::{
    prelude::*,
    render::{
        ExtractSchedule, MainWorld, Render, RenderApp, RenderSystems, render_asset::RenderAssets,
        renderer::RenderQueue, storage::GpuShaderBuffer, storage::ShaderBuffer,
    },
};

/// Bytes that belong into a buffer.
pub(crate) struct Upload {
    pub buffer: AssetId<ShaderBuffer>,
    pub offset: u64,
    pub bytes: Arc<Vec<u8>>,
}

/// What the GPU does not have yet.
#[derive(Resource, Default, Deref, DerefMut)]
pub(crate) struct Uploads(Vec<Upload>);

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Uploads>();
    let Some(render_app) = app.get_sub_app_mut(RenderApp) else {
        return;
    };
    render_app
        .init_resource::<Uploads>()
        .add_systems(ExtractSchedule, take_uploads)
        .add_systems(Render, upload.in_set(RenderSystems::PrepareResources));
}

fn take_uploads(mut main_world: ResMut<MainWorld>, mut uploads: ResMut<Uploads>) {
    let mut waiting = main_world.resource_mut::<Uploads>();
    if !waiting.is_empty() {
        uploads.append(&mut waiting);
    }
}

/// Later uploads to the same place must come later, so what cannot be written yet stays in its order.
fn upload(
    mut uploads: ResMut<Uploads>,
    buffers: Res<RenderAssets<GpuShaderBuffer>>,
    queue: Res<RenderQueue>,
) {
    if uploads.is_empty() {
        return;
    }
    uploads.retain(|upload| match buffers.get(upload.buffer) {
        Some(target) => {
            queue.write_buffer(&target.buffer, upload.offset, &upload.bytes);
            false
        }
        None => true,
    });
}
