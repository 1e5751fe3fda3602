//! Rest: a group of cells in which nothing moves is drawn as one panel, and costs nothing per frame.
//!
//! ```text
//! commands.entity(group).insert(Resting);     // the group's cells become one panel
//! commands.entity(group).remove::<Resting>(); // the panel becomes cells again
//! ```
//! Both happen when the commands are applied, in the same frame and without a visible change. A resting
//! cell keeps its `Transform` and `MeshTag` but is `Disabled`: ordinary queries do not see it, so wake
//! the group before posing its cells.

use bevy::{
    camera::visibility::VisibilityClass, ecs::entity_disabling::Disabled, mesh::MeshTag, prelude::*,
};
use orrery_plugin_api::CellTag;

use crate::{
    cell_material::CellMaterial,
    cell_material::StagePlace,
    cell_mesh::CellShape,
    flat_grid::{FlatGrid, grid_of},
    flat_panel::{FlatPanelKind, flat_panel},
    panel::{PanelCell, panel},
    plugin::CubeAssets,
};

/// Cells that rest and wake together, usually the cells of one matrix, as cubes unless the entity has a
/// [`CellShape`] that says otherwise. They must share one parent (or
/// have none), for the panel that stands in for them stands where they stand.
#[derive(Component, Clone, Debug, Default)]
pub struct CellGroup {
    /// The cells' entities.
    pub cells: Vec<Entity>,
}

/// On an entity with a [`CellGroup`]: its cells rest.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct Resting;

/// On an entity with a [`CellGroup`]: at rest its cells are one flat panel, if they stand in a flat grid
/// without holes. So many small cells cost what their pixels cost.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct RestsFlat;

/// On a resting group: the panel that is drawn instead of its cells.
#[derive(Component, Clone, Copy, Debug)]
struct StandIn(Entity);

/// On a flat panel that stands in for cells: where it stands on the stage.
#[derive(Component, Clone, Copy, Debug)]
struct Home(Transform);

/// Adds rest and waking to an app.
pub(crate) fn plugin(app: &mut App) {
    app.add_observer(queue_rest)
        .add_observer(queue_waking)
        .add_systems(
            PostUpdate,
            follow_stage
                .run_if(resource_changed::<StagePlace>)
                .before(TransformSystems::Propagate),
        );
}

/// A place on the stage, wherever the stage stands.
fn on_stage(home: Transform, stage: StagePlace) -> Transform {
    Transform {
        translation: stage.scale * home.translation + stage.offset,
        scale: stage.scale * home.scale,
        ..home
    }
}

/// Cells and their panels are moved with the stage by their shader; flat panels, which stand off the stage
/// too, are moved here.
fn follow_stage(stage: Res<StagePlace>, mut panels: Query<(&Home, &mut Transform)>) {
    for (home, mut transform) in &mut panels {
        transform.set_if_neq(on_stage(home.0, *stage));
    }
}

fn queue_rest(added: On<Insert, Resting>, mut commands: Commands) {
    let group = added.entity;
    commands.queue(move |world: &mut World| lay_to_rest(world, group));
}

fn queue_waking(
    removed: On<Remove, Resting>,
    groups: Query<(&CellGroup, &StandIn)>,
    mut commands: Commands,
) {
    let Ok((group, &StandIn(panel))) = groups.get(removed.entity) else {
        return;
    };
    let (entity, cells) = (removed.entity, group.cells.clone());
    commands.queue(move |world: &mut World| wake(world, entity, panel, &cells));
}

/// A cell smaller than this, in units, is not drawn.
pub(crate) const NO_SIZE: f32 = 1e-4;

/// Spawns the flat panel of a grid, where the stage stands.
pub(crate) fn spawn_flat(world: &mut World, grid: &FlatGrid) -> Option<Entity> {
    let bundle = flat_panel(world, FlatPanelKind::Cells, grid.columns, &grid.tags)?;
    let transform = on_stage(grid.transform, *world.resource::<StagePlace>());
    Some(world.spawn((bundle, transform, Home(grid.transform))).id())
}

