//! What the app tells every visualization: the scene that is on, its clock, its colours, and where the
//! stage as a whole is.

use std::sync::Arc;

use bevy::prelude::*;
use orrery_pipeline::{Palette, Scene, Show};

use crate::{cells::CellsPlugin, drawing::VisualizationsOn, visualization::Visualizations};

/// The scene that is on and where in it the show is. Written by the app alone; a visualization reads it
/// and nothing else, so the picture cannot depend on how a time was reached.
#[derive(Resource, Clone, Debug, Default)]
pub struct StageView {
    /// The scene; none before the first show is loaded.
    pub scene: Option<Arc<Scene>>,
    /// Changes whenever `scene` has other matrices or other labels (a new stage, a new prompt, another
    /// visualization). While one visualization gives way to another the scene changes in every frame and this does
    /// not.
    pub revision: u64,
    /// The show that the scene is of, before any visualization shapes it.
    pub show: Option<Arc<Show>>,
    /// Which segment of the show it is.
    pub segment: usize,
    /// Seconds since the stage began.
    pub seconds: f32,
    /// The colours.
    pub palette: Palette,
}

/// Where the stage as a whole is: a point `p` of it is drawn at `scale · p + offset`. Only the flight to
/// the whole model moves it.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct StagePlace {
    /// World units.
    pub offset: Vec3,
    /// 1 in its own place.
    pub scale: f32,
}

impl Default for StagePlace {
    fn default() -> Self {
        Self {
            offset: Vec3::ZERO,
            scale: 1.0,
        }
    }
}

/// The entity that carries everything on the stage; it moves as [`StagePlace`] says. A visualization
/// hangs what it spawns under it.
#[derive(Resource, Clone, Copy, Debug)]
pub struct StageRoot(pub Entity);

/// When visualizations follow the stage; the app orders it after its clock.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FollowStage;

/// Adds the stage, empty, and what draws the cells of the scene that is on.
#[derive(Clone, Copy, Debug, Default)]
pub struct StagePlugin;

impl Plugin for StagePlugin {
    fn build(&self, app: &mut App) {
        let root = (
            Name::new("stage"),
            Transform::default(),
            Visibility::default(),
        );
        let root = app.world_mut().spawn(root).id();
        app.add_plugins(CellsPlugin)
            .init_resource::<Visualizations>()
            .init_resource::<VisualizationsOn>()
            .init_resource::<StageView>()
            .init_resource::<StagePlace>()
            .insert_resource(StageRoot(root))
            .add_systems(
                PostUpdate,
                place
                    .run_if(resource_changed::<StagePlace>)
                    .before(TransformSystems::Propagate),
            );
    }

    fn finish(&self, app: &mut App) {
        app.world_mut().resource_mut::<Visualizations>().freeze();
    }
}

fn place(stage: Res<StagePlace>, root: Res<StageRoot>, mut places: Query<&mut Transform>) {
    if let Ok(mut place) = places.get_mut(root.0) {
        *place = Transform::from_translation(stage.offset).with_scale(Vec3::splat(stage.scale));
    }
}
