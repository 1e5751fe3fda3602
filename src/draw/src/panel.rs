//! A panel: many cells drawn by one entity.
//!
//! The cells of all panels lie in a few large buffers on the GPU, and a panel is a span of one
//! of them; its `MeshTag` says where the span begins. Panels of one buffer and one size class share mesh
//! and material, so that hundreds of them are still one draw.

use bevy::{
    camera::{primitives::Aabb, visibility::NoAutoAabb},
    light::{NotShadowCaster, NotShadowReceiver},
    math::Vec3A,
    mesh::MeshTag,
    prelude::*,
};
use orrery_pipeline::{CellPose, Palette};

use crate::{
    cell_mesh::{CellMeshes, CellShape},
    cell_tag::{CellTag, tag_of},
    panel_material::{BufferKind, GPU_CELL_BYTES, GpuCell},
    shared_buffers::{SharedBuffers, Span},
    uploads::Uploads,
};

/// One cell of a panel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PanelCell {
    /// Where it stands, relative to the panel.
    pub transform: Transform,
    /// How it looks.
    pub tag: CellTag,
}

impl PanelCell {
    /// A cell in this pose. A ghost is drawn by the shader as a dot within its cell.
    pub fn posed(pose: &CellPose, palette: Palette) -> Self {
        Self {
            transform: Transform::from_translation(pose.position).with_scale(pose.size),
            tag: tag_of(pose, palette),
        }
    }

    /// Whether there is anything to be seen of it.
    pub(crate) fn is_seen(&self) -> bool {
        self.transform.scale.min_element() > NO_SIZE
    }
}

/// A cell smaller than this, in units, is not drawn.
const NO_SIZE: f32 = 1e-4;

/// The buffers of all panels.
#[derive(Resource)]
struct PanelStore(SharedBuffers);

pub(crate) fn plugin(app: &mut App) {
    app.insert_resource(PanelStore(SharedBuffers::new(BufferKind::Cells)))
        .add_observer(free_span);
}

/// The part of a buffer that a panel holds; it is given back when the panel goes.
#[derive(Component, Clone, Copy)]
struct PanelSpan(Span);

/// The number of half cubes in the mesh for a panel of `cells`: few classes, at most an eighth wasted.
fn size_class(cells: u32) -> u32 {
    let step = (cells.next_power_of_two() / 8).max(16);
    cells.max(1).next_multiple_of(step)
}

/// The components of a panel that draws the given cells, relative to its own transform. Spawn them together
/// with a `Transform`. None when there are more cells than a graphics driver can address.
pub fn panel(
    world: &mut World,
    shape: CellShape,
    cells: &[PanelCell],
) -> Option<impl Bundle + use<>> {
    let size = size_class(u32::try_from(cells.len()).ok()?);
    let mesh = world.resource_scope(|world, mut meshes: Mut<CellMeshes>| {
        meshes.get(&mut world.resource_mut(), shape, size)
    });
    world.resource_scope(|world, mut store: Mut<PanelStore>| {
        let span = store.0.allocate(world, size)?;
        let mut uploads = world.resource_mut::<Uploads>();
        let (bytes, bounds) = gpu_cells(cells, size);
        store.0.write(&mut uploads, &span, 0, bytes);
        Some((
            Mesh3d(mesh),
            MeshMaterial3d(store.0.material(&span)),
            MeshTag(span.begin()),
            PanelSpan(span),
            bounds,
            NoAutoAabb,
            NotShadowCaster,
            NotShadowReceiver,
        ))
    })
}

/// Gives a panel other cells, if they are of the size class that it was made for; else nothing happens and the
/// answer is no: such cells want a panel of their own. (A panel that is given another mesh is now and then drawn
/// with the old one, seen with Bevy 0.19.1.)
pub fn rewrite(world: &mut World, entity: Entity, cells: &[PanelCell]) -> bool {
    let Some(&PanelSpan(span)) = world.get::<PanelSpan>(entity) else {
        return false;
    };
    if u32::try_from(cells.len()).map(size_class) != Ok(span.size()) {
        return false;
    }
    let (bytes, bounds) = gpu_cells(cells, span.size());
    world.entity_mut(entity).insert(bounds);
    world.resource_scope(|world, mut uploads: Mut<Uploads>| {
        let store = world.resource::<PanelStore>();
        store.0.write(&mut uploads, &span, 0, bytes);
    });
    true
}

/// Gives a panel's span back when the panel goes.
fn free_span(
    removed: On<Remove, PanelSpan>,
    spans: Query<&PanelSpan>,
    mut store: ResMut<PanelStore>,
) {
    if let Ok(PanelSpan(span)) = spans.get(removed.entity) {
        store.0.free(span);
    }
}

/// The cells as the GPU reads them, with those up to the class's size, which have no size and so are not
/// seen; and the box around all, so that a panel out of sight is not drawn.
fn gpu_cells(cells: &[PanelCell], size: u32) -> (Vec<u8>, Aabb) {
    let mut bytes = Vec::with_capacity(size as usize * GPU_CELL_BYTES);
    let (mut low, mut high) = (Vec3A::INFINITY, Vec3A::NEG_INFINITY);
    for cell in cells {
        let matrix = cell.transform.compute_affine();
        let axes = matrix.matrix3;
        GpuCell {
            axis_x: axes.x_axis.into(),
            tag: cell.tag.pack(),
            axis_y: axes.y_axis.into(),
            axis_z: axes.z_axis.into(),
            centre: matrix.translation.into(),
        }
        .write(&mut bytes);
        let half = 0.5 * (axes.x_axis.abs() + axes.y_axis.abs() + axes.z_axis.abs());
        low = low.min(matrix.translation - half);
        high = high.max(matrix.translation + half);
    }
    bytes.resize(size as usize * GPU_CELL_BYTES, 0);
    let bounds = if cells.is_empty() {
        Aabb::default()
    } else {
        Aabb::from_min_max(low.into(), high.into())
    };
    (bytes, bounds)
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
        let (_, around) = gpu_cells(
            &[
                cell(Transform::from_xyz(-3.0, 0.0, 0.0)),
                cell(
                    Transform::from_xyz(2.0, 5.0, 1.0)
                        .with_rotation(Quat::from_rotation_z(std::f32::consts::FRAC_PI_2))
                        .with_scale(Vec3::new(4.0, 1.0, 1.0)),
                ),
            ],
            16,
        );
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
