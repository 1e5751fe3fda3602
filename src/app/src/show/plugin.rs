//! The plugins of the picture, with or without a window.

use bevy::{app::PluginGroupBuilder, prelude::*};
use orrery_plugin_api::StagePlugin;

use crate::{
    camera::CameraPlugin, far_view::FarViewPlugin, labels::LabelsPlugin,
    render::ground::GroundPlugin, visualizations::VisualizationPlugins,
};

/// Everything that the picture of a show needs; each part can be left out.
pub struct ShowPlugins;

impl PluginGroup for ShowPlugins {
    fn build(self) -> PluginGroupBuilder {
        PluginGroupBuilder::start::<Self>()
            .add(CorePlugin)
            .add(StagePlugin)
            .add_group(VisualizationPlugins)
            .add(GroundPlugin)
            .add(CameraPlugin)
            .add(FarViewPlugin)
            .add(LabelsPlugin)
            .add(crate::stages::StagesPlugin)
    }
}

/// The order of a frame, the clock and the stage that is on.
struct CorePlugin;

impl Plugin for CorePlugin {
    fn build(&self, app: &mut App) {
        crate::sets::plugin(app);
        super::current::plugin(app);
    }
}
