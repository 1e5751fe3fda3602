//! Pictures without a window and without a display: an app that is driven frame by frame and hands
//! back each frame as an image. Stills, contact sheets, films and tests all see through it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bevy::{
    app::PluginsState,
    asset::RenderAssetUsages,
    camera::{ImageRenderTarget, RenderTarget},
    prelude::*,
    render::{
        RenderApp,
        render_asset::RenderAssets,
        render_resource::{
            Buffer, BufferDescriptor, BufferUsages, CachedPipelineState, CommandEncoderDescriptor,
            Extent3d, MapMode, PipelineCache, PollType, TexelCopyBufferInfo, TexelCopyBufferLayout,
            TextureDimension, TextureFormat, TextureUsages,
        },
        renderer::{RenderAdapter, RenderDevice, RenderGraph, RenderGraphSystems, RenderQueue},
        texture::GpuImage,
    },
    shader::ShaderCacheError,
    tasks::tick_global_task_pools_on_main_thread,
};
use image::RgbaImage;
use thiserror::Error;

use super::{
    camera::PictureTarget,
    gpu::{self, NoGpu},
    lean_plugins::add_headless_plugins,
    quality::{Quality, QualityChoice},
};

/// Longest time to wait for shaders; compiling them all takes seconds on the slowest machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// The size of a picture in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureSize {
    /// Pixels from left to right, at least 1.
    pub width: u32,
    /// Pixels from top to bottom, at least 1.
    pub height: u32,
}

impl PictureSize {
    /// So many times as many pixels in each direction, rounded.
    #[must_use]
    pub fn scaled(self, factor: f32) -> Self {
        let side = |side: u32| (side as f32 * factor).round() as u32;
        Self {
            width: side(self.width),
            height: side(self.height),
        }
    }
}

/// Why no picture could be made.
#[derive(Debug, Error)]
pub enum RenderError {
    /// There is nothing to draw with.
    #[error(transparent)]
    NoGpu(#[from] NoGpu),
    /// The size is not one that this adapter can draw.
    #[error(
        "a picture of {width}×{height} pixels cannot be drawn here: each side may have 1 to {limit}"
    )]
    Size {
        /// Asked width in pixels.
        width: u32,
        /// Asked height in pixels.
        height: u32,
        /// Largest side in pixels.
        limit: u32,
    },
    /// A shader does not compile on this driver.
    #[error("the driver rejects a shader: {0}")]
    Shader(String),
    /// Something never became ready.
    #[error("the renderer was not ready after {0} s")]
    Patience(u64),
    /// The device went away or ran out of memory.
    #[error("the graphics driver failed while drawing: {0}")]
    Device(String),
}

/// An app without a window that draws one picture after another.
///
/// ```no_run
/// # use orrery::render::{HeadlessRenderer, PictureSize, QualityChoice, RenderError};
/// # fn main() -> Result<(), RenderError> {
/// let size = PictureSize { width: 1280, height: 720 };
/// let mut renderer = HeadlessRenderer::new(size, QualityChoice::Auto, |app| {
///     // add plugins and systems; a camera that draws to the `PictureTarget` resource
/// })?;
/// renderer.world_mut(); // set the state…
/// let picture = renderer.frame()?; // …and get the picture of exactly this state
/// # Ok(())
/// # }
/// ```
pub struct HeadlessRenderer {
    app: App,
    capture: Capture,
    adapter: wgpu::AdapterInfo,
    pipelines_ready: usize,
    /// Whether an image can be read in another format than it was made with.
    views: bool,
}

impl HeadlessRenderer {
    /// Starts the renderer. `configure` adds the app's own plugins; it finds the resources [`Quality`]
    /// and [`PictureTarget`] in place.
    ///
    /// # Errors
    /// When there is no graphics driver or the size is not possible.
    pub fn new(
        size: PictureSize,
        choice: QualityChoice,
        configure: impl FnOnce(&mut App),
    ) -> Result<Self, RenderError> {
        Self::scaled(size, 1.0, choice, configure)
    }

