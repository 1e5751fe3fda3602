//! The container: films as MP4 files that play from their beginning on while they are still being loaded.

mod boxes;
mod reader;
mod writer;

pub use reader::Mp4Film;
pub use writer::{Mp4Settings, Mp4Writer};
