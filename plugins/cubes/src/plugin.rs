//! The Bevy plugin: the cube's assets, the two materials, and rest.

use bevy::{
    asset::load_internal_asset,
    camera::{
        primitives::Aabb,
        visibility::{NoAutoAabb, NoFrustumCulling},
    },
    light::{NotShadowCaster, NotShadowReceiver},
    math::Vec3A,
    mesh::MeshTag,
    prelude::*,
    render::{
        Render, RenderApp, RenderSystems, erased_render_asset::prepare_erased_assets,
        render_asset::prepare_assets, storage::GpuShaderBuffer,
    },
};
use orrery_plugin_api::{CellTag, RegisterVisualization, StoredSrgbPlugin, Visualization};

use crate::{
    cell_material::{CELL_SHADER, CellDetail, CellMaterial, PanelMaterial, StagePlace},
    cell_mesh::{CellShape, cells_mesh},
    flat_panel::{self, FlatPanelKind, FlatPanelMaterial, flat_panel},
    panel::{PanelCell, PanelStore, free_span, panel},
    panel_upload, rest, stage_cells,
};

/// What every cell shares; cells batch into one draw because they share it.
#[derive(Resource, Clone, Debug)]
pub struct CubeAssets {
    /// The half cube, one unit wide.
    pub mesh: Handle<Mesh>,
    /// The plate, one unit wide.
    pub plate: Handle<Mesh>,
    /// The one material.
    pub material: Handle<CellMaterial>,
}

impl CubeAssets {
    /// The components of one cell: a cube one unit wide (before scaling) with the given look. To change
    /// it, write its `Transform` and its `MeshTag` (`CellTag` converts into it) — and only when they
    /// differ, for a cell that is not written costs little.
    pub fn cell(&self, transform: Transform, tag: CellTag) -> impl Bundle + use<> {
        self.cell_of(CellShape::Cube, transform, tag)
    }

    /// The same, drawn as a cube or as a plate.
    pub fn cell_of(
        &self,
        shape: CellShape,
        transform: Transform,
        tag: CellTag,
    ) -> impl Bundle + use<> {
        (
            Mesh3d(self.mesh_of(shape)),
            MeshMaterial3d(self.material.clone()),
            MeshTag::from(tag),
            transform,
            Aabb {
                center: Vec3A::ZERO,
                half_extents: Vec3A::splat(0.5),
            },
            NoAutoAabb,
            NotShadowCaster,
            NotShadowReceiver,
        )
    }

    pub(crate) fn mesh_of(&self, shape: CellShape) -> Handle<Mesh> {
        match shape {
            CellShape::Cube => self.mesh.clone(),
            CellShape::Plate => self.plate.clone(),
        }
    }
}

/// Draws cells. Adds [`CubeAssets`] and [`CellDetail`] (set it before or after; cells follow).
#[derive(Clone, Copy, Debug, Default)]
pub struct CubesPlugin;

impl Plugin for CubesPlugin {
    fn build(&self, app: &mut App) {
        load_internal_asset!(
            app,
            CELL_SHADER,
            "../../../assets/shaders/cell.wgsl",
            Shader::from_wgsl
        );
        app.add_plugins((
            StoredSrgbPlugin,
            MaterialPlugin::<CellMaterial>::default(),
            MaterialPlugin::<PanelMaterial>::default(),
            rest::plugin,
            stage_cells::plugin,
            flat_panel::plugin,
            panel_upload::build,
        ))
        .register_visualization(Visualization {
            identifier: "cubes",
            display_name: "Cubes",
            help: "Every number is a cube in the colour of its value.",
        })
        .init_resource::<CellDetail>()
        .init_resource::<StagePlace>()
        .init_resource::<PanelStore>()
        .add_observer(free_span)
        .add_systems(
            PostUpdate,
            apply.run_if(resource_changed::<CellDetail>.or_eager(resource_changed::<StagePlace>)),
        );
        let world = app.world_mut();
        let assets = CubeAssets {
            mesh: world
                .resource_mut::<Assets<Mesh>>()
                .add(cells_mesh(CellShape::Cube, 1)),
            plate: world
                .resource_mut::<Assets<Mesh>>()
                .add(cells_mesh(CellShape::Plate, 1)),
            material: world
                .resource_mut::<Assets<CellMaterial>>()
                .add(CellMaterial::default()),
        };
        world.insert_resource(assets.clone());
        spawn_warm_up(world, &assets);
    }

    fn finish(&self, app: &mut App) {
        let Some(render_app) = app.get_sub_app_mut(RenderApp) else {
            return;
        };
        // A new panel's buffer must be on the GPU before its material looks for it, or the panel would
        // appear one frame after its cells have gone.
        render_app.add_systems(
            Render,
            (|| {})
                .in_set(RenderSystems::PrepareAssets)
                .after(prepare_assets::<GpuShaderBuffer>)
                .before(prepare_erased_assets::<MeshMaterial3d<PanelMaterial>>)
                .before(prepare_erased_assets::<MeshMaterial3d<FlatPanelMaterial>>),
        );
    }
}

/// One cell and one panel of each kind without size: their pipelines are then compiled at the start and
/// not when the first matrix moves or comes to rest, or the whole model is looked at.
fn spawn_warm_up(world: &mut World, assets: &CubeAssets) {
    let nothing = Transform::from_scale(Vec3::ZERO);
    world.spawn((
        Name::new("warm-up cell"),
        assets.cell(nothing, CellTag::default()),
        NoFrustumCulling,
    ));
    let bundle = panel(
        world,
        CellShape::Cube,
        &[PanelCell {
            transform: nothing,
            tag: CellTag::default(),
        }],
    );
    if let Some(bundle) = bundle {
        world.spawn((Name::new("warm-up panel"), bundle, NoFrustumCulling));
    }
    if let Some(bundle) = flat_panel(world, FlatPanelKind::Cells, 1, &[CellTag::default()]) {
        world.spawn((
            Name::new("warm-up flat panel"),
            bundle,
            nothing,
            NoFrustumCulling,
        ));
    }
}

fn apply(
    detail: Res<CellDetail>,
    place: Res<StagePlace>,
    mut cells: ResMut<Assets<CellMaterial>>,
    mut panels: ResMut<Assets<PanelMaterial>>,
) {
    for (_, material) in cells.iter_mut() {
        (material.detail, material.stage) = (*detail, *place);
    }
    for (_, material) in panels.iter_mut() {
        (material.detail, material.stage) = (*detail, *place);
    }
}
