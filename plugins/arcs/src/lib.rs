//! Attention as curves: over a line of tokens an arch for each share that a token gives to another, as wide and as
//! bright as the share is large, in the colour of its head; the values travel along them. Above them the block goes on
//! as it is, small. Here live what is placed where (`ground`), the curves (`curves`) and their entity.

mod curves;
mod geometry;
mod ground;

use std::sync::Arc;

use bevy::prelude::*;
use orrery_draw::{CellShape, panel, rewrite};
use orrery_plugin_api::{
    AddDrawing, Drawing, DrawnBy, Icon, RegisterVisualization, StageRoot, StageView, Visualization,
    VisualizationsOn,
    pipeline::{
        Palette,
        shaping::{Setting, Shaping},
    },
};

/// Draws attention as curves.
#[derive(Clone, Copy, Debug, Default)]
pub struct ArcsPlugin;

const IDENTIFIER: &str = "arcs";

impl Plugin for ArcsPlugin {
    fn build(&self, app: &mut App) {
        let arch = |left: f32, right: f32, high: f32| -> Vec<[f32; 2]> {
            (0..=12)
                .map(|at| {
                    let turn = std::f32::consts::PI * at as f32 / 12.0;
                    let middle = 0.5 * (left + right);
                    let half = 0.5 * (right - left);
                    [middle - half * turn.cos(), 0.8 - high * turn.sin()]
                })
                .collect()
        };
        let icon = Icon(vec![
            vec![[0.05, 0.8], [0.95, 0.8]],
            arch(0.15, 0.85, 0.62),
            arch(0.15, 0.5, 0.34),
            arch(0.5, 0.85, 0.34),
        ]);
        app.register_type::<ArcsSettings>()
            .register_visualization(
                Visualization::new::<ArcsSettings>(IDENTIFIER, |&settings| {
                    Arc::new(Arcs(settings))
                })
                .named(
                    "Arcs",
                    "Attention as curves from token to token: width and glow are the share, colour is the head, and \
                     the values travel along them; above, the block goes on, small. Best for seeing who attends to \
                     whom. [ and ] show one head, { and } one token. In the curves the width carries the value.",
                )
                .with_icon(icon)
                .from_origin("orrery-plugin-arcs"),
            )
            .init_resource::<Drawn>()
            .add_drawing(IDENTIFIER)
            .add_systems(
                Update,
                (
                    follow.in_set(Drawing::Follow(IDENTIFIER)),
                    (|mut drawn: ResMut<Drawn>| *drawn = Drawn::default())
                        .in_set(Drawing::Leave(IDENTIFIER)),
                ),
            );
    }
}

/// What can be set.
#[derive(Reflect, Clone, Copy, Debug, Default, PartialEq)]
pub struct ArcsSettings {
    /// The only head whose curves are drawn, counted from 1; 0 draws all.
    #[reflect(@0..=64u32)]
    pub head: u32,
    /// The only token of which it is drawn what it attends to, counted from 1; 0 draws all.
    #[reflect(@0..=64u32)]
    pub token: u32,
}

#[derive(Debug)]
struct Arcs(ArcsSettings);

impl Shaping for Arcs {
    fn scene(&self, setting: &Setting<'_>) -> Arc<orrery_plugin_api::pipeline::Scene> {
        ground::scene(setting, self.0)
    }

    fn arrangement(&self, setting: &Setting<'_>) -> usize {
        // each stage is placed in its window for itself
        let segment = setting.segment();
        segment.block.map_or(0, |_| 1 + setting.index())
    }
}

/// What the curves that are drawn were made for.
#[derive(Clone, Copy, Debug, PartialEq)]
struct MadeFor {
    revision: u64,
    segment: usize,
    seconds: f32,
    share: f32,
    palette: Palette,
    settings: ArcsSettings,
}

/// The curves in the world.
#[derive(Resource, Default)]
struct Drawn {
    made_for: Option<MadeFor>,
    panel: Option<Entity>,
}

fn follow(world: &mut World) {
    let view = world.resource::<StageView>().clone();
    let on = world.resource::<VisualizationsOn>();
    let (Some(share), Some(&settings)) = (
        on.find(IDENTIFIER).map(|on| on.share),
        on.settings::<ArcsSettings>(IDENTIFIER),
    ) else {
        return;
    };
    let wanted = Some(MadeFor {
        revision: view.revision,
        segment: view.segment,
        seconds: view.seconds,
        share,
        palette: view.palette,
        settings,
    });
    if world.resource::<Drawn>().made_for == wanted {
        return;
    }
    let root = world.resource::<StageRoot>().0;
    let setting = view
        .show
        .as_deref()
        .and_then(|show| Setting::new(show, view.segment));
    let cells = setting.map_or_else(Vec::new, |setting| {
        curves::cells(&setting, view.seconds, settings, (share, view.palette))
    });
    world.resource_scope(|world, mut drawn: Mut<Drawn>| {
        drawn.made_for = wanted;
        if let Some(panel) = drawn.panel
            && !cells.is_empty()
            && rewrite(world, panel, &cells)
        {
            return;
        }
        let before = drawn.panel.take();
        if !cells.is_empty()
            && let Some(curves) = panel(world, CellShape::Cube, &cells)
        {
            let extra = (
                Name::new("arcs"),
                DrawnBy(IDENTIFIER),
                ChildOf(root),
                Transform::default(),
            );
            drawn.panel = Some(world.spawn((curves, extra)).id());
        }
        // last: what is spawned in its place in the same frame would not be drawn
        if let Some(before) = before
            && let Ok(before) = world.get_entity_mut(before)
        {
            before.despawn();
        }
    });
}
