//! Where the cells of a matrix stand in the world. One unit is the distance of two neighbouring
//! cells; x points right, y up, z to the viewer.

use crate::bounds::Bounds;
use std::ops::RangeInclusive;

use glam::Vec3;

use crate::operation::{Cell, Size};
use crate::ray::Ray;

/// A flat grid of cells, possibly folded into bands of columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Centre of the cell at row 0, column 0.
    pub origin: Vec3,
    /// Step from one column to the next.
    pub right: Vec3,
    /// Step from one row to the next.
    pub down: Vec3,
    /// After this many columns the next band begins.
    pub columns_per_band: usize,
    /// Step from one band to the next.
    pub band: Vec3,
    /// Edge of a cell, in units.
    pub cell_size: f32,
}

/// Edge of a cell: what is left of a unit after the gap.
pub const CELL_SIZE: f32 = 0.93;

impl Placement {
    /// A grid that faces the viewer, its first cell at `(x, y)`.
    pub fn at(x: f32, y: f32) -> Self {
        Self {
            origin: Vec3::new(x, y, 0.0),
            right: Vec3::X,
            down: Vec3::NEG_Y,
            columns_per_band: usize::MAX,
            band: Vec3::ZERO,
            cell_size: CELL_SIZE,
        }
    }

    /// The same grid with rows and columns exchanged: cell (r, c) stands where (c, r) stood.
    pub fn transposed(self) -> Self {
        Self {
            right: self.down,
            down: self.right,
            ..self
        }
    }

    /// Folds the columns into bands of `columns`, each `offset` from the one before.
    pub fn folded(self, columns: usize, offset: Vec3) -> Self {
        Self {
            columns_per_band: columns.max(1),
            band: offset,
            ..self
        }
    }

    /// Moved as a whole.
    pub fn shifted(self, by: Vec3) -> Self {
        Self {
            origin: self.origin + by,
            ..self
        }
    }

    /// Cells and distances multiplied by `factor`; the first cell's centre stays.
    pub fn scaled(self, factor: f32) -> Self {
        Self {
            right: self.right * factor,
            down: self.down * factor,
            band: self.band * factor,
            cell_size: self.cell_size * factor,
            ..self
        }
    }

    /// The grid of the part that begins at this row and column (of an unfolded grid).
    pub fn part(self, row: usize, column: usize) -> Self {
        Self {
            origin: self.position(row, column),
            ..self
        }
    }

    /// Centre of a cell.
    pub fn position(&self, row: usize, column: usize) -> Vec3 {
        let (band, column) = if column < self.columns_per_band {
            (0, column)
        } else {
            (
                column / self.columns_per_band,
                column % self.columns_per_band,
            )
        };
        self.origin + self.right * column as f32 + self.down * row as f32 + self.band * band as f32
    }

    /// The inverse of [`Placement::position`]: the first cell of a grid of this size that a ray meets, and how
    /// many lengths of its direction away. Between the cells there is nothing to meet.
    pub fn cell_at(&self, ray: &Ray, size: Size) -> Option<(Cell, f32)> {
        let edge = Vec3::splat(self.cell_size);
        let mut nearest: Option<(Cell, f32)> = None;
        for cell in self.cells_along(ray, size) {
            let met = ray.through_box(self.position(cell.row, cell.column), edge);
            if let Some((distance, _)) = met
                && nearest.is_none_or(|(_, before)| distance < before)
            {
                nearest = Some((cell, distance));
            }
        }
        nearest
    }

    /// The cells of a `rows × columns` grid that a ray may meet: those over which it passes between the grid's
    /// front and its back.
    pub fn cells_along(&self, ray: &Ray, size: Size) -> Vec<Cell> {
        let Size { rows, columns } = size;
        let mut cells = Vec::new();
        if rows == 0 || columns == 0 {
            return cells;
        }
        let wide = self.columns_per_band.min(columns);
        for band in 0..columns.div_ceil(wide) {
            let first = band * wide;
            let width = wide.min(columns - first);
            let Some((across, along)) = self.passed(ray, self.position(0, first)) else {
                continue;
            };
            for row in indices(&along, rows) {
                let here = indices(&across, width);
                cells.extend(here.map(|column| Cell::new(row, first + column)));
            }
        }
        cells
    }

    /// Over which part of a band with its first cell here a ray passes: columns and rows, with fractions.
    fn passed(&self, ray: &Ray, first: Vec3) -> Option<(RangeInclusive<f32>, RangeInclusive<f32>)> {
        let normal = self.right.cross(self.down).normalize_or_zero();
        let depth = (first - ray.origin).dot(normal);
        let speed = ray.direction.dot(normal);
        if speed.abs() <= 1e-9 * ray.direction.length() {
            // along the grid: it passes over all of it, or over nothing
            let all = || f32::NEG_INFINITY..=f32::INFINITY;
            return (depth.abs() <= self.cell_size * 0.5).then(|| (all(), all()));
        }
        // by more than half a cell, so that rounding loses none
        let half = self.cell_size * 0.501;
        let [front, back] = [depth - half, depth + half].map(|depth| {
            let from_first = ray.at(depth / speed) - first;
            let along = |step: Vec3| from_first.dot(step) / step.length_squared().max(1e-12);
            (along(self.right), along(self.down))
        });
        let between = |a: f32, b: f32| a.min(b)..=a.max(b);
        Some((between(front.0, back.0), between(front.1, back.1)))
    }

