//! The Bevy plugin of everything here.

use bevy::{
    camera::visibility::NoFrustumCulling,
    prelude::*,
    render::{
        Render, RenderApp, RenderSystems, erased_render_asset::prepare_erased_assets,
        render_asset::prepare_assets, storage::GpuShaderBuffer,
    },
};

use crate::{
    cell_mesh::{CellMeshes, CellShape},
    cell_tag::CellTag,
    flat_panel::{self, FlatPanelKind, FlatPicture, flat_panel},
    panel::{self, PanelCell, panel},
    panel_material::{self, PanelMaterial},
    stored_srgb::StoredSrgbPlugin,
    uploads,
};

/// Draws panels of cells and flat panels. May be added more than once; the light of their shaders
/// follows the resource [`CellDetail`](crate::CellDetail).
#[derive(Clone, Copy, Debug, Default)]
pub struct DrawPlugin;

impl Plugin for DrawPlugin {
    fn build(&self, app: &mut App) {
        if app.world().contains_resource::<CellMeshes>() {
            return;
        }
        app.add_plugins((
            StoredSrgbPlugin,
            panel_material::plugin,
            uploads::plugin,
            panel::plugin,
            flat_panel::plugin,
        ))
        .init_resource::<CellMeshes>();
        spawn_warm_up(app.world_mut());
    }

    fn finish(&self, app: &mut App) {
        let Some(render_app) = app.get_sub_app_mut(RenderApp) else {
            return;
        };
        // A new buffer must be on the GPU before its material looks for it, or what it shows would appear
        // one frame late.
        render_app.add_systems(
            Render,
            (|| {})
                .in_set(RenderSystems::PrepareAssets)
                .after(prepare_assets::<GpuShaderBuffer>)
                .before(prepare_erased_assets::<MeshMaterial3d<PanelMaterial>>),
        );
    }

    fn is_unique(&self) -> bool {
        false
    }
}

/// A panel of each kind without size: their pipelines are then compiled at the start and not when the
/// first matrix comes to rest, or the whole model is looked at.
fn spawn_warm_up(world: &mut World) {
    let nothing = Transform::from_scale(Vec3::ZERO);
    let cell = PanelCell {
        transform: nothing,
        tag: CellTag::default(),
    };
    if let Some(cells) = panel(world, CellShape::Cube, &[cell]) {
        let name = Name::new("warm-up panel");
        world.spawn((name, cells, Transform::default(), NoFrustumCulling));
    }
    let picture = FlatPicture::new(FlatPanelKind::Cells, 1, &[CellTag::default()]);
    if let Some(flat) = picture.and_then(|picture| flat_panel(world, &picture)) {
        let name = Name::new("warm-up flat panel");
        world.spawn((name, flat, nothing, NoFrustumCulling));
    }
}
