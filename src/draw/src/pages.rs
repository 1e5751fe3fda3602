//! Large buffers on the GPU of which many panels hold a span each. Panels of one page share its material,
//! so that hundreds of them are one draw.

use bevy::{asset::RenderAssetUsages, prelude::*, render::storage::ShaderBuffer};
use offset_allocator::{Allocation, Allocator};

use crate::{
    page_material::{CellDetail, PageKind, PageMaterial},
    page_upload::{PageUpload, PageUploads},
};

/// All pages of one kind.
pub(crate) struct Pages {
    kind: PageKind,
    pages: Vec<Page>,
}

struct Page {
    buffer: Handle<ShaderBuffer>,
    material: Handle<PageMaterial>,
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

impl Pages {
    /// No page yet.
    pub(crate) fn new(kind: PageKind) -> Self {
        Self {
            kind,
            pages: Vec::new(),
        }
    }

    /// Room for `size` units; none when there are more than a graphics driver can address.
    pub(crate) fn allocate(&mut self, world: &mut World, size: u32) -> Option<Span> {
        for (page, open) in self.pages.iter_mut().enumerate() {
            if let Some(allocation) = open.spans.allocate(size) {
                return Some(Span {
                    page,
                    allocation,
                    size,
                });
            }
        }
        let capacity = size.max(self.kind.page_units()).checked_next_power_of_two()?;
        let mut page = Page::new(world, self.kind, capacity);
        let allocation = page.spans.allocate(size)?;
        self.pages.push(page);
        Some(Span {
            page: self.pages.len() - 1,
            allocation,
            size,
        })
    }

    /// The material that draws a span.
    pub(crate) fn material(&self, span: &Span) -> Handle<PageMaterial> {
        self.pages[span.page].material.clone()
    }

    /// Gives a span back.
    pub(crate) fn free(&mut self, span: &Span) {
        if let Some(page) = self.pages.get_mut(span.page) {
            page.spans.free(span.allocation);
        }
    }

    /// Sends bytes to a span, from its unit `at` on.
    pub(crate) fn write(&self, uploads: &mut PageUploads, span: &Span, at: u32, bytes: Vec<u8>) {
        uploads.push(PageUpload {
            buffer: self.pages[span.page].buffer.id(),
            offset: u64::from(span.begin() + at) * self.kind.unit_bytes() as u64,
            bytes,
        });
    }
}

impl Page {
    fn new(world: &mut World, kind: PageKind, capacity: u32) -> Self {
        let buffer = world
            .resource_mut::<Assets<ShaderBuffer>>()
            .add(ShaderBuffer::with_size(
                capacity as usize * kind.unit_bytes(),
                RenderAssetUsages::RENDER_WORLD,
            ));
        let detail = *world.resource::<CellDetail>();
        let material = world
            .resource_mut::<Assets<PageMaterial>>()
            .add(PageMaterial {
                buffer: buffer.clone(),
                kind,
                detail,
            });
        Self {
            buffer,
            material,
            spans: Allocator::new(capacity),
        }
    }
}
