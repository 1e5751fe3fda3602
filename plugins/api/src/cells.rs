//! The cells of the scene that is on, in the world. Whatever visualization shaped them, they are drawn in one way;
//! one that wants more than cells adds it with systems of its own.

use bevy::prelude::*;
use orrery_draw::{CellDetail, CellShape, DrawPlugin, SceneCells};

use crate::stage::{FollowStage, StageRoot, StageView};

/// Draws the cells of the scene that is on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CellsPlugin;

impl Plugin for CellsPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins(DrawPlugin)
            .init_resource::<StageCells>()
            .add_systems(Update, follow_stage.in_set(FollowStage));
    }
}

/// The cells of the scene that is on.
#[derive(Resource, Default)]
struct StageCells {
    /// The revision of the view they were spawned for.
    revision: Option<u64>,
    cells: Option<SceneCells>,
}

pub(crate) fn follow_stage(world: &mut World) {
    world.resource_scope(|world, mut on: Mut<StageCells>| {
        // the view is small: the scene in it is shared
        let view = world.resource::<StageView>().clone();
        // a scene of the same matrices, shaped in another way, keeps their entities
        let kept = match (&view.scene, &mut on.cells) {
            (Some(scene), Some(cells)) => cells.reshape(scene),
            _ => false,
        };
        if !kept && on.revision != Some(view.revision) {
            let root = world.resource::<StageRoot>().0;
            let new = view
                .scene
                .map(|scene| SceneCells::spawn(world, root, scene, view.seconds));
            // last: see `SceneCells::follow`
            if let Some(old) = std::mem::replace(&mut on.cells, new) {
                old.despawn(world);
            }
        }
        on.revision = Some(view.revision);
        // where each has but a few pixels, one face a cell is hardly another picture
        let dense = match world.resource::<CellDetail>() {
            CellDetail::Software => CellShape::Plate,
            CellDetail::Full => CellShape::Cube,
        };
        if let Some(cells) = &mut on.cells {
            cells.follow(world, view.seconds, view.palette, dense);
        }
    });
}
