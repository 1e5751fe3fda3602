//! The visualizations that ship: the one list in which the app names them.

use bevy::app::{PluginGroup, PluginGroupBuilder};
use orrery_plugin_cubes::CubesPlugin;

/// Every visualization that ships, the default first.
pub struct VisualizationPlugins;

impl PluginGroup for VisualizationPlugins {
    fn build(self) -> PluginGroupBuilder {
        PluginGroupBuilder::start::<Self>().add(CubesPlugin)
    }
}
