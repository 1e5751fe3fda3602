//! The visualizations that ship: the one list in which the app names them.

use bevy::app::{PluginGroup, PluginGroupBuilder};
use orrery_plugin_arcs::ArcsPlugin;
use orrery_plugin_cubes::CubesPlugin;
use orrery_plugin_skyline::SkylinePlugin;
use orrery_plugin_tapestry::TapestryPlugin;
use orrery_plugin_tower::TowerPlugin;

/// Every visualization that ships, the default first.
pub struct VisualizationPlugins;

impl PluginGroup for VisualizationPlugins {
    fn build(self) -> PluginGroupBuilder {
        PluginGroupBuilder::start::<Self>()
            .add(CubesPlugin)
            .add(SkylinePlugin)
            .add(TapestryPlugin)
            .add(ArcsPlugin)
            .add(TowerPlugin)
    }
}
