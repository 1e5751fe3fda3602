//! Brings frames back while the next ones are being drawn: three buffers go round, each with the number of
//! its frame. Nobody waits for a frame before the one after the next has been handed in.
//!
//! A frame is copied by the first commands of the next one. A submission of its own would have the driver wait until the
//! frame is drawn, and nothing be done meanwhile.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, channel},
    },
    time::Instant,
};

use bevy::{
    prelude::*,
    render::{
        render_asset::RenderAssets,
        renderer::{
            PendingCommandBuffers, RenderDevice, RenderGraph, RenderGraphSystems, RenderQueue,
        },
        texture::GpuImage,
    },
};
use orrery_film::{FilmSize, Frame, PixelLayout};

use super::{
    frame_shape::Shape,
    headless::{HeadlessRenderer, PATIENCE, RenderError},
    yuv420::Yuv420Conversion,
};

/// Frames that are on their way at most.
const IN_FLIGHT: usize = 3;

/// What takes the frames of a film.
pub trait FrameSink {
    /// What went wrong there.
    type Error: From<RenderError>;

    /// Takes a frame; they come in the order of their numbers.
    ///
    /// # Errors
    /// Whatever ends the film.
    fn take(&mut self, number: u64, frame: Frame) -> Result<(), Self::Error>;

    /// A buffer to bring the next frame back in.
    fn spare_buffer(&mut self) -> Option<Vec<u8>> {
        None
    }
}

/// Draws the frames of a film with a renderer. Make it once, before the first frame.
pub struct FilmFrames {
    ring: Ring,
    device: RenderDevice,
}

impl FilmFrames {
    /// Prepares a renderer to bring frames back in this layout, with so many rows of black above and below the
    /// picture, each. For video that is an even number.
    pub fn new(renderer: &mut HeadlessRenderer, layout: PixelLayout, bars: u32) -> Self {
        let (target, size) = renderer.target();
        let size = FilmSize {
            width: size.width,
            height: size.height,
        };
        let device = renderer.world().resource::<RenderDevice>().clone();
        // where the processor draws, it converts faster without the detour over a shader
        let brought = match renderer.adapter().device_type {
            wgpu::DeviceType::Cpu => PixelLayout::Rgba,
            _ => layout,
        };
        let ring = Ring::new(
            &device,
            target,
            size,
            Shape::new(size, (layout, brought), bars),
            renderer.stored_numbers_can_be_read(),
        );
        renderer
            .render_app()
            .insert_resource(ring.clone())
            .add_systems(
                RenderGraph,
                (
                    copy_frame.in_set(RenderGraphSystems::Begin),
                    submit_copy
                        .after(RenderGraphSystems::Render)
                        .before(RenderGraphSystems::Submit),
                ),
            );
        Self { ring, device }
    }

    /// Draws frame `number` of the state that the renderer's world is in. Frames that have come back meanwhile
    /// go to `sink`: not necessarily this one.
    ///
    /// # Errors
    /// When the driver fails, or the sink does.
    pub fn draw<S: FrameSink>(
        &mut self,
        renderer: &mut HeadlessRenderer,
        number: u64,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        let start = Instant::now();
        loop {
            self.find_a_free_buffer(sink)?;
            renderer.update()?;
            // else something was not ready to be drawn: this picture lacks parts
            if renderer.settled()? {
                self.ring.state().drawn = Some(number);
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                return Err(RenderError::Patience(PATIENCE.as_secs()).into());
            }
        }
    }

    /// Waits for the frames that are still on their way.
    ///
    /// # Errors
    /// As [`FilmFrames::draw`].
    pub fn finish<S: FrameSink>(
        &mut self,
        renderer: &mut HeadlessRenderer,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        self.find_a_free_buffer(sink)?;
        let world = renderer.render_app().world_mut();
        let copied = world
            .run_system_cached(copy_frame)
            .and_then(|()| world.run_system_cached(submit_copy));
        copied.map_err(|error| RenderError::Device(error.to_string()))?;
        while !self.ring.state().flying.is_empty() {
            self.land(sink)?;
        }
        Ok(())
    }

