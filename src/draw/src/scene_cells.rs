//! The cells of a scene as entities, and the panels that draw them.
//!
//! A matrix is an entity; its cells are its children, and so are its bands: columns that are drawn
//! together by one panel. What draws a band is decided by the scene and the seconds alone, and so is
//! what it shows: a band is written anew when anything in it may have changed since it was last written.
//! A cell at rest costs nothing. A dense scene has no entity for each cell.

use std::{ops::Range, sync::Arc};

use bevy::prelude::*;
use orrery_pipeline::{CellPose, Group, Palette, Scene};

use crate::{
    cell_mesh::CellShape,
    flat_grid::{FlatGrid, grid_of},
    flat_panel::{FlatPanelKind, FlatPicture, flat_panel},
    panel::{PanelCell, panel, rewrite},
};

/// On an entity that is a group of the scene: a matrix.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// Index into [`Scene::groups`].
    pub group: usize,
}

/// On an entity that is a cell of a matrix, its parent.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatrixCell {
    /// Index into [`Scene::groups`].
    pub group: usize,
    /// From 0, from above.
    pub row: usize,
    /// From 0, from the left.
    pub column: usize,
}

/// How a cell looks now.
#[derive(Component, Clone, Copy, Debug, PartialEq, Deref)]
pub struct PosedCell(pub CellPose);

/// Cells and columns of a band at most; of a dense scene, whose cells may have a third of the corners, more. A
/// software rasterizer's memory for the corners of one draw then stays so small that its allocator keeps it from
/// frame to frame: larger draws cost a third more.
const BAND_CELLS: usize = 160;
const DENSE_BAND_CELLS: usize = 512;
const BAND_COLUMNS: usize = 16;
/// Bands of groups with at least this many cells are flat while nothing moves in them, and so are those of
/// dense scenes.
const LARGE: usize = 4_096;
/// A band is still if nothing moves in it for this long, in seconds of the stage.
const STILL_SECONDS: f32 = 0.5;

/// From one panel to the next, in units: to the viewer, and a little aside, for eyes that look along an axis.
const ORDER: Vec3 = Vec3::new(0.000_31, 0.000_17, 0.000_93);
/// The same between flat panels, which are moved by it.
const FLAT_ORDER: f32 = 0.1;

/// A scene in the world.
#[derive(Debug)]
pub struct SceneCells {
    scene: Arc<Scene>,
    matrices: Vec<MatrixOn>,
    bands: Vec<Band>,
}

/// A matrix in the world.
#[derive(Debug)]
struct MatrixOn {
    entity: Entity,
    /// Row by row; none in a dense scene.
    cells: Vec<Entity>,
}

/// The columns of a group that are drawn together.
#[derive(Debug)]
struct Band {
    group: usize,
    columns: Range<usize>,
    /// Panels are drawn back to front by where they are: each is so far from the one before, and its cells as far
    /// the other way. So the order of drawing is that of the bands, and of two cells in the same place, a copy and
    /// its original before they part, the later one is seen.
    offset: Vec3,
    written: Option<Written>,
    panel: Option<Entity>,
}

/// What a band was last written for.
#[derive(Clone, Copy, Debug)]
struct Written {
    /// Seconds of the stage.
    seconds: f32,
    palette: Palette,
    flat: bool,
}

impl SceneCells {
    /// Spawns the matrices of a scene under `root`, and their cells as they are at `seconds` of the stage.
    /// [`Self::follow`] draws them.
    pub fn spawn(world: &mut World, root: Entity, scene: Arc<Scene>, seconds: f32) -> Self {
        let most = if scene.is_dense() {
            DENSE_BAND_CELLS
        } else {
            BAND_CELLS
        };
        let mut matrices = Vec::with_capacity(scene.groups.len());
        let mut bands = Vec::new();
        for (index, group) in scene.groups.iter().enumerate() {
            let entity = world
                .spawn((
                    Name::new(name_of(group)),
                    Matrix { group: index },
                    Transform::default(),
                    Visibility::default(),
                    ChildOf(root),
                ))
                .id();
            let cells = if scene.is_dense() {
                Vec::new()
            } else {
                spawn_cells(world, entity, (index, group), seconds)
            };
            matrices.push(MatrixOn { entity, cells });
            let wide = (most / group.rows.max(1)).clamp(1, BAND_COLUMNS);
            bands.extend((0..group.columns).step_by(wide).map(|first| Band {
                group: index,
                columns: first..(first + wide).min(group.columns),
                offset: Vec3::ZERO,
                written: None,
                panel: None,
            }));
        }
        for (at, band) in bands.iter_mut().enumerate() {
            band.offset = at as f32 * ORDER;
        }
        Self {
            scene,
            matrices,
            bands,
        }
    }

    /// The scene.
    pub fn scene(&self) -> &Arc<Scene> {
        &self.scene
    }

