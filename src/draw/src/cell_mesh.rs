//! What cells are drawn with: half a cube, three faces of four corners, or one face; told apart by a number.

use bevy::{
    asset::RenderAssetUsages,
    mesh::{Indices, MeshVertexAttribute, PrimitiveTopology, VertexFormat},
    platform::collections::HashMap,
    prelude::*,
};

/// Corners of a half cube: three faces of four.
pub(crate) const CORNERS_PER_CUBE: u32 = 12;
/// Corners of a plate.
pub(crate) const CORNERS_PER_PLATE: u32 = 4;

/// What a cell is drawn as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CellShape {
    /// The three faces of a cube that can be seen.
    #[default]
    Cube,
    /// Only that face of the cube that looks at the viewer most, in one colour: a fraction of the work, and hardly
    /// another picture where cells have few pixels.
    Plate,
}

/// The only vertex attribute of cubes: `cell * 12 + face * 4 + corner`. The shader knows the rest.
pub(crate) const ATTRIBUTE_CORNER: MeshVertexAttribute =
    MeshVertexAttribute::new("OrreryCellCorner", 774_120_931, VertexFormat::Uint32);

/// The only vertex attribute of plates: `cell * 4 + corner`. It tells the shader that they are plates.
pub(crate) const ATTRIBUTE_PLATE_CORNER: MeshVertexAttribute =
    MeshVertexAttribute::new("OrreryPlateCorner", 774_120_932, VertexFormat::Uint32);

/// A mesh of `cells` half cubes or plates.
fn cells_mesh(shape: CellShape, cells: u32) -> Mesh {
    let (attribute, corners) = match shape {
        CellShape::Cube => (ATTRIBUTE_CORNER, cells * CORNERS_PER_CUBE),
        CellShape::Plate => (ATTRIBUTE_PLATE_CORNER, cells * CORNERS_PER_PLATE),
    };
    let indices = (0..corners)
        .step_by(4)
        .flat_map(|face| [0, 1, 2, 2, 1, 3].map(|corner| face + corner))
        .collect();
    Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::RENDER_WORLD,
    )
    .with_inserted_attribute(attribute, (0..corners).collect::<Vec<u32>>())
    .with_inserted_indices(Indices::U32(indices))
}

/// The meshes in use, one for each shape and number of cells.
#[derive(Resource, Default)]
pub(crate) struct CellMeshes(HashMap<(CellShape, u32), Handle<Mesh>>);

impl CellMeshes {
    /// The mesh of so many cells.
    pub(crate) fn get(
        &mut self,
        meshes: &mut Assets<Mesh>,
        shape: CellShape,
        cells: u32,
    ) -> Handle<Mesh> {
        let mesh = self.0.entry((shape, cells));
        mesh.or_insert_with(|| meshes.add(cells_mesh(shape, cells)))
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_cube_has_three_faces_of_two_triangles() {
        let mesh = cells_mesh(CellShape::Cube, 5);
        assert_eq!(mesh.count_vertices(), 5 * 12);
        let indices: Vec<usize> = mesh.indices().unwrap().iter().collect();
        assert_eq!(indices.len(), 5 * 3 * 6);
        assert_eq!(indices.iter().max(), Some(&(5 * 12 - 1)));
    }

    #[test]
    fn a_plate_has_one_face_of_two_triangles() {
        let mesh = cells_mesh(CellShape::Plate, 5);
        assert_eq!(mesh.count_vertices(), 5 * 4);
        assert_eq!(mesh.indices().map(Indices::len), Some(5 * 6));
    }
}
