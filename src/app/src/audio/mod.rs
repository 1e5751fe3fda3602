//! Sound in the window: the synth plays what is seen, and follows pause, speed and jumps. What a show sounds like is
//! the affair of `orrery-sound`; how a device is opened, of `third_party::kira`.

mod follow;
mod interface;
pub mod live;
mod panel;
mod settings;
mod settings_file;
mod status;
mod table_file;
mod worker;

use bevy::{app::PluginGroupBuilder, prelude::*};

pub use settings::{Solo, SoundSettings};
pub use settings_file::SettingsFile;
pub use status::{SoundStatus, Status};
pub use table_file::{SonificationFile, TableInUse};
pub use worker::SoundWorker;

/// The sound of a show in a window; each part can be left out.
pub struct AudioPlugins;

impl PluginGroup for AudioPlugins {
    fn build(self) -> PluginGroupBuilder {
        PluginGroupBuilder::start::<Self>()
            .add(settings_file::SettingsFilePlugin {
                file: SettingsFile::usual(),
            })
            .add(table_file::TableFilePlugin)
            .add(follow::FollowPlugin)
            .add(panel::SoundPanelPlugin)
            .add(interface::InterfaceSoundsPlugin)
    }
}

#[cfg(test)]
mod tests;
