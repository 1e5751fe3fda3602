//! Large buffers on the GPU of which many panels hold a span each. Panels in one buffer share its material,
//! so that hundreds of them are one draw.

use std::sync::Arc;

use bevy::{asset::RenderAssetUsages, prelude::*, render::storage::ShaderBuffer};
use offset_allocator::{Allocation, Allocator};

use crate::{
    panel_material::{BufferKind, CellDetail, PanelMaterial},
    uploads::{Upload, Uploads},
};

/// No buffer holds more spans: its allocator takes 32 bytes for each that there could be.
const MOST_SPANS: u32 = 4_096;

/// All buffers of one kind.
pub(crate) struct SharedBuffers {
    kind: BufferKind,
    buffers: Vec<SharedBuffer>,
}

struct SharedBuffer {
    buffer: Handle<ShaderBuffer>,
    material: Handle<PanelMaterial>,
    spans: Allocator,
}

/// A part of a buffer; whoever holds it gives it back.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    buffer: usize,
    allocation: Allocation,
    size: u32,
}

impl Span {
    /// Its units.
    pub(crate) fn size(&self) -> u32 {
        self.size
    }

    /// The unit at which it begins.
    pub(crate) fn begin(&self) -> u32 {
        self.allocation.offset
    }
}

impl SharedBuffers {
    /// No buffer yet.
    pub(crate) fn new(kind: BufferKind) -> Self {
        Self {
            kind,
            buffers: Vec::new(),
        }
    }

    /// Room for `size` units; none when there are more than a graphics driver can address.
    pub(crate) fn allocate(&mut self, world: &mut World, size: u32) -> Option<Span> {
        for (at, open) in self.buffers.iter_mut().enumerate() {
            if let Some(allocation) = open.spans.allocate(size) {
                return Some(Span {
                    buffer: at,
                    allocation,
                    size,
                });
            }
        }
        let capacity = size
            .max(self.kind.least_units())
            .checked_next_power_of_two()?;
        let mut buffer = SharedBuffer::new(world, self.kind, capacity);
        let allocation = buffer.spans.allocate(size)?;
        self.buffers.push(buffer);
        Some(Span {
            buffer: self.buffers.len() - 1,
            allocation,
            size,
        })
    }

    /// The material that draws a span.
    pub(crate) fn material(&self, span: &Span) -> Handle<PanelMaterial> {
        self.buffers[span.buffer].material.clone()
    }

    /// Gives a span back.
    pub(crate) fn free(&mut self, span: &Span) {
        if let Some(buffer) = self.buffers.get_mut(span.buffer) {
            buffer.spans.free(span.allocation);
        }
    }

    /// Sends bytes to a span, from its unit `at` on.
    pub(crate) fn write(
        &self,
        uploads: &mut Uploads,
        span: &Span,
        at: u32,
        bytes: impl Into<Arc<Vec<u8>>>,
    ) {
        uploads.push(Upload {
            buffer: self.buffers[span.buffer].buffer.id(),
            offset: u64::from(span.begin() + at) * self.kind.unit_bytes() as u64,
            bytes: bytes.into(),
        });
    }
}

impl SharedBuffer {
    fn new(world: &mut World, kind: BufferKind, capacity: u32) -> Self {
        let buffer = world
            .resource_mut::<Assets<ShaderBuffer>>()
            .add(ShaderBuffer::with_size(
                capacity as usize * kind.unit_bytes(),
                RenderAssetUsages::RENDER_WORLD,
            ));
        let detail = *world.resource::<CellDetail>();
        let material = world
            .resource_mut::<Assets<PanelMaterial>>()
            .add(PanelMaterial {
                buffer: buffer.clone(),
                kind,
                detail,
            });
        Self {
            buffer,
            material,
            spans: Allocator::with_max_allocs(capacity, MOST_SPANS),
        }
    }
}
