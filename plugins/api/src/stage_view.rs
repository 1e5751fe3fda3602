//! What the app tells every visualization: the scene that is on, its clock, its colours.

use std::sync::Arc;

use bevy::prelude::*;
use orrery_pipeline::{CellPose, Palette, Scene};

use crate::cell_tag::{CellStyle, CellTag, Focus};

/// The scene that is on and where in it the show stands. Written by the app alone; a visualization
/// reads it and nothing else, so the picture cannot depend on how a time was reached.
#[derive(Resource, Clone, Debug, Default)]
pub struct StageView {
    /// The scene; none before the first show is loaded.
    pub scene: Option<Arc<Scene>>,
    /// Changes whenever `scene` is another one (a new stage, a new prompt).
    pub revision: u64,
    /// Seconds since the stage began.
    pub seconds: f32,
    /// The colours.
    pub palette: Palette,
}

/// On an entity that stands for a group of the scene (a matrix).
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// Index into [`Scene::groups`].
    pub group: usize,
}

/// On an entity that stands for a cell of a matrix.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatrixCell {
    /// Index into [`Scene::groups`].
    pub group: usize,
    /// From 0, from above.
    pub row: usize,
    /// From 0, from the left.
    pub column: usize,
}

/// The look of a cell in this pose.
pub fn tag_of(pose: &CellPose, palette: Palette) -> CellTag {
    let style = if pose.ghost {
        CellStyle::Ghost
    } else if pose.tint.masked {
        CellStyle::Masked
    } else {
        CellStyle::Solid
    };
    let colour = match style {
        CellStyle::Ghost => [86, 94, 112],
        CellStyle::Masked => [58, 62, 74],
        CellStyle::Solid => palette.colour(pose.tint),
    };
    CellTag {
        colour,
        // the brightest glow would wash the colour out: the value must stay readable
        glow: (pose.glow.clamp(0.0, 1.0) * 6.0).round() as u8,
        style,
        focus: Focus::Neutral,
    }
}

/// Place and size of a cell in this pose. A ghost is drawn by the shader as a dot within its cell.
pub fn transform_of(pose: &CellPose) -> Transform {
    Transform::from_translation(pose.position).with_scale(pose.size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use orrery_pipeline::{Quantity, Scale};

    #[test]
    fn a_cell_has_the_colour_of_its_value() {
        let scale = Scale {
            quantity: Quantity::Activation,
            range: 2.0,
        };
        for value in [-3.0, -0.7, 0.0, 0.4, 2.0] {
            let pose = CellPose {
                position: Vec3::ZERO,
                size: Vec3::ONE,
                tint: scale.tint(value),
                glow: 0.0,
                ghost: false,
            };
            let tag = tag_of(&pose, Palette::Ember);
            assert_eq!(tag.colour, Palette::Ember.colour(scale.tint(value)));
            assert_eq!(tag.style, CellStyle::Solid);
        }
    }
}
