//! The window around the picture: keys, the transport bar, the field for a new prompt, the help, and
//! how often the window draws. What the picture shows does not live here: stills and films have none
//! of this.

pub mod actions;
mod camera_hint;
mod camera_keys;
pub mod cinematic;
mod clock_text;
mod film;
mod help_overlay;
mod icon;
pub mod keys;
mod lens;
pub mod model_switch;
mod notice;
pub mod open_model;
mod opened_blocks;
pub mod pacing_file;
mod paging;
mod power;
pub mod prompt_field;
mod scrub_bar;
pub mod steering;
pub(crate) mod transport_bar;
pub mod visualization_chooser;
mod window_title;

use bevy::{app::PluginGroupBuilder, prelude::*};

use crate::third_party::{egui::InterfacePlugin, panorbit::UserCameraPlugin};

pub use actions::Action;
pub use transport_bar::HEIGHT as TRANSPORT_BAR_HEIGHT;

/// what every window has: the interface, keys, and the mouse that moves the camera.
pub struct InteractionPlugins;

impl PluginGroup for InteractionPlugins {
    fn build(self) -> PluginGroupBuilder {
        PluginGroupBuilder::start::<Self>()
            .add(InterfacePlugin)
            .add(UserCameraPlugin)
            .add(keys::KeysPlugin)
            .add(steering::SteeringPlugin)
    }
}

/// What the window of a show adds to that; each part can be left out.
pub struct WindowPlugins;

impl PluginGroup for WindowPlugins {
    fn build(self) -> PluginGroupBuilder {
        PluginGroupBuilder::start::<Self>()
            .add(transport_bar::TransportBarPlugin)
            .add(prompt_field::PromptFieldPlugin)
            .add(opened_blocks::OpenedBlocksPlugin)
            .add(lens::LensPlugin)
            .add(paging::PagingPlugin)
            .add(pacing_file::PacingFilePlugin)
            .add(model_switch::ModelSwitchPlugin)
            .add(open_model::OpenModelPlugin)
            .add(notice::NoticePlugin)
            .add(visualization_chooser::VisualizationChooserPlugin)
            .add(camera_hint::CameraHintPlugin)
            .add(camera_keys::CameraKeysPlugin)
            .add(cinematic::CinematicPlugin)
            .add(film::FilmPlugin)
            .add(help_overlay::HelpOverlayPlugin)
            .add(window_title::WindowTitlePlugin)
            .add(power::PowerPlugin)
    }
}

#[cfg(test)]
mod tests;
