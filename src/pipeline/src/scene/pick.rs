//! Which cell is seen along a ray at a time. What counts is how the cells are drawn: bars, cells in flight, dots
//! in the places of cells that are yet to be made.

use super::{Group, Scene, SceneCell};
use crate::motion::MotionKind;
use crate::ray::Ray;

/// A cell that a ray meets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Picked {
    /// The cell.
    pub cell: SceneCell,
    /// How far away it is met, in lengths of the ray's direction.
    pub distance: f32,
}

/// Cells that move within so many seconds of a time do not stand on their grid.
const AROUND: f32 = 1e-3;

impl Scene {
    /// The nearest cell that a ray meets at `s` seconds of the stage.
    pub fn pick(&self, ray: &Ray, s: f32) -> Option<Picked> {
        let mut nearest: Option<Picked> = None;
        for (index, group) in self.groups.iter().enumerate() {
            group.each_along(ray, s, &mut |row, column| {
                let pose = group.pose(row, column, s);
                if !pose.visible() {
                    return;
                }
                let Some((distance, _)) = ray.through_box(pose.position, pose.size) else {
                    return;
                };
                if nearest.is_none_or(|before| distance < before.distance) {
                    let cell = SceneCell {
                        group: index,
                        row,
                        column,
                    };
                    nearest = Some(Picked { cell, distance });
                }
            });
        }
        nearest
    }
}

impl Group {
    /// Names the cells that a ray may meet at `s`: all that may be away from their grid, and those on the grid
    /// over which it passes.
    fn each_along(&self, ray: &Ray, s: f32, name: &mut dyn FnMut(usize, usize)) {
        let moving = if self.left_its_grid(s) {
            0..self.columns
        } else {
            self.columns_between(s - AROUND, s + AROUND)
        };
        for row in 0..self.rows {
            for column in moving.clone() {
                name(row, column);
            }
        }
        if moving.len() == self.columns {
            return;
        }
        let grid = self.placement_at(s);
        for cell in grid.cells_along(ray, self.size()) {
            if !moving.contains(&cell.column) {
                name(cell.row, cell.column);
            }
        }
    }

    /// Whether cells stand elsewhere than on the grid even when nothing moves.
    fn left_its_grid(&self, s: f32) -> bool {
        let shaped = self.shape.is_some() || !self.blends.is_empty();
        shaped
            || self.motions.iter().any(|motion| {
                let leaves = matches!(
                    motion.kind,
                    MotionKind::Reshape(..) | MotionKind::Choose(..)
                );
                leaves && motion.window().0 <= s
            })
    }
}
