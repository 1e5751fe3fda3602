//! Large buffers on the GPU of which many panels hold a span each. Panels of one page share its material,
//! so that hundreds of them are one draw.

use bevy::{asset::RenderAssetUsages, prelude::*, render::storage::ShaderBuffer};
use offset_allocator::{Allocation, Allocator};

use crate::{
    cell_material::CellDetail,
    panel_upload::{PanelUpload, PanelUploads},
};

/// A material that draws from a page.
pub(crate) trait PageMaterial: Asset {
    /// Bytes of one unit of its buffer.
    const UNIT_BYTES: usize;
    /// Units that a page holds, unless a single span is larger.
    const PAGE_UNITS: u32;
    /// The material that reads this buffer.
    fn reading(buffer: Handle<ShaderBuffer>, detail: CellDetail) -> Self;
}

/// All pages of one material.
pub(crate) struct Pages<M: PageMaterial>(Vec<Page<M>>);

struct Page<M: PageMaterial> {
    buffer: Handle<ShaderBuffer>,
    material: Handle<M>,
    spans: Allocator,
}

/// A part of a page; whoever holds it gives it back.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    page: usize,
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

impl<M: PageMaterial> Default for Pages<M> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<M: PageMaterial> Pages<M> {
    /// Room for `size` units; none when there are more than a graphics driver can address.
    pub(crate) fn allocate(&mut self, world: &mut World, size: u32) -> Option<Span> {
        for (page, open) in self.0.iter_mut().enumerate() {
            if let Some(allocation) = open.spans.allocate(size) {
                return Some(Span {
                    page,
                    allocation,
                    size,
                });
            }
        }
        let mut page = Page::new(world, size.max(M::PAGE_UNITS).checked_next_power_of_two()?);
        let allocation = page.spans.allocate(size)?;
        self.0.push(page);
        Some(Span {
            page: self.0.len() - 1,
            allocation,
            size,
        })
    }

    /// The material that draws a span.
    pub(crate) fn material(&self, span: &Span) -> Handle<M> {
        self.0[span.page].material.clone()
    }

    /// Gives a span back.
    pub(crate) fn free(&mut self, span: &Span) {
        if let Some(page) = self.0.get_mut(span.page) {
            page.spans.free(span.allocation);
        }
    }

    /// Sends bytes to a span, from its unit `at` on.
    pub(crate) fn write(&self, uploads: &mut PanelUploads, span: &Span, at: u32, bytes: Vec<u8>) {
        uploads.push(PanelUpload {
            buffer: self.0[span.page].buffer.id(),
            offset: u64::from(span.begin() + at) * M::UNIT_BYTES as u64,
            bytes,
        });
    }
}

impl<M: PageMaterial> Page<M> {
    fn new(world: &mut World, capacity: u32) -> Self {
        let buffer = world
            .resource_mut::<Assets<ShaderBuffer>>()
            .add(ShaderBuffer::with_size(
                capacity as usize * M::UNIT_BYTES,
                RenderAssetUsages::RENDER_WORLD,
            ));
        let detail = *world.resource::<CellDetail>();
        let material = world
            .resource_mut::<Assets<M>>()
            .add(M::reading(buffer.clone(), detail));
        Self {
            buffer,
            material,
            spans: Allocator::new(capacity),
        }
    }
}