    /// The same, with `scale` pixels in each direction for one pixel of `size`: words and lines are as large as in
    /// a picture of `size`, and drawn finer or coarser.
    ///
    /// # Errors
    /// As [`HeadlessRenderer::new`].
    pub fn scaled(
        size: PictureSize,
        scale: f32,
        choice: QualityChoice,
        configure: impl FnOnce(&mut App),
    ) -> Result<Self, RenderError> {
        let size = size.scaled(scale);
        let adapter = gpu::find_adapter()?;
        let mut app = App::new();
        add_headless_plugins(&mut app);
        app.insert_resource(choice.resolve(adapter.device_type));

        // Plugins that wait for the device may add what `configure` builds on.
        while app.plugins_state() == PluginsState::Adding {
            tick_global_task_pools_on_main_thread();
        }
        let target = app
            .world_mut()
            .resource_mut::<Assets<Image>>()
            .add(target_image(size));
        app.insert_resource(PictureTarget(RenderTarget::Image(ImageRenderTarget {
            handle: target.clone(),
            scale_factor: scale,
        })));
        configure(&mut app);
        while app.plugins_state() == PluginsState::Adding {
            tick_global_task_pools_on_main_thread();
        }
        app.finish();
        app.cleanup();

        let device = app.world().resource::<RenderDevice>().clone();
        let limit = device.limits().max_texture_dimension_2d;
        let PictureSize { width, height } = size;
        if !(1..=limit).contains(&width) || !(1..=limit).contains(&height) {
            return Err(RenderError::Size {
                width,
                height,
                limit,
            });
        }
        let views = app
            .world()
            .resource::<RenderAdapter>()
            .get_downlevel_capabilities()
            .flags
            .contains(wgpu::DownlevelFlags::VIEW_FORMATS);
        if views
            && let Some(mut image) = app
                .world_mut()
                .resource_mut::<Assets<Image>>()
                .get_mut(&target)
        {
            image.texture_descriptor.view_formats = &[TextureFormat::Rgba8Unorm];
        }
        let capture = Capture::new(&device, target, size);
        app.sub_app_mut(RenderApp)
            .insert_resource(capture.clone())
            .add_systems(
                RenderGraph,
                // After the submit: the picture of this frame and not of the one before.
                copy_picture.after(RenderGraphSystems::Submit),
            );
        Ok(Self {
            app,
            capture,
            adapter,
            pipelines_ready: 0,
            views,
        })
    }

    /// The world whose state is drawn.
    pub fn world_mut(&mut self) -> &mut World {
        self.app.world_mut()
    }

    /// The world whose state is drawn.
    pub fn world(&self) -> &World {
        self.app.world()
    }

    /// What draws.
    pub fn adapter(&self) -> &wgpu::AdapterInfo {
        &self.adapter
    }

    /// The preset in use.
    pub fn quality(&self) -> Quality {
        *self.app.world().resource::<Quality>()
    }

    /// Runs one update and draws it, without handing the picture back.
    ///
    /// # Errors
    /// When the driver fails.
    pub fn update(&mut self) -> Result<(), RenderError> {
        self.app.update();
        match self.app.should_exit() {
            Some(exit) if exit.is_error() => Err(RenderError::Device(
                "it reported an error (run with RUST_LOG=error to see it)".into(),
            )),
            _ => Ok(()),
        }
    }

    /// Draws the world as it is now and returns the picture. The first call waits until every
    /// shader is compiled; a later call waits again when something new needs a shader, so that no
    /// picture lacks parts. Each call runs at least one update, so systems must set the scene from the
    /// state and not count updates.
    ///
    /// # Errors
    /// When the driver fails, rejects a shader, or does not finish in a minute.
    pub fn frame(&mut self) -> Result<RgbaImage, RenderError> {
        let start = Instant::now();
        loop {
            self.capture.request();
            self.update()?;
            if self.settled()?
                && let Some(picture) = self.capture.take()
            {
                return Ok(picture);
            }
            if start.elapsed() > PATIENCE {
                return Err(RenderError::Patience(PATIENCE.as_secs()));
            }
        }
    }

    /// Whether what the last update drew was whole: everything that it needs was there at the update before.
    pub(super) fn settled(&mut self) -> Result<bool, RenderError> {
        let ready = self.count_ready_pipelines()?;
        // A material or a mesh may need one more update before its pipeline is asked for.
        let settled = ready == Some(self.pipelines_ready) && self.pipelines_ready > 0;
        self.pipelines_ready = ready.unwrap_or(0);
        Ok(settled)
    }

    /// The image that is drawn to, and its size.
    pub(super) fn target(&self) -> (Handle<Image>, PictureSize) {
        (self.capture.target.clone(), self.capture.size)
    }