fn lay_to_rest(world: &mut World, group: Entity) {
    let Ok(entity) = world.get_entity(group) else {
        return;
    };
    if entity.contains::<StandIn>() {
        return;
    }
    let Some(cells) = entity.get::<CellGroup>().map(|group| group.cells.clone()) else {
        return;
    };
    let shape = entity.get::<CellShape>().copied().unwrap_or_default();
    let mut parent = None;
    let mut panel_cells = Vec::with_capacity(cells.len());
    for &cell in &cells {
        let Ok(cell) = world.get_entity(cell) else {
            continue;
        };
        let (Some(transform), Some(tag)) = (cell.get::<Transform>(), cell.get::<MeshTag>()) else {
            continue;
        };
        parent = cell.get::<ChildOf>().map(ChildOf::parent);
        // what is not to be seen needs no place in the panel
        let to_be_seen = transform.scale.min_element() > NO_SIZE;
        if to_be_seen && cell.get::<Visibility>() != Some(&Visibility::Hidden) {
            panel_cells.push(PanelCell {
                transform: *transform,
                tag: CellTag::from(tag),
            });
        }
    }
    let flat = entity
        .contains::<RestsFlat>()
        .then(|| grid_of(&panel_cells));
    let mut stand_in = match flat.flatten() {
        Some(grid) => {
            let Some(flat) = spawn_flat(world, &grid) else {
                return;
            };
            world.entity_mut(flat)
        }
        None => {
            let Some(bundle) = panel(world, shape, &panel_cells) else {
                return;
            };
            world.spawn(bundle)
        }
    };
    if let Some(parent) = parent {
        stand_in.insert(ChildOf(parent));
    }
    let stand_in = stand_in.id();
    for &cell in &cells {
        if let Ok(mut cell) = world.get_entity_mut(cell) {
            // Without its mesh the renderer forgets the cell; disabled, no system meets it.
            cell.remove::<(Mesh3d, MeshMaterial3d<CellMaterial>, VisibilityClass)>();
            cell.insert(Disabled);
        }
    }
    if let Ok(mut group) = world.get_entity_mut(group) {
        group.insert(StandIn(stand_in));
    }
}

