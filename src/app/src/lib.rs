//! GPT Orrery: the application. This crate holds what a window, a film and a picture share; the
//! arithmetic of the model may not live here.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod assembly;
pub mod audio;
mod background;
pub mod camera;
pub mod command_line;
mod embedded;
pub mod far_view;
pub mod film;
pub mod labels;
mod lettering;
pub mod looks;
pub mod model_file;
pub mod render;
pub mod sets;
pub mod show;
pub mod stages;
pub mod third_party;
pub mod visualizations;
pub mod watch;
mod watched_file;
pub mod window;

#[cfg(test)]
mod test_support;
