//! Whether resting cells stand in a flat grid without holes, so that one flat panel can stand in for them.

use bevy::prelude::*;

use crate::{
    cell_tag::{CellStyle, CellTag},
    panel::PanelCell,
};

/// A full grid of cells that face +z.
#[derive(Debug, PartialEq)]
pub(crate) struct FlatGrid {
    /// Place and size of the whole.
    pub transform: Transform,
    /// Cells in a row.
    pub columns: usize,
    /// The cells row by row, from the upper left.
    pub tags: Vec<CellTag>,
}

/// How far a cell may stand from its place, as a share of the distance of neighbours.
const TOLERANCE: f32 = 0.02;
/// A flat panel leaves this share of the distance of neighbours between them; cells that fill much less of
/// it would look larger on it than they are.
const LEAST_FILLED: f32 = 0.8;

/// The grid in which the cells stand, if they do.
pub(crate) fn grid_of(cells: &[PanelCell]) -> Option<FlatGrid> {
    let first = cells.first()?;
    let size = first.transform.scale;
    let alike = |cell: &PanelCell| {
        cell.transform.rotation == Quat::IDENTITY
            && (cell.transform.scale - size).abs().max_element() < TOLERANCE * size.x
            && cell.tag.style != CellStyle::Ghost
    };
    if (size.x - size.y).abs() > TOLERANCE * size.x || !cells.iter().all(alike) {
        return None;
    }
    let places = || cells.iter().map(|cell| cell.transform.translation);
    let least = places().reduce(Vec3::min)?;
    let most = places().reduce(Vec3::max)?;
    if most.z - least.z > TOLERANCE * size.x {
        return None;
    }
    // the distance of neighbours: cells of a matrix stand as close along rows as along columns
    let pitch = places()
        .map(|place| place.xy().distance(first.transform.translation.xy()))
        .filter(|&away| away > TOLERANCE * size.x)
        .reduce(f32::min)?;
    if size.x < LEAST_FILLED * pitch {
        return None;
    }
    let count = |length: f32| (length / pitch).round() as usize + 1;
    let (columns, rows) = (count(most.x - least.x), count(most.y - least.y));
    if columns * rows != cells.len() {
        return None;
    }
    let mut tags = vec![None; cells.len()];
    for cell in cells {
        let place = cell.transform.translation;
        let (across, down) = ((place.x - least.x) / pitch, (most.y - place.y) / pitch);
        let off = (across - across.round())
            .abs()
            .max((down - down.round()).abs());
        if off > TOLERANCE {
            return None;
        }
        let at = down.round() as usize * columns + across.round() as usize;
        *tags.get_mut(at)? = Some(cell.tag);
    }
    Some(FlatGrid {
        transform: Transform::from_translation(least.midpoint(most)).with_scale(Vec3::new(
            columns as f32 * pitch,
            rows as f32 * pitch,
            size.z,
        )),
        columns,
        // a hole or two cells in one place: no grid
        tags: tags.into_iter().collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(x: f32, y: f32, value: u8) -> PanelCell {
        PanelCell {
            transform: Transform::from_xyz(x, y, 2.0).with_scale(Vec3::splat(0.9)),
            tag: CellTag::solid([value, 0, 0]),
        }
    }

    #[test]
    fn a_lying_matrix_is_read_from_its_upper_left() {
        // row by row of a matrix whose rows run downwards on the stage
        let cells: Vec<PanelCell> = (0..3u8)
            .flat_map(|row| (0..4u8).map(move |c| cell(f32::from(row), -f32::from(c), row * 4 + c)))
            .collect();
        let grid = grid_of(&cells).unwrap();
        assert_eq!(grid.columns, 3);
        let values: Vec<u8> = grid.tags.iter().map(|tag| tag.colour[0]).collect();
        assert_eq!(values, [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
        assert_eq!(grid.transform.translation, Vec3::new(1.0, -1.5, 2.0));
        assert_eq!(grid.transform.scale, Vec3::new(3.0, 4.0, 0.9));
    }

    #[test]
    fn what_is_no_full_flat_grid_is_none() {
        let full: Vec<PanelCell> = (0..6u8)
            .map(|i| cell(f32::from(i % 3), -f32::from(i / 3), i))
            .collect();
        assert!(grid_of(&full).is_some());
        assert_eq!(grid_of(&full[..5]), None, "a hole");
        let spoiled = |change: fn(&mut PanelCell)| {
            let mut cells = full.clone();
            change(&mut cells[4]);
            grid_of(&cells)
        };
        assert_eq!(spoiled(|cell| cell.transform.translation.z += 0.5), None);
        assert_eq!(spoiled(|cell| cell.transform.translation.x += 0.3), None);
        assert_eq!(spoiled(|cell| cell.transform.translation.x -= 1.0), None);
        assert_eq!(spoiled(|cell| cell.transform.scale *= 0.5), None);
        assert_eq!(
            spoiled(|cell| cell.tag = cell.tag.with_style(CellStyle::Ghost)),
            None
        );
        assert_eq!(grid_of(&[]), None);
    }
}
