//! The compact machine: the residual stream as a tower through all blocks, everything else around it, like the planets
//! of an orrery. Where things stand is in `layout`; when they are made is the show's own.

mod layout;

use std::{collections::BTreeSet, sync::Arc};

use bevy::prelude::*;
use orrery_plugin_api::{
    Diagnostic, Icon, RegisterVisualization, Visualization,
    pipeline::{
        Bounds, CellPose, Label, LabelKind, RichText, SafeArea, Scene,
        label::Align,
        shaping::{Board, CellFacts, CellShape, Setting, Shaping},
    },
};

/// Builds the tower.
#[derive(Clone, Copy, Debug, Default)]
pub struct TowerPlugin;

impl Plugin for TowerPlugin {
    fn build(&self, app: &mut App) {
        let floor = |y: f32| {
            vec![
                [0.38, y],
                [0.62, y],
                [0.7, y + 0.1],
                [0.3, y + 0.1],
                [0.38, y],
            ]
        };
        let icon = Icon(vec![
            floor(0.15),
            floor(0.45),
            floor(0.75),
            vec![[0.1, 0.42], [0.3, 0.6], [0.7, 0.6], [0.9, 0.42]],
        ]);
        app.register_type::<TowerSettings>().register_visualization(
            Visualization::new::<TowerSettings>("tower", |&settings| Arc::new(Tower(settings)))
                .named(
                    "Tower",
                    "The whole model at once: the residual stream is a tower, a floor for each block, its heads and \
                     its feed-forward around it. Best for comparing blocks: all are shown at work at the same time, \
                     though the model runs them one after another. The colour carries the value.",
                )
                .with_diagnostics(|scene| {
                    let floors: BTreeSet<usize> = scene
                        .groups
                        .iter()
                        .filter_map(|group| group.layers.first()?.operand()?.block())
                        .collect();
                    vec![Diagnostic::new("floors", floors.len())]
                })
                .with_icon(icon)
                .from_origin("orrery-plugin-tower"),
        );
    }
}

/// What can be set.
#[derive(Reflect, Clone, Copy, Debug, PartialEq)]
pub struct TowerSettings {
    /// How far above the tower the camera stands, in radians.
    #[reflect(@0.0..=0.8f32)]
    pub pitch: f32,
    /// How far the camera swings to each side, in radians.
    #[reflect(@0.0..=0.8f32)]
    pub swing: f32,
}

impl Default for TowerSettings {
    fn default() -> Self {
        Self {
            pitch: 0.08,
            swing: 0.22,
        }
    }
}

#[derive(Debug)]
struct Tower(TowerSettings);

impl Shaping for Tower {
    fn scene(&self, setting: &Setting<'_>) -> Arc<Scene> {
        let segment = setting.segment();
        if segment.block.is_none() {
            return setting.standard().clone();
        }
        let mut board = Board::new(setting);
        board.play_all_blocks();
        let layout::Built { left_out, line } = layout::put(setting, &mut board);
        let always = board.always();
        let Bounds { least, most } = board.bounds();
        let mut note = "all blocks at once; the model runs them one after another".to_owned();
        if left_out > 0 {
            note += &format!("; {left_out} matrices are not shown: too many cells");
        }
        board.label(Label {
            align: Align::Left,
            ..Label::new(
                LabelKind::Note,
                RichText::parse(&note),
                Vec3::new(least.x, least.y - 1.8 * line, most.z),
                always,
            )
        });
        // it swings once a stage, to the other side each time
        let side = if setting.index().is_multiple_of(2) {
            1.0
        } else {
            -1.0
        };
        let swing = self.0.swing * side;
        let room = Vec3::new(2.0, 2.2 * line, 1.0);
        let pitch = self.0.pitch;
        // soon where the stage before left it, then slowly to the other side
        let arrived = segment.appear.clamp(0.1, 1.0);
        board.frame((0.0, arrived), (-swing, pitch), room, SafeArea::PAGE);
        let swings = segment.duration() - arrived;
        board.frame((arrived, swings), (swing, pitch), room, SafeArea::PAGE);
        let mut scene = board.finish();
        let plates: Arc<dyn CellShape> = Arc::new(Plates);
        for group in &mut scene.groups {
            group.shape = Some(plates.clone());
        }
        Arc::new(scene)
    }

    fn arrangement(&self, setting: &Setting<'_>) -> usize {
        let segment = setting.segment();
        // one tower for each pass; between them the stage as it is
        segment.block.map_or(0, |_| 1 + segment.pass)
    }
}

/// Cells are thin, so that what stands before the rest hides little of it.
#[derive(Debug)]
struct Plates;

impl CellShape for Plates {
    fn pose(&self, _: &CellFacts<'_>, standard: CellPose) -> CellPose {
        CellPose {
            size: standard.size * Vec3::new(1.0, 1.0, 0.15),
            ..standard
        }
    }
}
