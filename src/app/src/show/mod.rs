//! The show inside the app: its clock, what is on, what is loaded, how the next one begins, and pictures of
//! it. Windows, keys and panels do not live here, nor how the app is put together.

pub mod beginning;
pub mod bench;
pub mod bench_window;
pub mod current;
pub mod machines;
pub mod now;
mod opacity;
pub mod picture;
pub mod sheet;
pub mod transport;

pub use beginning::{NextShow, Shows, Start};
pub use current::{CurrentShow, NamedModel, PromptError, ShowSettings};
pub use now::Now;
pub use picture::{PictureSettings, ShowRenderer};
pub use transport::Transport;
