//! The show inside the app: its clock, the stage that is on, what is loaded, and the plugin that
//! brings all parts of the picture together. Windows, keys and panels do not live here.

pub mod commands;
pub mod current;
mod plugin;
pub mod transport;

pub use current::{CurrentShow, LoadedModel, ShowSettings, StageOn};
pub use plugin::ShowPlugins;
pub use transport::Transport;
