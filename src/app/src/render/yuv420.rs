//! Turns a drawn picture into what video stores, on the graphics processor: less than half the bytes come
//! back.

use bevy::render::{
    render_resource::{Texture, TextureFormat},
    renderer::RenderDevice,
};
use orrery_film::{FilmSize, Yuv420Frame};

/// The conversion of pictures of one size. The layout of the result is that of [`Yuv420Frame`].
pub(super) struct Yuv420Conversion {
    luma: wgpu::RenderPipeline,
    colour: wgpu::RenderPipeline,
    /// Rows of the picture, which are rows of luma.
    height: u32,
    target: wgpu::Texture,
    /// How pictures are read: as the numbers that they store, where the driver can.
    source_format: TextureFormat,
}

impl Yuv420Conversion {
    /// `stored` tells whether a picture can be read without conversion to linear light.
    pub fn new(device: &RenderDevice, size: FilmSize, stored: bool) -> Self {
        let device = device.wgpu_device();
        let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("yuv420"),
            source: wgpu::ShaderSource::Wgsl(
                include_str!("../../../../assets/shaders/yuv420.wgsl").into(),
            ),
        });
        // four bytes travel as one pixel
        const FORMAT: TextureFormat = TextureFormat::Rgba8Unorm;
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("yuv420"),
            entries: &[wgpu::BindGroupLayoutEntry {
                binding: 0,
                visibility: wgpu::ShaderStages::FRAGMENT,
                ty: wgpu::BindingType::Texture {
                    sample_type: wgpu::TextureSampleType::Float { filterable: false },
                    view_dimension: wgpu::TextureViewDimension::D2,
                    multisampled: false,
                },
                count: None,
            }],
        });
        let pipelines = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("yuv420"),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = |entry_point: &str| {
            device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some("yuv420"),
                layout: Some(&pipelines),
                vertex: wgpu::VertexState {
                    module: &shader,
                    entry_point: Some("cover"),
                    compilation_options: wgpu::PipelineCompilationOptions::default(),
                    buffers: &[],
                },
                primitive: wgpu::PrimitiveState::default(),
                depth_stencil: None,
                multisample: wgpu::MultisampleState::default(),
                fragment: Some(wgpu::FragmentState {
                    module: &shader,
                    entry_point: Some(entry_point),
                    compilation_options: wgpu::PipelineCompilationOptions {
                        constants: &[("ENCODE", f64::from(u8::from(!stored)))],
                        ..Default::default()
                    },
                    targets: &[Some(FORMAT.into())],
                }),
                multiview_mask: None,
                cache: None,
            })
        };
        let target = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("yuv420"),
            size: wgpu::Extent3d {
                width: Yuv420Frame::stride(size) as u32 / 4,
                height: Yuv420Frame::rows(size) as u32,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        Self {
            luma: pipeline("convert_luma"),
            colour: pipeline("convert_colour"),
            height: size.height,
            target,
            source_format: if stored {
                TextureFormat::Rgba8Unorm
            } else {
                TextureFormat::Rgba8UnormSrgb
            },
        }
    }

    /// Records the conversion of `picture`; the result is to be copied from the texture returned.
    pub fn record(
        &self,
        device: &RenderDevice,
        encoder: &mut wgpu::CommandEncoder,
        picture: &Texture,
    ) -> &wgpu::Texture {
        let source = picture.create_view(&wgpu::TextureViewDescriptor {
            format: Some(self.source_format),
            usage: Some(wgpu::TextureUsages::TEXTURE_BINDING),
            ..Default::default()
        });
        let bindings = device
            .wgpu_device()
            .create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("yuv420"),
                layout: &self.luma.get_bind_group_layout(0),
                entries: &[wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::TextureView(&source),
                }],
            });
        let target = self
            .target
            .create_view(&wgpu::TextureViewDescriptor::default());
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("yuv420"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &target,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    // every pixel is drawn
                    load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        pass.set_bind_group(0, &bindings, &[]);
        let (width, rows) = (self.target.width(), self.target.height());
        for (pipeline, from, to) in [
            (&self.luma, 0, self.height),
            (&self.colour, self.height, rows),
        ] {
            pass.set_pipeline(pipeline);
            pass.set_scissor_rect(0, from, width, to - from);
            pass.draw(0..3, 0..1);
        }
        drop(pass);
        &self.target
    }
}
