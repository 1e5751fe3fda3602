//! Reads the table of sounds anew when its file changes, while the show goes on.

use std::path::PathBuf;
use std::sync::Arc;

use bevy::prelude::*;
use orrery_sound::Sonification;

use crate::sets::Asking;
use crate::watched_file::WatchedFile;

/// The table in use.
#[derive(Resource, Clone, Debug)]
pub struct TableInUse(pub Arc<Sonification>);

/// The file that is watched; without this resource nothing is.
#[derive(Resource, Clone, Debug)]
pub struct SonificationFile(pub PathBuf);

impl SonificationFile {
    /// The table that lies where the program was started from the project's folder.
    pub fn usual() -> Option<Self> {
        let file = PathBuf::from("assets/sonification.ron");
        file.is_file().then_some(Self(file))
    }
}

/// Watches the file.
pub struct TableFilePlugin;

impl Plugin for TableFilePlugin {
    fn build(&self, app: &mut App) {
        match Sonification::shipped() {
            Ok(table) => {
                app.insert_resource(TableInUse(Arc::new(table)));
            }
            // a test reads it: it cannot be
            Err(error) => panic!("{error}"),
        }
        app.add_systems(Startup, watch).add_systems(
            Update,
            reload
                .run_if(resource_exists::<Watch>)
                .in_set(Asking::Pacing),
        );
    }
}

#[derive(Resource)]
struct Watch(WatchedFile);

fn watch(mut commands: Commands, file: Option<Res<SonificationFile>>) {
    let Some(file) = file else {
        return;
    };
    match WatchedFile::new(&file.0) {
        Ok(watch) => commands.insert_resource(Watch(watch)),
        Err(error) => warn!("{} is not watched: {error}", file.0.display()),
    }
}

fn reload(watch: Res<Watch>, file: Res<SonificationFile>, mut table: ResMut<TableInUse>) {
    if !watch.0.has_changed() {
        return;
    }
    // a file that is just being written is read again at its next change
    let Ok(text) = std::fs::read_to_string(&file.0) else {
        return;
    };
    match Sonification::parse(&text) {
        Ok(read) if read == *table.0 => {}
        Ok(read) => table.0 = Arc::new(read),
        Err(error) => warn!(
            "{}: {error}; the sounds stay as they were",
            file.0.display()
        ),
    }
}
