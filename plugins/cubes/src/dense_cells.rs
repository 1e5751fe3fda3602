//! A dense scene: too many cells for entities. Each group, in bands of columns, is one panel: written anew while
//! anything moves in it, and flat while nothing does. What is drawn depends on the time alone.

use std::ops::Range;

use bevy::{camera::visibility::NoFrustumCulling, prelude::*};
use orrery_pipeline::{Group, Palette, Scene};
use orrery_plugin_api::{Matrix, StageView, tag_of, transform_of};

use crate::{
    cell_material::CellDetail,
    cell_mesh::CellShape,
    flat_grid::grid_of,
    panel::{PanelCell, panel, rewrite},
    rest::{NO_SIZE, spawn_flat},
    stage_cells::STILL_SECONDS,
};

/// Cells and columns of a band at most. A software rasterizer's memory for the corners of one draw then stays so
/// small that its allocator keeps it from frame to frame: larger draws cost a third more.
const BAND_CELLS: usize = 512;
const BAND_COLUMNS: usize = 16;

/// The bands of the dense scene that is on; empty while another is.
#[derive(Resource, Default)]
pub(crate) struct DenseBands {
    revision: Option<u64>,
    palette: Palette,
    bands: Vec<Band>,
}

/// The columns of a group that are drawn together.
struct Band {
    group: usize,
    columns: Range<usize>,
    /// When it was last posed (seconds of the stage); never before the first time.
    posed: Option<f32>,
    drawn: Drawn,
    /// It is still and stands in no flat grid: it stays cells.
    settled: bool,
}

/// What stands for a band.
#[derive(Clone, Copy, PartialEq)]
enum Drawn {
    /// Nothing of it is to be seen.
    Nothing,
    /// A panel of cells that may be written anew.
    Cells(Entity),
    /// A flat panel.
    Flat(Entity),
}

impl Drawn {
    fn entity(self) -> Option<Entity> {
        match self {
            Self::Nothing => None,
            Self::Cells(entity) | Self::Flat(entity) => Some(entity),
        }
    }
}

impl Band {
    /// Whether any of its cells may look different between two times.
    fn changes(&self, group: &Group, from: f32, to: f32) -> bool {
        let changing = group.columns_between(from, to);
        changing.start < self.columns.end && self.columns.start < changing.end
    }

    fn cells(&self, group: &Group, view: &StageView) -> Vec<PanelCell> {
        let mut cells = Vec::with_capacity(group.rows * self.columns.len());
        for row in 0..group.rows {
            for column in self.columns.clone() {
                let pose = group.pose(row, column, view.seconds);
                cells.push(PanelCell {
                    transform: transform_of(&pose),
                    tag: tag_of(&pose, view.palette),
                });
            }
        }
        cells
    }
}

/// Follows the stage, if its scene is dense.
pub(crate) fn follow(world: &mut World) {
    world.resource_scope(|world, mut dense: Mut<DenseBands>| {
        // the view is small: the scene in it is shared
        let view = world.resource::<StageView>().clone();
        let scene = view.scene.clone().filter(|scene| scene.is_dense());
        if dense.revision != Some(view.revision) || dense.palette != view.palette {
            dense.revision = Some(view.revision);
            dense.palette = view.palette;
            for entity in dense.bands.drain(..).filter_map(|band| band.drawn.entity()) {
                world.despawn(entity);
            }
            dense.bands = scene.as_deref().map(bands).unwrap_or_default();
        }
        let Some(scene) = scene else {
            return;
        };
        for band in &mut dense.bands {
            draw(world, band, &scene.groups[band.group], &view);
        }
    });
}

fn bands(scene: &Scene) -> Vec<Band> {
    let groups = scene.groups.iter().enumerate();
    groups
        .flat_map(|(index, group)| {
            let wide = (BAND_CELLS / group.rows.max(1)).clamp(1, BAND_COLUMNS);
            (0..group.columns).step_by(wide).map(move |first| Band {
                group: index,
                columns: first..(first + wide).min(group.columns),
                posed: None,
                drawn: Drawn::Nothing,
                settled: false,
            })
        })
        .collect()
}

/// Draws a band as it is at the time of the view; does nothing where it is drawn so already.
fn draw(world: &mut World, band: &mut Band, group: &Group, view: &StageView) {
    let now = view.seconds;
    let still = !band.changes(group, now, now + STILL_SECONDS);
    let first = band.posed.is_none();
    let changed = band.changes(group, band.posed.unwrap_or(now), now);
    band.posed = Some(now);
    let wakes = !still && matches!(band.drawn, Drawn::Flat(_));
    let may_rest = still && matches!(band.drawn, Drawn::Cells(_)) && !band.settled;
    if !(first || changed || wakes || may_rest) {
        return;
    }
    band.settled = still;
    let cells = band.cells(group, view);
    let seen = |cell: &&PanelCell| cell.transform.scale.min_element() > NO_SIZE;
    let visible: Vec<PanelCell> = cells.iter().filter(seen).copied().collect();
    if visible.is_empty() {
        replace(world, band, Drawn::Nothing);
        return;
    }
    if still && let Some(grid) = grid_of(&visible) {
        if matches!(band.drawn, Drawn::Flat(_)) && !changed {
            return;
        }
        if let Some(flat) = spawn_flat(world, &grid) {
            replace(world, band, Drawn::Flat(flat));
            return;
        }
    }
    let shape = match *world.resource::<CellDetail>() {
        CellDetail::Software => CellShape::Plate,
        CellDetail::Full => CellShape::Cube,
    };
    if let Drawn::Cells(entity) = band.drawn {
        if changed {
            rewrite(world, entity, shape, &visible);
        }
        return;
    }
    // with room for all, seen now or later
    let Some(panel) = panel(world, shape, &cells) else {
        return;
    };
    // its cells move about: it has no bounds to be culled by
    let entity = world.spawn((panel, NoFrustumCulling)).id();
    rewrite(world, entity, shape, &visible);
    replace(world, band, Drawn::Cells(entity));
}

/// Lets something else stand for a band.
fn replace(world: &mut World, band: &mut Band, drawn: Drawn) {
    if let Some(entity) = std::mem::replace(&mut band.drawn, drawn).entity() {
        world.despawn(entity);
    }
    if let Some(entity) = drawn.entity() {
        world
            .entity_mut(entity)
            .insert(Matrix { group: band.group });
    }
}
