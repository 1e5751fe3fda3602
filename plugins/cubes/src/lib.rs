//! The standard block visualization: every cell of a matrix is a cube in the colour of its value, where
//! the scene says. How cells get onto the screen is orrery-draw's; here lives only what makes them cubes.

use bevy::prelude::*;
use orrery_draw::{CellShape, DrawPlugin, SceneCells};
use orrery_plugin_api::{
    CellDetail, FollowStage, RegisterVisualization, StageRoot, StageView, Visualization,
};

/// Draws the scene that is on as cubes.
#[derive(Clone, Copy, Debug, Default)]
pub struct CubesPlugin;

impl Plugin for CubesPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins(DrawPlugin)
            .register_visualization(Visualization {
                identifier: "cubes",
                display_name: "Cubes",
                help: "Every number is a cube in the colour of its value.",
            })
            .init_resource::<Cubes>()
            .add_systems(Update, follow_stage.in_set(FollowStage));
    }
}

/// The cells of the scene that is on.
#[derive(Resource, Default)]
struct Cubes {
    /// The revision of the view they were spawned for.
    revision: Option<u64>,
    cells: Option<SceneCells>,
}

fn follow_stage(world: &mut World) {
    world.resource_scope(|world, mut cubes: Mut<Cubes>| {
        // the view is small: the scene in it is shared
        let view = world.resource::<StageView>().clone();
        if cubes.revision != Some(view.revision) {
            cubes.revision = Some(view.revision);
            let root = world.resource::<StageRoot>().0;
            let new = view
                .scene
                .map(|scene| SceneCells::spawn(world, root, scene, view.seconds));
            // last: see `SceneCells::follow`
            if let Some(old) = std::mem::replace(&mut cubes.cells, new) {
                old.despawn(world);
            }
        }
        // where each has but a few pixels, one face a cell is hardly another picture
        let dense = match world.resource::<CellDetail>() {
            CellDetail::Software => CellShape::Plate,
            CellDetail::Full => CellShape::Cube,
        };
        if let Some(cells) = &mut cubes.cells {
            cells.follow(world, view.seconds, view.palette, dense);
        }
    });
}
