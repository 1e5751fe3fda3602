//! How a picture is made: which Bevy plugins draw, at which quality, in a window or without one, and
//! what that costs. What stands in the picture lives elsewhere.

pub mod background;
pub mod camera;
pub mod display;
pub mod gpu;
mod ground_layer;
pub mod headless;
pub mod lean_plugins;
pub mod machine;
pub mod measure;
pub mod quality;
pub mod quiet_driver;

pub use headless::{HeadlessRenderer, PictureSize, RenderError};
pub use quality::{Quality, QualityChoice, SamplesPerPixel};

#[cfg(test)]
mod tests;
