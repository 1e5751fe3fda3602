//! A visualization to begin with: every cell is larger the larger its number is. What a visualization may do, and what it
//! owes, is said in docs/visualizations.md.

use std::sync::Arc;

use bevy::prelude::*;
use orrery_plugin_api::{
    Icon, RegisterVisualization, Visualization,
    pipeline::{
        CellPose, Scene,
        shaping::{CellFacts, CellShape, Setting, Shaping, shaped},
    },
};

/// Tells the app of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct TemplatePlugin;

impl Plugin for TemplatePlugin {
    fn build(&self, app: &mut App) {
        app.register_type::<TemplateSettings>()
            .register_visualization(
                Visualization::new::<TemplateSettings>("template", |&settings| {
                    Arc::new(Template(settings))
                })
                .named(
                    "Template",
                    "What it is best at, in a sentence. Size and colour carry the value.",
                )
                .with_icon(Icon::default())
                .from_origin("orrery-plugin-template"),
            );
    }
}

/// What can be set. The panel has a slider for each number and a box for each switch; values are kept.
#[derive(Reflect, Clone, Copy, Debug, PartialEq)]
pub struct TemplateSettings {
    /// Size of a cell whose number is nothing, as a share of its room.
    #[reflect(@0.05..=1.0f32)]
    pub least: f32,
}

impl Default for TemplateSettings {
    fn default() -> Self {
        Self { least: 0.2 }
    }
}

/// Which scenes.
#[derive(Debug)]
struct Template(TemplateSettings);

impl Shaping for Template {
    fn scene(&self, setting: &Setting<'_>) -> Arc<Scene> {
        let each: Arc<dyn CellShape> = Arc::new(Sizes(self.0));
        Arc::new(shaped(setting.standard(), &each))
    }
}

/// Each cell.
#[derive(Debug)]
struct Sizes(TemplateSettings);

impl CellShape for Sizes {
    fn pose(&self, _cell: &CellFacts<'_>, standard: CellPose) -> CellPose {
        // the place on the colour scale: size and colour say the same
        let share = standard.tint.coordinate.abs();
        let size = self.0.least + (1.0 - self.0.least) * share;
        CellPose {
            size: standard.size * size,
            ..standard
        }
    }
}
