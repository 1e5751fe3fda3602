//! A panel: many cells that do not move, drawn by one entity.

use bevy::{
    asset::RenderAssetUsages,
    camera::{primitives::Aabb, visibility::NoAutoAabb},
    math::Vec3A,
    platform::collections::HashMap,
    prelude::*,
    render::storage::ShaderBuffer,
};
use orrery_plugin_api::CellTag;

use crate::{
    cell_material::{CellDetail, GpuPanelCell, PanelMaterial},
    cell_mesh::half_cubes,
};

/// One cell of a panel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PanelCell {
    /// Where it stands, relative to the panel.
    pub transform: Transform,
    /// How it looks.
    pub tag: CellTag,
}

/// The meshes of panels, one for each class of size; all panels of a class share it.
#[derive(Resource, Default)]
pub(crate) struct PanelMeshes(HashMap<u32, Handle<Mesh>>);

impl PanelMeshes {
    fn get(&mut self, cells: usize, meshes: &mut Assets<Mesh>) -> Handle<Mesh> {
        let size = size_class(u32::try_from(cells).unwrap_or(u32::MAX));
        self.0
            .entry(size)
            .or_insert_with(|| meshes.add(half_cubes(size)))
            .clone()
    }
}

/// The number of half cubes in the mesh for a panel of `cells`: few classes, at most an eighth wasted.
fn size_class(cells: u32) -> u32 {
    let step = (cells.next_power_of_two() / 8).max(16);
    cells.max(1).next_multiple_of(step)
}

/// The components of a panel that draws the given cells, relative to its own transform.
pub(crate) fn panel(world: &mut World, cells: &[PanelCell]) -> impl Bundle + use<> {
    let mesh = world.resource_scope(|world, mut panel_meshes: Mut<PanelMeshes>| {
        panel_meshes.get(cells.len(), &mut world.resource_mut::<Assets<Mesh>>())
    });
    let detail = *world.resource::<CellDetail>();
    let gpu_cells: Vec<GpuPanelCell> = cells.iter().map(gpu_cell).collect();
    let mut buffer = ShaderBuffer::from(gpu_cells);
    buffer.asset_usage = RenderAssetUsages::RENDER_WORLD;
    let buffer = world.resource_mut::<Assets<ShaderBuffer>>().add(buffer);
    let material = world
        .resource_mut::<Assets<PanelMaterial>>()
        .add(PanelMaterial {
            cells: buffer,
            detail,
        });
    (
        Mesh3d(mesh),
        MeshMaterial3d(material),
        bounds(cells),
        NoAutoAabb,
    )
}

fn gpu_cell(cell: &PanelCell) -> GpuPanelCell {
    let matrix = cell.transform.compute_affine();
    GpuPanelCell {
        axis_x: matrix.matrix3.x_axis.into(),
        tag: cell.tag.pack(),
        axis_y: matrix.matrix3.y_axis.into(),
        reserved_y: 0,
        axis_z: matrix.matrix3.z_axis.into(),
        reserved_z: 0,
        centre: matrix.translation.into(),
        reserved_centre: 0,
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
            assert!(size <= 16 || size - cells <= (cells / 4).max(16), "{cells}");
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
