//! The standard visualization: every cell of a matrix is a cube in the colour of its value, where the show says. How
//! cells get onto the screen is orrery-draw's; here lives only what makes cubes cubes.

use std::sync::Arc;

use bevy::prelude::*;
use orrery_plugin_api::{
    Icon, NoSettings, RegisterVisualization, Visualization, pipeline::shaping::Standard,
};

/// Shows the show as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct CubesPlugin;

impl Plugin for CubesPlugin {
    fn build(&self, app: &mut App) {
        let icon = Icon::lines(&[
            &[
                [0.15, 0.35],
                [0.6, 0.35],
                [0.6, 0.85],
                [0.15, 0.85],
                [0.15, 0.35],
            ],
            &[[0.15, 0.35], [0.38, 0.13], [0.85, 0.13], [0.6, 0.35]],
            &[[0.85, 0.13], [0.85, 0.62], [0.6, 0.85]],
        ]);
        app.register_visualization(
            Visualization::new::<NoSettings>("cubes", |_| Arc::new(Standard))
                .named(
                    "Cubes",
                    "Every number is a cube in the colour of its value: best for following one operation, cell by cell.",
                )
                .with_icon(icon)
                .from_origin("orrery-plugin-cubes"),
        );
    }
}