    /// Takes another scene of the same matrices in the place of this one; [`Self::follow`] draws it. Where it has other
    /// matrices nothing happens and the answer is no.
    pub fn reshape(&mut self, scene: &Arc<Scene>) -> bool {
        if Arc::ptr_eq(&self.scene, scene) {
            return true;
        }
        let of = |scene: &Scene| -> Vec<_> {
            let shape = |group: &Group| (group.rows, group.columns, name_of(group));
            scene.groups.iter().map(shape).collect()
        };
        if self.scene.is_dense() != scene.is_dense() || of(&self.scene) != of(scene) {
            return false;
        }
        self.scene = scene.clone();
        for band in &mut self.bands {
            band.written = None;
        }
        true
    }

    /// Takes matrices, cells and panels out of the world.
    pub fn despawn(self, world: &mut World) {
        for matrix in self.matrices {
            world.despawn(matrix.entity);
        }
    }

    /// Poses and draws every cell as it is at `seconds` of the stage. `dense` is the shape of the cells of a
    /// dense scene, each of which has but a few pixels.
    pub fn follow(&mut self, world: &mut World, seconds: f32, palette: Palette, dense: CellShape) {
        let is_dense = self.scene.is_dense();
        let shape = if is_dense { dense } else { CellShape::Cube };
        let mut replaced = Vec::new();
        for band in &mut self.bands {
            let group = &self.scene.groups[band.group];
            let large = is_dense || group.cells() >= LARGE;
            let flat = large && !band.changes(group, seconds, seconds + STILL_SECONDS);
            let current = band.written.is_some_and(|written| {
                written.palette == palette
                    && written.flat == flat
                    && !band.changes(group, written.seconds, seconds)
            });
            if !current {
                let wanted = Written {
                    seconds,
                    palette,
                    flat,
                };
                let matrix = &self.matrices[band.group];
                replaced.extend(band.write(world, group, matrix, wanted, shape));
            }
        }
        // Only when all successors are in the world: what is spawned in the place of an entity that was despawned
        // in the same frame is not drawn (seen with Bevy 0.19.1).
        for panel in replaced {
            world.despawn(panel);
        }
    }
}

/// What an inspector calls a matrix.
fn name_of(group: &Group) -> String {
    let operand = group.layers.first().and_then(|layer| layer.operand());
    match operand {
        Some(operand) => operand.name().to_string(),
        None => format!("{:?}", group.role).to_lowercase(),
    }
}

fn spawn_cells(
    world: &mut World,
    matrix: Entity,
    (index, group): (usize, &Group),
    seconds: f32,
) -> Vec<Entity> {
    let places =
        (0..group.rows).flat_map(|row| (0..group.columns).map(move |column| (row, column)));
    let cells = places.map(|(row, column)| {
        (
            Name::new(format!("[{row}, {column}]")),
            MatrixCell {
                group: index,
                row,
                column,
            },
            PosedCell(group.pose(row, column, seconds)),
            ChildOf(matrix),
        )
    });
    world.spawn_batch(cells.collect::<Vec<_>>()).collect()
}

impl Band {
    /// Whether any of its cells may look different between two times.
    fn changes(&self, group: &Group, from: f32, to: f32) -> bool {
        let changing = group.columns_between(from, to);
        changing.start < self.columns.end && self.columns.start < changing.end
    }

    /// Poses its cells and lets a panel show them; returns the panel that did before, if it is another.
    fn write(
        &mut self,
        world: &mut World,
        group: &Group,
        matrix: &MatrixOn,
        wanted: Written,
        shape: CellShape,
    ) -> Option<Entity> {
        self.written = Some(wanted);
        let mut seen = Vec::with_capacity(group.rows * self.columns.len());
        for row in 0..group.rows {
            for column in self.columns.clone() {
                let pose = group.pose(row, column, wanted.seconds);
                let entity = matrix.cells.get(row * group.columns + column);
                if let Some(mut posed) = entity.and_then(|&cell| world.get_mut::<PosedCell>(cell)) {
                    posed.set_if_neq(PosedCell(pose));
                }
                let cell = PanelCell::posed(&pose, wanted.palette);
                if cell.is_seen() {
                    seen.push(cell);
                }
            }
        }
        let grid = wanted.flat.then(|| grid_of(&seen)).flatten();
        for cell in &mut seen {
            cell.transform.translation -= self.offset;
        }
        if let Some(panel) = self.panel
            && grid.is_none()
            && rewrite(world, panel, &seen)
        {
            return None;
        }
        let before = self.panel.take();
        let child = (ChildOf(matrix.entity), Name::new("band"));
        self.panel = match grid {
            _ if seen.is_empty() => None,
            Some(FlatGrid {
                transform,
                columns,
                tags,
            }) => {
                let place =
                    transform.with_translation(transform.translation + FLAT_ORDER * self.offset);
                FlatPicture::new(FlatPanelKind::Cells, columns, &tags)
                    .and_then(|picture| flat_panel(world, &picture))
                    .map(|flat| world.spawn((flat, place, child)).id())
            }
            None => panel(world, shape, &seen).map(|cells| {
                world
                    .spawn((cells, Transform::from_translation(self.offset), child))
                    .id()
            }),
        };
        before
    }
}