    /// Whether the numbers that a picture stores can be read without conversion.
    pub(super) fn stored_numbers_can_be_read(&self) -> bool {
        self.views
    }

    /// The app that draws.
    pub(super) fn render_app(&mut self) -> &mut SubApp {
        self.app.sub_app_mut(RenderApp)
    }

    /// The number of compiled pipelines, none while some are waiting.
    fn count_ready_pipelines(&self) -> Result<Option<usize>, RenderError> {
        let cache = self
            .app
            .sub_app(RenderApp)
            .world()
            .resource::<PipelineCache>();
        let mut count = 0;
        let mut waiting = cache.waiting_pipelines().next().is_some();
        for pipeline in cache.pipelines() {
            match &pipeline.state {
                CachedPipelineState::Ok(_) => count += 1,
                CachedPipelineState::Err(
                    ShaderCacheError::ShaderNotLoaded(_)
                    | ShaderCacheError::ShaderImportNotYetAvailable,
                )
                | CachedPipelineState::Queued
                | CachedPipelineState::Creating(_) => waiting = true,
                CachedPipelineState::Err(error) => {
                    return Err(RenderError::Shader(error.to_string()));
                }
            }
        }
        Ok((!waiting).then_some(count))
    }
}

fn target_image(size: PictureSize) -> Image {
    let mut image = Image::new_uninit(
        Extent3d {
            width: size.width.max(1),
            height: size.height.max(1),
            depth_or_array_layers: 1,
        },
        TextureDimension::D2,
        TextureFormat::Rgba8UnormSrgb,
        RenderAssetUsages::RENDER_WORLD,
    );
    image.texture_descriptor.usage |= TextureUsages::RENDER_ATTACHMENT | TextureUsages::COPY_SRC;
    image
}

/// What is needed to bring the drawn picture back, and the place where it is put.
#[derive(Resource, Clone)]
struct Capture {
    target: Handle<Image>,
    size: PictureSize,
    buffer: Buffer,
    bytes_per_row: u32,
    slot: Arc<Mutex<Slot>>,
}

#[derive(Default)]
struct Slot {
    requested: bool,
    picture: Option<RgbaImage>,
}

impl Capture {
    fn new(device: &RenderDevice, target: Handle<Image>, size: PictureSize) -> Self {
        let bytes_per_row = RenderDevice::align_copy_bytes_per_row(size.width as usize * 4) as u32;
        let buffer = device.create_buffer(&BufferDescriptor {
            label: Some("picture"),
            size: u64::from(bytes_per_row) * u64::from(size.height),
            usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Self {
            target,
            size,
            buffer,
            bytes_per_row,
            slot: Arc::default(),
        }
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn request(&self) {
        *self.slot() = Slot {
            requested: true,
            picture: None,
        };
    }

    fn take(&self) -> Option<RgbaImage> {
        self.slot().picture.take()
    }
}

fn copy_picture(
    capture: Res<Capture>,
    images: Res<RenderAssets<GpuImage>>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
) {
    if !std::mem::take(&mut capture.slot().requested) {
        return;
    }
    let Some(source) = images.get(&capture.target) else {
        return;
    };
    let PictureSize { width, height } = capture.size;
    let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor::default());
    encoder.copy_texture_to_buffer(
        source.texture.as_image_copy(),
        TexelCopyBufferInfo {
            buffer: &capture.buffer,
            layout: TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(capture.bytes_per_row),
                rows_per_image: None,
            },
        },
        Extent3d {
            width,
            height,
            depth_or_array_layers: 1,
        },
    );
    queue.submit([encoder.finish()]);

    let slice = capture.buffer.slice(..);
    let mapped = Arc::new(Mutex::new(false));
    let answer = Arc::clone(&mapped);
    slice.map_async(MapMode::Read, move |result| {
        *answer.lock().unwrap_or_else(PoisonError::into_inner) = result.is_ok();
    });
    if device.poll(PollType::wait_indefinitely()).is_err()
        || !*mapped.lock().unwrap_or_else(PoisonError::into_inner)
    {
        return;
    }
    let mut pixels = Vec::with_capacity(width as usize * height as usize * 4);
    {
        let bytes = slice.get_mapped_range();
        for row in bytes.chunks(capture.bytes_per_row as usize) {
            pixels.extend_from_slice(&row[..width as usize * 4]);
        }
    }
    capture.buffer.unmap();
    capture.slot().picture = RgbaImage::from_raw(width, height, pixels);
}
