//! The contract between the app and a block visualization: what is on the stage, what a cell is told
//! to look like, and how a visualization introduces itself. Here live the types both sides speak; no
//! drawing, no layout and nothing of the app may live here.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cell_tag;
mod stage_view;
mod stored_srgb;
mod visualization;

pub use cell_tag::{CellStyle, CellTag, Focus, bits};
pub use stage_view::{Matrix, MatrixCell, StageView, tag_of, transform_of};
pub use stored_srgb::{STORED_SRGB, StoredSrgbPlugin, stores_srgb};
pub use visualization::{RegisterVisualization, Visualization, Visualizations};