    /// The smallest box around all cells of a grid of this size.
    pub fn bounds(&self, size: Size) -> Bounds {
        let Size { rows, columns } = size;
        let half = Vec3::splat(self.cell_size * 0.5);
        let (last_row, last_column) = (rows.saturating_sub(1), columns.saturating_sub(1));
        let widest = last_column.min(self.columns_per_band.saturating_sub(1));
        let corners = [
            self.position(0, 0),
            self.position(last_row, 0),
            self.position(0, widest),
            self.position(last_row, widest),
            self.position(0, last_column),
            self.position(last_row, last_column),
        ];
        corners
            .into_iter()
            .chain((last_column > widest).then(|| {
                // the last band's first column reaches as far as the first band's
                self.position(last_row, last_column - last_column % self.columns_per_band)
            }))
            .fold(
                Bounds::new(corners[0] - half, corners[0] + half),
                |bounds, p| bounds.union(Bounds::new(p - half, p + half)),
            )
    }
}

/// Which of so many cells in a line lie within these places along it, each as wide as a step.
fn indices(places: &RangeInclusive<f32>, count: usize) -> std::ops::Range<usize> {
    let first = (places.start() - 0.5).ceil().max(0.0) as usize;
    let behind = (places.end() + 0.5).floor() + 1.0;
    first..(behind.max(0.0) as usize).min(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_ray_towards_a_cell_meets_that_cell(
            rows in 1usize..20, columns in 1usize..40, band in 1usize..50, transposed: bool,
            scale in 0.3f32..3.0, eye in prop::array::uniform3(-1.0f32..1.0), at in 0usize..800,
        ) {
            let mut placement = Placement::at(3.0, -2.0);
            if transposed {
                placement = placement.transposed();
            } else {
                placement = placement.folded(band, Vec3::new(0.0, -30.0, 0.0));
            }
            let placement = placement.scaled(scale);
            let (row, column) = (at / columns % rows, at % columns);
            let centre = placement.position(row, column);
            // not so much from the side that a neighbour hides it
            let origin = centre + Vec3::new(eye[0] * 10.0, eye[1] * 10.0, 40.0 + eye[2] * 10.0);
            let ray = Ray { origin, direction: centre - origin };
            let (cell, distance) = placement.cell_at(&ray, Size::new(rows, columns)).expect("a cell");
            prop_assert_eq!(cell, Cell::new(row, column));
            prop_assert!(distance < 1.0 && distance > 0.8);
            // all others that it meets are among those it passes over, however it comes
            let steep = Ray { origin: centre + Vec3::from(eye) * 30.0, direction: Vec3::from(eye) * -30.0 };
            let along = placement.cells_along(&steep, Size::new(rows, columns));
            for r in 0..rows {
                for c in 0..columns {
                    let met = steep.through_box(placement.position(r, c), Vec3::splat(placement.cell_size));
                    prop_assert!(met.is_none() || along.contains(&Cell::new(r, c)), "{r}, {c}");
                }
            }
        }

        #[test]
        fn every_cell_lies_within_the_bounds(
            rows in 1usize..20, columns in 1usize..40, band in 1usize..50, transposed: bool,
        ) {
            let mut placement =
                Placement::at(3.0, -2.0).folded(band, Vec3::new(0.0, -30.0, 0.0));
            if transposed {
                placement = Placement::at(3.0, -2.0).transposed();
            }
            let Bounds { least, most } = placement.bounds(Size::new(rows, columns));
            for r in 0..rows {
                for c in 0..columns {
                    let p = placement.position(r, c);
                    prop_assert!(p.cmpge(least).all() && p.cmple(most).all(), "{r},{c}: {p}");
                }
            }
        }

        #[test]
        fn no_two_cells_share_a_place(columns in 1usize..40, band in 1usize..50) {
            let placement = Placement::at(0.0, 0.0).folded(band, Vec3::new(0.0, -30.0, 0.0));
            for a in 0..columns {
                for b in 0..a {
                    let distance = placement.position(0, a).distance(placement.position(0, b));
                    prop_assert!(distance > 0.99, "{a} and {b}");
                }
            }
        }
    }

    #[test]
    fn transposing_exchanges_rows_and_columns() {
        let placement = Placement::at(1.0, 2.0);
        assert_eq!(
            placement.position(2, 5),
            placement.transposed().position(5, 2)
        );
    }
}
