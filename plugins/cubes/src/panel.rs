//! A panel: many cells that do not move, drawn by one entity.
//!
//! The cells of all panels lie in a few large buffers on the GPU, the pages; a panel is a span of one
//! page, and its `MeshTag` says where the span begins. Panels of one page and one size class share mesh
//! and material, so that hundreds of them are still one draw.

use bevy::{
    camera::{primitives::Aabb, visibility::NoAutoAabb},
    light::{NotShadowCaster, NotShadowReceiver},
    math::Vec3A,
    mesh::MeshTag,
    platform::collections::HashMap,
    prelude::*,
    render::storage::ShaderBuffer,
};
use orrery_plugin_api::CellTag;

use crate::{
    cell_material::{CellDetail, GPU_CELL_BYTES, GpuPanelCell, PanelMaterial, StagePlace},
    cell_mesh::{CellShape, cells_mesh},
    pages::{PageMaterial, Pages, Span},
    panel_upload::PanelUploads,
};

/// One cell of a panel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PanelCell {
    /// Where it stands, relative to the panel.
    pub transform: Transform,
    /// How it looks.
    pub tag: CellTag,
}

/// The pages, and the meshes of panels, one for each shape and class of size.
#[derive(Resource, Default)]
pub(crate) struct PanelStore {
    pages: Pages<PanelMaterial>,
    meshes: HashMap<(CellShape, u32), Handle<Mesh>>,
}

impl PageMaterial for PanelMaterial {
    const UNIT_BYTES: usize = GPU_CELL_BYTES;
    const PAGE_UNITS: u32 = 32_768;

    fn reading(buffer: Handle<ShaderBuffer>, detail: CellDetail) -> Self {
        Self {
            cells: buffer,
            detail,
            stage: StagePlace::default(),
        }
    }
}

/// The part of a page that a panel holds; it is given back when the panel goes.
#[derive(Component, Clone, Copy)]
pub(crate) struct PanelSpan(Span);

/// The number of half cubes in the mesh for a panel of `cells`: few classes, at most an eighth wasted.
fn size_class(cells: u32) -> u32 {
    let step = (cells.next_power_of_two() / 8).max(16);
    cells.max(1).next_multiple_of(step)
}

impl PanelStore {
    fn mesh(&mut self, world: &mut World, shape: CellShape, size: u32) -> Handle<Mesh> {
        let mesh = self.meshes.entry((shape, size)).or_insert_with(|| {
            let mesh = cells_mesh(shape, size);
            world.resource_mut::<Assets<Mesh>>().add(mesh)
        });
        mesh.clone()
    }
}

/// The cells as the GPU reads them, with those up to the class's size, which have none and so are not seen.
fn bytes(cells: &[PanelCell], size: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size as usize * GPU_CELL_BYTES);
    for cell in cells {
        gpu_cell(cell).write(&mut bytes);
    }
    bytes.resize(size as usize * GPU_CELL_BYTES, 0);
    bytes
}

/// The components of a panel that draws the given cells, relative to its own transform. The panel looks
/// exactly as the cells do as entities. Spawn them together with a `Transform`; the panel may be moved
/// as a whole, its cells may not. None when there are more cells than a graphics driver can address.
pub fn panel(
    world: &mut World,
    shape: CellShape,
    cells: &[PanelCell],
) -> Option<impl Bundle + use<>> {
    let size = size_class(u32::try_from(cells.len()).ok()?);
    world.resource_scope(|world, mut store: Mut<PanelStore>| {
        let span = store.pages.allocate(world, size)?;
        let mesh = store.mesh(world, shape, size);
        let bytes = bytes(cells, size);
        let mut uploads = world.resource_mut::<PanelUploads>();
        store.pages.write(&mut uploads, &span, 0, bytes);
        Some((
            Mesh3d(mesh),
            MeshMaterial3d(store.pages.material(&span)),
            MeshTag(span.begin()),
            PanelSpan(span),
            bounds(cells),
            NoAutoAabb,
            NotShadowCaster,
            NotShadowReceiver,
        ))
    })
}