    fn find_a_free_buffer<S: FrameSink>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        if self.ring.state().free.is_empty() {
            self.land(sink)?;
        }
        Ok(())
    }

    /// Waits for the frame that is longest on its way, and hands it over.
    fn land<S: FrameSink>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        let Some(flight) = self.ring.state().flying.pop_front() else {
            return Ok(());
        };
        let lost = || RenderError::Device("a frame did not come back".into());
        self.device
            .poll(wgpu::PollType::Wait {
                submission_index: flight.submission,
                timeout: Some(PATIENCE),
            })
            .map_err(|error| RenderError::Device(error.to_string()))?;
        let mapped = flight.mapped.recv_timeout(PATIENCE).map_err(|_| lost())?;
        mapped.map_err(|_| lost())?;
        let buffer = sink.spare_buffer().unwrap_or_default();
        let bytes = flight.buffer.slice(..).get_mapped_range();
        let frame = self.ring.shape.frame(&bytes, buffer);
        drop(bytes);
        flight.buffer.unmap();
        self.ring.state().free.push(flight.buffer);
        sink.take(flight.frame, frame)
    }
}

/// The buffers, shared with the system that fills them.
#[derive(Resource, Clone)]
struct Ring {
    target: Handle<Image>,
    shape: Shape,
    conversion: Option<Arc<Yuv420Conversion>>,
    state: Arc<Mutex<RingState>>,
}

struct RingState {
    free: Vec<wgpu::Buffer>,
    flying: VecDeque<Flight>,
    /// The frame that the target shows and that was not copied yet.
    drawn: Option<u64>,
}

/// A frame on its way.
struct Flight {
    frame: u64,
    buffer: wgpu::Buffer,
    /// None while it was not submitted.
    submission: Option<wgpu::SubmissionIndex>,
    mapped: Receiver<Result<(), wgpu::BufferAsyncError>>,
}

impl Ring {
    fn new(
        device: &RenderDevice,
        target: Handle<Image>,
        size: FilmSize,
        shape: Shape,
        stored: bool,
    ) -> Self {
        let buffer = |_| {
            device.wgpu_device().create_buffer(&wgpu::BufferDescriptor {
                label: Some("film frame"),
                size: (shape.padded * shape.rows) as u64,
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        };
        Self {
            target,
            shape,
            conversion: (shape.brought == PixelLayout::Yuv420)
                .then(|| Arc::new(Yuv420Conversion::new(device, size, stored))),
            state: Arc::new(Mutex::new(RingState {
                free: (0..IN_FLIGHT).map(buffer).collect(),
                flying: VecDeque::new(),
                drawn: None,
            })),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, RingState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Before anything is drawn: copies the picture that was drawn last.
fn copy_frame(
    ring: Res<Ring>,
    images: Res<RenderAssets<GpuImage>>,
    device: Res<RenderDevice>,
    mut pending: ResMut<PendingCommandBuffers>,
) {
    let mut state = ring.state();
    let (Some(frame), Some(source)) = (state.drawn, images.get(&ring.target)) else {
        return;
    };
    let Some(buffer) = state.free.pop() else {
        return;
    };
    state.drawn = None;
    let mut encoder = device
        .wgpu_device()
        .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let drawn = match &ring.conversion {
        Some(conversion) => conversion.record(&device, &mut encoder, &source.texture),
        None => &source.texture,
    };
    encoder.copy_texture_to_buffer(
        drawn.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(ring.shape.padded as u32),
                rows_per_image: None,
            },
        },
        drawn.size(),
    );
    let (tell, mapped) = channel();
    encoder.map_buffer_on_submit(&buffer, wgpu::MapMode::Read, .., move |result| {
        // whoever waited may have gone
        let _ = tell.send(result);
    });
    pending.push([encoder.finish()]);
    state.flying.push_back(Flight {
        frame,
        buffer,
        submission: None,
        mapped,
    });
}

/// Submits a copy with what was drawn after it, and remembers what to wait for.
fn submit_copy(
    ring: Res<Ring>,
    queue: Res<RenderQueue>,
    mut pending: ResMut<PendingCommandBuffers>,
) {
    if let Some(flight) = ring.state().flying.back_mut()
        && flight.submission.is_none()
    {
        flight.submission = Some(queue.submit(pending.take()));
    }
}
