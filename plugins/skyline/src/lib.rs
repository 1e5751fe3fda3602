//! Every number a bar: its height is the value, its sign says up or down. Where cells are, and when, is the show's own;
//! here lives only what makes bars of them.

use std::sync::Arc;

use bevy::prelude::*;
use orrery_plugin_api::{
    Icon, RegisterVisualization, Visualization,
    pipeline::{
        CellPose, ColourMap, Scene,
        shaping::{CellFacts, CellShape, Setting, Shaping, shaped},
    },
};

/// Makes bars of the cells.
#[derive(Clone, Copy, Debug, Default)]
pub struct SkylinePlugin;

impl Plugin for SkylinePlugin {
    fn build(&self, app: &mut App) {
        let icon = Icon::lines(&[
            &[[0.08, 0.55], [0.92, 0.55]],
            &[[0.2, 0.55], [0.2, 0.2]],
            &[[0.4, 0.55], [0.4, 0.8]],
            &[[0.6, 0.55], [0.6, 0.1]],
            &[[0.8, 0.55], [0.8, 0.7]],
        ]);
        app.register_type::<SkylineSettings>().register_visualization(
            Visualization::new::<SkylineSettings>("skyline", |&settings| {
                Arc::new(Skyline(settings))
            })
            .named(
                "Skyline",
                "Every number is a bar: the longer, the larger; up is positive, down negative. Best for seeing at a \
                 glance, from any side and without colour, which numbers of a row are large. Lengths follow the \
                 colour's scale (the square root of the share of the range); the colour carries the value too.",
            )
            .with_icon(icon)
            .from_origin("orrery-plugin-skyline"),
        );
    }
}

/// What can be set.
#[derive(Reflect, Clone, Copy, Debug, PartialEq)]
pub struct SkylineSettings {
    /// Length of the largest number, as a share of the room that a cell has.
    #[reflect(@0.2..=1.8f32)]
    pub height: f32,
    /// Width and depth of a bar, as a share of a cell's.
    #[reflect(@0.2..=1.0f32)]
    pub width: f32,
    /// How far the camera stands to the side, in radians.
    #[reflect(@-0.8..=0.8f32)]
    pub turn: f32,
}

impl Default for SkylineSettings {
    fn default() -> Self {
        Self {
            height: 1.0,
            width: 0.72,
            turn: -0.34,
        }
    }
}

/// A number that is nothing still has a bar of this length, as a share of a cell, so that it can be seen and pointed at.
const LEAST: f32 = 0.07;
/// How far above the stage the camera stands, in radians.
const PITCH: f32 = 0.16;

#[derive(Debug)]
struct Skyline(SkylineSettings);

impl Shaping for Skyline {
    fn scene(&self, setting: &Setting<'_>) -> Arc<Scene> {
        let shape: Arc<dyn CellShape> = Arc::new(Bars(self.0));
        let mut scene = shaped(setting.standard(), &shape);
        for shot in &mut scene.shots {
            (shot.framing.yaw, shot.framing.pitch) = (self.0.turn, PITCH);
        }
        Arc::new(scene)
    }
}

#[derive(Debug)]
struct Bars(SkylineSettings);

impl CellShape for Bars {
    fn pose(&self, _: &CellFacts<'_>, standard: CellPose) -> CellPose {
        let CellPose {
            size,
            tint,
            mut position,
            ghost,
            ..
        } = standard;
        // what is a bar already, and what is yet to be made, stays as it is
        if ghost || (size.x - size.y).abs() > 1e-3 * size.x {
            return standard;
        }
        let SkylineSettings { height, width, .. } = self.0;
        let share = if tint.masked { 0.0 } else { tint.coordinate };
        let room = size.y;
        let length = match tint.map {
            // from the foot of the cell's room
            ColourMap::Sequential => {
                let length = (share * height).max(LEAST) * room;
                position.y += (length - room) * 0.5;
                length
            }
            // from the middle of it
            ColourMap::Diverging => {
                let length = (share.abs() * height * 0.5).max(LEAST) * room;
                position.y += length * 0.5 * if share < 0.0 { -1.0 } else { 1.0 };
                length
            }
        };
        CellPose {
            position,
            size: Vec3::new(size.x * width, length, size.z * width),
            ..standard
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use orrery_plugin_api::pipeline::{
        Placement, Quantity, Scale,
        scene::{Group, Layer, Role, Shows},
    };

    use super::*;

    /// The foot and the top of the bars of a row of numbers, from the middle of the cells' room.
    fn bars(quantity: Quantity, values: &[f32]) -> Vec<(f32, f32)> {
        let layer = Layer {
            shows: Shows::Mark,
            values: Array2::from_shape_fn((1, values.len()), |(_, column)| values[column]),
            scale: Scale {
                quantity,
                range: 2.0,
            },
            masked: None,
        };
        let mut group = Group::new(Role::Matrix, Placement::at(0.0, 0.0), layer);
        group.shape = Some(Arc::new(Bars(SkylineSettings::default())));
        (0..values.len())
            .map(|column| {
                let pose = group.pose(0, column, 0.0);
                let half = pose.size.y * 0.5;
                (pose.position.y - half, pose.position.y + half)
            })
            .collect()
    }

    #[test]
    fn signs_go_up_and_down_and_lengths_follow_the_scale() {
        let bars = bars(
            Quantity::Activation,
            &[2.0, -2.0, 0.5, 0.0, f32::NEG_INFINITY],
        );
        let length = |(foot, top): (f32, f32)| top - foot;
        assert!(bars[0].0.abs() < 1e-6 && bars[0].1 > 0.4);
        assert!(bars[1].1.abs() < 1e-6 && bars[1].0 < -0.4);
        assert!((length(bars[2]) - 0.5 * length(bars[0])).abs() < 1e-5);
        assert!(length(bars[3]) > 0.0 && length(bars[3]) < 0.1 * 0.93);
        assert_eq!(length(bars[3]), length(bars[4]));
    }

    #[test]
    fn shares_rise_from_the_foot_of_their_room() {
        let bars = bars(Quantity::Probability, &[2.0, 0.5, 0.0]);
        let foot = -0.93 * 0.5;
        assert!(bars.iter().all(|bar| (bar.0 - foot).abs() < 1e-5));
        assert!((bars[0].1 + foot).abs() < 1e-5);
        assert!(bars[1].1.abs() < 1e-5);
    }
}
