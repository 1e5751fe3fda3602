//! How a picture is made: which Bevy plugins draw, at which quality, in a window or without one, and
//! what that costs. What the picture shows lives elsewhere.

pub mod camera;
pub mod display;
pub mod film_frames;
mod frame_shape;
pub mod gpu;
pub mod ground;
mod ground_pass;
pub mod headless;
pub mod lean_plugins;
pub mod measure;
pub mod process;
pub mod quality;
pub mod quiet_driver;
pub mod stored_interface;
mod yuv420;

pub use headless::{HeadlessRenderer, PictureSize, RenderError};
pub use quality::{Quality, QualityChoice, SamplesPerPixel};

#[cfg(test)]
mod tests;
