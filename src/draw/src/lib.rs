//! How cells get onto the screen: the look of a cell packed into a word, meshes, the material and its
//! shaders, panels of cells, flat panels, and the entities of a scene. Every visualization, the far view
//! and the wall of a training draw with it. Where cells are and what colours they have is decided
//! elsewhere; nothing of the app and of a single visualization may live here.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cell_mesh;
mod cell_tag;
mod flat_grid;
mod flat_panel;
mod panel;
mod panel_material;
mod plugin;
mod scene_cells;
mod shared_buffers;
mod stored_srgb;
mod uploads;

pub use cell_mesh::CellShape;
pub use cell_tag::{CellStyle, CellTag, Focus, bits, tag_of, tag_of_tint};
pub use flat_panel::{FlatLook, FlatPanelKind, FlatPicture, flat_panel};
pub use panel::{PanelCell, panel, rewrite};
pub use panel_material::{CellDetail, PanelMaterial};
pub use plugin::DrawPlugin;
pub use scene_cells::{Matrix, MatrixCell, PosedCell, SceneCells};
pub use stored_srgb::{STORED_SRGB, StoredSrgbPlugin, define_stored_srgb, stores_srgb};
