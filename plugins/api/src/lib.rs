//! The contract between the app and a block visualization: the scene that is on, where the stage is in
//! the world, when a visualization follows, and how it introduces itself. Here live the types both sides
//! speak; no drawing (that is orrery-draw), no layout and nothing of the app may live here.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod stage;
mod visualization;

pub use orrery_draw::CellDetail;
pub use stage::{FollowStage, StagePlace, StagePlugin, StageRoot, StageView};
pub use visualization::{RegisterVisualization, Visualization, Visualizations};
