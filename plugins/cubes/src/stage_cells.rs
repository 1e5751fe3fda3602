//! Spawns the cells of the scene that is on and poses those that move. A group in which nothing
//! moves is not touched; if it is large and stays still, it rests as one panel.

use bevy::{
    ecs::{entity_disabling::Disabled, query::Allow},
    mesh::MeshTag,
    prelude::*,
};
use orrery_pipeline::{Palette, Scene};
use orrery_plugin_api::{Matrix, MatrixCell, StageView, tag_of, transform_of};

use crate::{
    plugin::CubeAssets,
    rest::{CellGroup, Resting},
};

/// Groups of at least this many cells rest as a panel while nothing moves in them.
const WORTH_A_PANEL: usize = 64;
/// A group comes to rest if nothing moves in it for this long, in seconds of the stage.
const STILL_SECONDS: f32 = 0.5;

/// Cells that come to rest before they were ever drawn are not drawn when they wake (seen with Bevy
/// 0.19.1): they are drawn this many times first.
const FRAMES_BEFORE_REST: u32 = 3;

/// What of the show the cells now follow.
#[derive(Resource, Default)]
pub(crate) struct Followed {
    revision: Option<u64>,
    palette: Palette,
    /// The matrices' entities, by group.
    matrices: Vec<Entity>,
    /// Frames since its cells were spawned.
    frames: u32,
    /// For each group, when it was last posed (seconds of the stage).
    posed: Vec<f32>,
}

/// When cells follow the show; the app orders it after its clock.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FollowStage;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Followed>()
        .init_resource::<StageView>()
        .add_systems(
            Update,
            (set_stage, wake, pose_cells, rest)
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
    for matrix in std::mem::take(&mut followed.matrices) {
        if let Ok(group) = groups.get(matrix) {
            for &cell in &group.cells {
                commands.entity(cell).despawn();
            }
        }
        commands.entity(matrix).despawn();
    }
    followed.frames = 0;
    followed.revision = Some(view.revision);
    followed.palette = view.palette;
    followed.posed.clear();
    let Some(scene) = view.scene.as_deref() else {
        return;
    };
    for (index, group) in scene.groups.iter().enumerate() {
        let mut cells = Vec::with_capacity(group.cells());
        for row in 0..group.rows {
            for column in 0..group.columns {
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
        let matrix = commands
            .spawn((Matrix { group: index }, CellGroup { cells }))
            .id();
        followed.matrices.push(matrix);
        followed.posed.push(view.seconds);
    }
}

/// Whether a group has nothing to do for a while.
fn still(scene: &Scene, group: usize, seconds: f32) -> bool {
    scene.groups.get(group).is_some_and(|group| {
        group.cells() >= WORTH_A_PANEL && !group.changes_between(seconds, seconds + STILL_SECONDS)
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
    for (index, &matrix) in followed.matrices.iter().enumerate() {
        let changed = scene.groups[index].changes_between(followed.posed[index], view.seconds);
        if resting.contains(matrix) && (changed || !still(scene, index, view.seconds)) {
            commands.entity(matrix).remove::<Resting>();
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
    for (index, &matrix) in followed.matrices.iter().enumerate() {
        if !resting.contains(matrix) && still(scene, index, view.seconds) {
            commands.entity(matrix).insert(Resting);
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
    let Followed {
        matrices, posed, ..
    } = &mut *followed;
    for (index, &matrix) in matrices.iter().enumerate() {
        let Ok(group) = groups.get(matrix) else {
            continue;
        };
        let from = std::mem::replace(&mut posed[index], view.seconds);
        let shown = &scene.groups[index];
        let columns = shown.columns_between(from, view.seconds);
        if columns.is_empty() {
            continue;
        }
        for row in group.cells.chunks(shown.columns) {
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
