//! The half cube that every cell is drawn with: three faces of four corners, told apart by a number.

use bevy::{
    asset::RenderAssetUsages,
    mesh::{Indices, MeshVertexAttribute, PrimitiveTopology, VertexFormat},
    prelude::*,
};

/// Corners of one half cube: three faces of four.
pub(crate) const CORNERS_PER_CELL: u32 = 12;

/// The only vertex attribute: `cell * 12 + face * 4 + corner`. The shader knows the rest.
pub(crate) const ATTRIBUTE_CORNER: MeshVertexAttribute =
    MeshVertexAttribute::new("OrreryCellCorner", 774_120_931, VertexFormat::Uint32);

/// A mesh of `cells` half cubes; the mesh of a single cell has one, a panel's has many.
pub(crate) fn half_cubes(cells: u32) -> Mesh {
    let corners: Vec<u32> = (0..cells * CORNERS_PER_CELL).collect();
    let indices = (0..cells * CORNERS_PER_CELL)
        .step_by(4)
        .flat_map(|face| [0, 1, 2, 2, 1, 3].map(|corner| face + corner))
        .collect();
    Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::RENDER_WORLD,
    )
    .with_inserted_attribute(ATTRIBUTE_CORNER, corners)
    .with_inserted_indices(Indices::U32(indices))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_cube_has_three_faces_of_two_triangles() {
        let mesh = half_cubes(5);
        assert_eq!(mesh.count_vertices(), 5 * 12);
        let indices: Vec<usize> = mesh.indices().unwrap().iter().collect();
        assert_eq!(indices.len(), 5 * 3 * 6);
        assert_eq!(indices.iter().max(), Some(&(5 * 12 - 1)));
    }
}
