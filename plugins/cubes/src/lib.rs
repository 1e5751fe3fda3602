//! The standard block visualization: every cell of a matrix is a cube in the colour of its value.
//! Here live the cube's mesh, its material and shader, and the panels that draw resting cells; where
//! cells stand and what colour they have is decided elsewhere.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cell_material;
mod cell_mesh;
mod dense_cells;
mod flat_grid;
mod flat_panel;
mod pages;
mod panel;
mod panel_upload;
mod plugin;
mod rest;
mod stage_cells;

pub use cell_material::{CellDetail, CellMaterial, PanelMaterial, StagePlace};
pub use cell_mesh::CellShape;
pub use flat_panel::{FlatLook, FlatPanelKind, FlatPanelMaterial, flat_panel};
pub use panel::{PanelCell, panel};
pub use plugin::{CubeAssets, CubesPlugin};
pub use rest::{CellGroup, Resting, RestsFlat};
pub use stage_cells::FollowStage;
