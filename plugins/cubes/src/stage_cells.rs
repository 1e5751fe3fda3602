//! Spawns the cells of the scene that is on and poses those that move. A group in which nothing
//! moves is not touched; if it is large and stays still, it rests as one panel. A very large group is
//! divided into bands of columns that rest for themselves, each as one flat panel: of a matrix that walks
//! column by column only the columns under way are cubes.

use std::ops::Range;

use bevy::{
    ecs::{entity_disabling::Disabled, query::Allow},
    mesh::MeshTag,
    prelude::*,
};
use orrery_pipeline::{Group, Palette, Scene};
use orrery_plugin_api::{Matrix, MatrixCell, StageView, tag_of, transform_of};

use crate::{
    dense_cells::{self, DenseBands},
    plugin::CubeAssets,
    rest::{CellGroup, Resting, RestsFlat},
};

/// Groups of at least this many cells rest as a panel while nothing moves in them.
const WORTH_A_PANEL: usize = 64;
/// Groups of at least this many cells are divided into bands of so many columns.
const WORTH_BANDS: usize = 4_096;
const BAND_COLUMNS: usize = 16;
/// A group comes to rest if nothing moves in it for this long, in seconds of the stage.
pub(crate) const STILL_SECONDS: f32 = 0.5;

/// Cells that come to rest before they were ever drawn are not drawn when they wake (seen with Bevy
/// 0.19.1): they are drawn this many times first.
const FRAMES_BEFORE_REST: u32 = 3;

/// What of the show the cells now follow.
#[derive(Resource, Default)]
pub(crate) struct Followed {
    revision: Option<u64>,
    palette: Palette,
    /// The groups, large ones in bands.
    bands: Vec<Band>,
    /// Frames since its cells were spawned.
    frames: u32,
}

/// The columns of a group that rest and wake together.
struct Band {
    /// The entity of the matrix.
    entity: Entity,
    /// Index of the group.
    group: usize,
    /// Which of its columns.
    columns: Range<usize>,
    /// When it was last posed (seconds of the stage).
    posed: f32,
}

impl Band {
    /// Its columns that may look different between two times.
    fn columns_between(&self, group: &Group, from: f32, to: f32) -> Range<usize> {
        let changing = group.columns_between(from, to);
        let start = changing.start.max(self.columns.start);
        start..changing.end.min(self.columns.end).max(start)
    }
}

/// When cells follow the show; the app orders it after its clock.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FollowStage;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Followed>()
        .init_resource::<StageView>()
        .init_resource::<DenseBands>()
        .add_systems(
            Update,
            (set_stage, wake, pose_cells, rest, dense_cells::follow)
                .chain()
                .in_set(FollowStage),
        );
}

/// A new scene: all cells of the old one leave, those of the new one come, posed.
fn set_stage(
    mut commands: Commands,
    view: Res<StageView>,
    cubes: Res<CubeAssets>,
    mut followed: ResMut<Followed>,
    groups: Query<&CellGroup>,
) {
    let same = followed.revision == Some(view.revision) && followed.palette == view.palette;
    if same {
        return;
    }
    for band in std::mem::take(&mut followed.bands) {
        if let Ok(group) = groups.get(band.entity) {
            for &cell in &group.cells {
                commands.entity(cell).despawn();
            }
        }
        commands.entity(band.entity).despawn();
    }
    followed.frames = 0;
    followed.revision = Some(view.revision);
    followed.palette = view.palette;
    // what is too many for entities is drawn by `dense_cells`
    let few = view.scene.as_deref().filter(|scene| !scene.is_dense());
    let Some(scene) = few else {
        return;
    };
    for (index, group) in scene.groups.iter().enumerate() {
        let large = group.cells() >= WORTH_BANDS;
        let wide = if large { BAND_COLUMNS } else { group.columns };
        for first in (0..group.columns).step_by(wide.max(1)) {
            let columns = first..(first + wide).min(group.columns);
            let mut cells = Vec::with_capacity(columns.len() * group.rows);
            for row in 0..group.rows {
                for column in columns.clone() {
                    let pose = group.pose(row, column, view.seconds);
                    let cell = cubes.cell(transform_of(&pose), tag_of(&pose, view.palette));
                    let place = MatrixCell {
                        group: index,
                        row,
                        column,
                    };
                    cells.push(commands.spawn((cell, place)).id());
                }
            }
            let mut matrix = commands.spawn((Matrix { group: index }, CellGroup { cells }));
            if large {
                matrix.insert(RestsFlat);
            }
            let entity = matrix.id();
            followed.bands.push(Band {
                entity,
                group: index,
                columns,
                posed: view.seconds,
            });
        }
    }
}

/// Whether a band has nothing to do for a while.
fn still(scene: &Scene, band: &Band, seconds: f32) -> bool {
    scene.groups.get(band.group).is_some_and(|group| {
        group.cells() >= WORTH_A_PANEL
            && band
                .columns_between(group, seconds, seconds + STILL_SECONDS)
                .is_empty()
    })
}

/// Wakes groups that have changed since they came to rest, or soon will.
fn wake(
    mut commands: Commands,
    view: Res<StageView>,
    followed: Res<Followed>,
    resting: Query<(), With<Resting>>,
) {
    let Some(scene) = view.scene.as_deref() else {
        return;
    };
    for band in &followed.bands {
        let shown = &scene.groups[band.group];
        let (from, to) = (band.posed, view.seconds);
        let changed = || !band.columns_between(shown, from, to).is_empty();
        if resting.contains(band.entity) && (changed() || !still(scene, band, to)) {
            commands.entity(band.entity).remove::<Resting>();
        }
    }
}

/// Lays groups to rest that are posed and have nothing to do for a while.
fn rest(
    mut commands: Commands,
    view: Res<StageView>,
    mut followed: ResMut<Followed>,
    resting: Query<(), With<Resting>>,
) {
    let Some(scene) = view.scene.as_deref() else {
        return;
    };
    followed.frames = followed.frames.saturating_add(1);
    if followed.frames < FRAMES_BEFORE_REST {
        return;
    }
    for band in &followed.bands {
        if !resting.contains(band.entity) && still(scene, band, view.seconds) {
            commands.entity(band.entity).insert(Resting);
        }
    }
}

/// Poses the cells of the groups that change between the last time and this one.
fn pose_cells(
    view: Res<StageView>,
    mut followed: ResMut<Followed>,
    groups: Query<&CellGroup, Without<Resting>>,
    // cells of a group that has just been woken may still be disabled when they are posed
    mut cells: Query<(&MatrixCell, &mut Transform, &mut MeshTag), Allow<Disabled>>,
) {
    let Some(scene) = view.scene.as_deref() else {
        return;
    };
    for band in &mut followed.bands {
        let Ok(group) = groups.get(band.entity) else {
            continue;
        };
        let shown = &scene.groups[band.group];
        let from = std::mem::replace(&mut band.posed, view.seconds);
        let columns = band.columns_between(shown, from, view.seconds);
        if columns.is_empty() {
            continue;
        }
        let columns = columns.start - band.columns.start..columns.end - band.columns.start;
        for row in group.cells.chunks(band.columns.len()) {
            for &cell in row.get(columns.clone()).unwrap_or_default() {
                let Ok((place, mut transform, mut tag)) = cells.get_mut(cell) else {
                    continue;
                };
                let pose = shown.pose(place.row, place.column, view.seconds);
                transform.set_if_neq(transform_of(&pose));
                tag.set_if_neq(tag_of(&pose, view.palette).into());
            }
        }
    }
}
