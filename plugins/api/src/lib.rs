//! The contract between the app and a block visualization: what it is called, how it shapes scenes, what it draws
//! beside the cells, the scene that is on, and where the stage is in the world. Here live the types both sides speak
//! and the one way in which shaped cells are drawn; no layout and nothing of the app may live here.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![doc = include_str!("../../../docs/visualizations.md")]

mod cells;
mod drawing;
mod icon;
mod stage;
mod visualization;

pub use drawing::{AddDrawing, Drawing, DrawnBy, On, VisualizationsOn};
pub use icon::Icon;
pub use orrery_draw::CellDetail;
pub use orrery_pipeline as pipeline;
pub use stage::{FollowStage, StagePlace, StagePlugin, StageRoot, StageView};
pub use visualization::{
    Diagnostic, Duplicate, NoSettings, RegisterVisualization, Visualization, Visualizations,
};