fn wake(world: &mut World, group: Entity, panel: Entity, cells: &[Entity]) {
    let shape = world.get::<CellShape>(group).copied().unwrap_or_default();
    let (mesh, material) = {
        let assets = world.resource::<CubeAssets>();
        (assets.mesh_of(shape), assets.material.clone())
    };
    if let Ok(panel) = world.get_entity_mut(panel) {
        panel.despawn();
    }
    if let Ok(mut group) = world.get_entity_mut(group) {
        group.remove::<StandIn>();
    }
    for &cell in cells {
        if let Ok(mut cell) = world.get_entity_mut(cell) {
            cell.remove::<Disabled>();
            cell.insert((
                Mesh3d(mesh.clone()),
                MeshMaterial3d(material.clone()),
                ViewVisibility::HIDDEN,
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CubesPlugin, PanelMaterial};
    use bevy::{asset::AssetPlugin, render::storage::ShaderBuffer};

    /// An app without a renderer: the asset stores and the plugin.
    fn app() -> App {
        let mut app = App::new();
        app.add_plugins((
            AssetPlugin::default(),
            TransformPlugin,
            bevy::mesh::MeshPlugin,
            bevy::camera::visibility::VisibilityPlugin,
        ));
        app.init_asset::<Shader>()
            .init_asset::<ShaderBuffer>()
            .add_plugins(CubesPlugin);
        app
    }

    fn spawn_group(app: &mut App, count: u8) -> (Entity, Vec<Entity>) {
        let bundle = |app: &App, index: u8| {
            app.world().resource::<CubeAssets>().cell(
                Transform::from_xyz(f32::from(index), 0.0, 0.0),
                CellTag::solid([index, 0, 0]),
            )
        };
        let cells: Vec<Entity> = (0..count)
            .map(|index| {
                let bundle = bundle(app, index);
                app.world_mut().spawn(bundle).id()
            })
            .collect();
        let group = app
            .world_mut()
            .spawn(CellGroup {
                cells: cells.clone(),
            })
            .id();
        (group, cells)
    }

    fn drawn_cells(app: &mut App) -> usize {
        let world = app.world_mut();
        world
            .query::<&MeshMaterial3d<CellMaterial>>()
            .iter(world)
            .count()
    }

    fn panels(app: &mut App) -> usize {
        let world = app.world_mut();
        world
            .query::<&MeshMaterial3d<PanelMaterial>>()
            .iter(world)
            .count()
    }

    #[test]
    fn a_resting_group_is_one_panel_and_waking_brings_every_cell_back() {
        let mut app = app();
        let (cells_before, panels_before) = (drawn_cells(&mut app), panels(&mut app));
        let (group, cells) = spawn_group(&mut app, 20);
        assert_eq!(drawn_cells(&mut app), cells_before + 20);

        app.world_mut().entity_mut(group).insert(Resting);
        assert_eq!(drawn_cells(&mut app), cells_before);
        assert_eq!(panels(&mut app), panels_before + 1);
        let world = app.world_mut();
        let mut seen = world.query::<&MeshTag>();
        assert!(cells.iter().all(|&cell| seen.get(world, cell).is_err()));

        app.world_mut().entity_mut(group).remove::<Resting>();
        assert_eq!(drawn_cells(&mut app), cells_before + 20);
        assert_eq!(panels(&mut app), panels_before);
        let world = app.world_mut();
        let mut seen = world.query::<(&MeshTag, &Transform, &VisibilityClass)>();
        for (index, &cell) in cells.iter().enumerate() {
            let (tag, transform, class) = seen.get(world, cell).unwrap();
            assert_eq!(CellTag::from(tag).colour[0] as usize, index);
            assert_eq!(transform.translation.x, index as f32);
            assert_eq!(class.len(), 1, "a cell would be drawn twice");
        }
    }

    #[test]
    fn resting_again_and_again_takes_no_more_room() {
        let mut app = app();
        let (group, _) = spawn_group(&mut app, 200);
        let mut tags = std::collections::BTreeSet::new();
        for _ in 0..1_000 {
            app.world_mut().entity_mut(group).insert(Resting);
            let world = app.world_mut();
            let mut panels =
                world.query_filtered::<&MeshTag, With<MeshMaterial3d<PanelMaterial>>>();
            tags.extend(panels.iter(world).map(|tag| tag.0));
            app.world_mut().entity_mut(group).remove::<Resting>();
        }
        // 1,000 panels of 200 cells are six pages; a span given back is one page's few places.
        assert!(tags.len() <= 4, "{tags:?}");
        assert_eq!(app.world().resource::<Assets<PanelMaterial>>().len(), 1);
    }

    #[test]
    fn despawning_a_resting_group_takes_its_panel_along() {
        let mut app = app();
        let panels_before = panels(&mut app);
        let (group, cells) = spawn_group(&mut app, 3);
        app.world_mut().entity_mut(group).insert(Resting);
        app.world_mut().entity_mut(group).despawn();
        assert_eq!(panels(&mut app), panels_before);
        assert!(
            cells
                .iter()
                .all(|&cell| app.world().get_entity(cell).is_ok())
        );
    }

    #[test]
    fn a_panel_stands_under_its_cells_parent() {
        let mut app = app();
        let parent = app
            .world_mut()
            .spawn((Transform::from_xyz(5.0, 0.0, 0.0), Visibility::default()))
            .id();
        let (group, cells) = spawn_group(&mut app, 2);
        for cell in cells {
            app.world_mut().entity_mut(cell).insert(ChildOf(parent));
        }
        app.world_mut().entity_mut(group).insert(Resting);
        let world = app.world_mut();
        let mut parents = world.query_filtered::<&ChildOf, With<MeshMaterial3d<PanelMaterial>>>();
        assert!(parents.iter(world).any(|child| child.parent() == parent));
    }
}
