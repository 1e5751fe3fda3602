//! A training run watched in a window: all weights as one wall of cells that change while it learns,
//! the loss curve, what the model writes. What lives here reads what the training thread hands over
//! and draws it; it trains nothing, and no show runs here.

mod feed;
mod interface;
mod picture;
mod wall;
mod wall_material;
mod window;

pub use feed::{Feed, Progress, Snapshot};
pub use picture::{WatchPlugin, Watched};
pub use wall::{TooLarge, Wall};
pub use window::WatchWindowPlugin;

#[cfg(test)]
mod tests;
