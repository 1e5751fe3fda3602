//! A whole block in one plane, from its input to its output, as flat tiles: how the program of a block becomes lines of
//! tiles is in `layout`; when the tiles fill is the show's own.

mod layout;

use std::sync::Arc;

use bevy::prelude::*;
use orrery_plugin_api::{
    Icon, RegisterVisualization, Visualization,
    pipeline::{
        CellPose, SafeArea, Scene,
        shaping::{Board, CellFacts, CellShape, Setting, Shaping},
    },
};

/// Lays blocks out in a plane.
#[derive(Clone, Copy, Debug, Default)]
pub struct TapestryPlugin;

impl Plugin for TapestryPlugin {
    fn build(&self, app: &mut App) {
        let square = |x: f32, y: f32, w: f32, h: f32| {
            vec![[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]]
        };
        let icon = Icon(vec![
            square(0.08, 0.15, 0.2, 0.3),
            square(0.38, 0.15, 0.24, 0.24),
            square(0.72, 0.15, 0.2, 0.3),
            square(0.08, 0.58, 0.5, 0.27),
            square(0.7, 0.58, 0.22, 0.27),
        ]);
        app.register_type::<TapestrySettings>().register_visualization(
            Visualization::new::<TapestrySettings>("tapestry", |&settings| {
                Arc::new(Tapestry(settings))
            })
            .named(
                "Tapestry",
                "A whole block in one plane, read like a page: from its input at the upper left to its output at the \
                 lower right. Best for large matrices, for print, and for reading several steps at once. The colour \
                 carries the value.",
            )
            .with_icon(icon)
            .from_origin("orrery-plugin-tapestry"),
        );
    }
}

/// What can be set.
#[derive(Reflect, Clone, Copy, Debug, PartialEq)]
pub struct TapestrySettings {
    /// Whether the weights are shown beside what they make.
    pub weights: bool,
    /// Thickness of a tile, as a share of its edge.
    #[reflect(@0.02..=1.0f32)]
    pub thickness: f32,
}

impl Default for TapestrySettings {
    fn default() -> Self {
        Self {
            weights: true,
            thickness: 0.12,
        }
    }
}

#[derive(Debug)]
struct Tapestry(TapestrySettings);

impl Shaping for Tapestry {
    fn scene(&self, setting: &Setting<'_>) -> Arc<Scene> {
        let Some(block) = setting.segment().block else {
            return setting.standard().clone();
        };
        let mut board = Board::new(setting);
        let layout = layout::Layout::new(setting, &board, block, self.0.weights);
        layout.put(&mut board);
        board.frame((0.0, 1.0), (0.0, 0.0), layout.room(), SafeArea::PAGE);
        let mut scene = board.finish();
        let shape: Arc<dyn CellShape> = Arc::new(Tiles(self.0.thickness));
        for group in &mut scene.groups {
            group.shape = Some(shape.clone());
        }
        Arc::new(scene)
    }

    fn arrangement(&self, setting: &Setting<'_>) -> usize {
        // a plane for each block; between them the stage as it is
        let segment = setting.segment();
        segment.block.map_or(0, |block| 1 + block)
    }
}

#[derive(Debug)]
struct Tiles(f32);

impl CellShape for Tiles {
    fn pose(&self, _: &CellFacts<'_>, standard: CellPose) -> CellPose {
        CellPose {
            size: standard.size * Vec3::new(1.0, 1.0, self.0),
            ..standard
        }
    }
}