/// Gives a panel other cells: no more than it was made with.
pub(crate) fn rewrite(world: &mut World, entity: Entity, shape: CellShape, cells: &[PanelCell]) {
    let Some(&PanelSpan(span)) = world.get::<PanelSpan>(entity) else {
        return;
    };
    let size = size_class(u32::try_from(cells.len()).unwrap_or(u32::MAX)).min(span.size());
    let bytes = bytes(cells, size);
    world.resource_scope(|world, mut store: Mut<PanelStore>| {
        // no more of the mesh than there are cells: what is not drawn costs nothing
        let mesh = store.mesh(world, shape, size);
        if world
            .get::<Mesh3d>(entity)
            .is_some_and(|Mesh3d(now)| *now != mesh)
        {
            world.entity_mut(entity).insert(Mesh3d(mesh));
        }
        let mut uploads = world.resource_mut::<PanelUploads>();
        store.pages.write(&mut uploads, &span, 0, bytes);
    });
}

/// Gives a panel's span back when the panel goes.
pub(crate) fn free_span(
    removed: On<Remove, PanelSpan>,
    spans: Query<&PanelSpan>,
    mut store: ResMut<PanelStore>,
) {
    if let Ok(PanelSpan(span)) = spans.get(removed.entity) {
        store.pages.free(span);
    }
}

fn gpu_cell(cell: &PanelCell) -> GpuPanelCell {
    let matrix = cell.transform.compute_affine();
    GpuPanelCell {
        axis_x: matrix.matrix3.x_axis.into(),
        tag: cell.tag.pack(),
        axis_y: matrix.matrix3.y_axis.into(),
        axis_z: matrix.matrix3.z_axis.into(),
        centre: matrix.translation.into(),
    }
}

/// The box around all cells, so that a panel out of sight is not drawn.
fn bounds(cells: &[PanelCell]) -> Aabb {
    let mut low = Vec3A::INFINITY;
    let mut high = Vec3A::NEG_INFINITY;
    for cell in cells {
        let matrix = cell.transform.compute_affine();
        let half = 0.5
            * (matrix.matrix3.x_axis.abs()
                + matrix.matrix3.y_axis.abs()
                + matrix.matrix3.z_axis.abs());
        low = low.min(matrix.translation - half);
        high = high.max(matrix.translation + half);
    }
    if cells.is_empty() {
        return Aabb::default();
    }
    Aabb::from_min_max(low.into(), high.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_classes_hold_their_cells_and_waste_little() {
        for cells in 0..5_000 {
            let size = size_class(cells);
            assert!(size >= cells.max(1));
            assert!(size - cells <= (cells / 4).max(16), "{cells}");
        }
        let classes: std::collections::BTreeSet<u32> = (0..100_000).map(size_class).collect();
        assert!(classes.len() < 100, "{} classes", classes.len());
    }

    #[test]
    fn bounds_enclose_turned_and_stretched_cells() {
        let cell = |transform| PanelCell {
            transform,
            tag: CellTag::default(),
        };
        let around = bounds(&[
            cell(Transform::from_xyz(-3.0, 0.0, 0.0)),
            cell(
                Transform::from_xyz(2.0, 5.0, 1.0)
                    .with_rotation(Quat::from_rotation_z(std::f32::consts::FRAC_PI_2))
                    .with_scale(Vec3::new(4.0, 1.0, 1.0)),
            ),
        ]);
        assert!(
            (around.min() - Vec3A::new(-3.5, -0.5, -0.5))
                .abs()
                .max_element()
                < 1e-5
        );
        assert!(
            (around.max() - Vec3A::new(2.5, 7.0, 1.5))
                .abs()
                .max_element()
                < 1e-5
        );
    }
}
