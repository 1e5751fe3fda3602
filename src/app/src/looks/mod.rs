//! Which visualization shows what, and how one gives way to another: what was chosen, the change from one picture to
//! the next, and the scripts among the visualizations. How a visualization shapes a scene does not live here, nor does
//! the panel in which it is chosen.

pub mod chosen;
pub mod registry;
mod script_files;
pub mod scripts;
mod settings_file;
pub mod swap;

use bevy::prelude::*;

use crate::{
    camera::{Direction, ShotList},
    sets::OrrerySystems,
};

pub use chosen::{Chosen, SettingValue};
pub use script_files::{ReadScripts, ScriptProblems};
pub use settings_file::SettingsFile;
pub use swap::Swap;

/// Shapes the stage by what is chosen, and tells the visualizations.
pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Chosen>()
        .init_resource::<Swap>()
        .init_resource::<Direction>()
        .init_resource::<ShotList>()
        .add_systems(
            Update,
            swap::shape_stage
                .in_set(OrrerySystems::Program)
                .after(crate::show::now::find_now),
        );
}

/// Lets changes take their time, and keeps settings: for windows.
pub struct SwapPlugin;

impl Plugin for SwapPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(swap::SwapClock);
        settings_file::plugin(app);
        script_files::plugin(app);
    }
}
