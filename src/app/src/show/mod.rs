//! The show inside the app: its clock, the stage that is on, what is loaded, pictures of it, and the
//! plugin that brings all parts of the picture together. Windows, keys and panels do not live here.

pub mod bench;
pub mod bench_window;
pub mod current;
pub mod picture;
mod plugin;
pub mod sheet;
pub mod transport;
pub mod window;

pub use current::{CurrentShow, LoadedModel, PromptError, ShowSettings, StageOn};
pub use picture::{PictureSettings, ShowRenderer};
pub use plugin::ShowPlugins;
pub use transport::Transport;
