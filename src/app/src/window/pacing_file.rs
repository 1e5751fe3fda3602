//! Reads the pacing table anew when its file changes, while the show goes on: so that one can tune the
//! timing and see it at once.

use std::path::PathBuf;

use bevy::prelude::*;
use orrery_pipeline::Pacing;

use crate::sets::Asking;
use crate::show::{Shows, Start};
use crate::watched_file::WatchedFile;

/// The file that is watched; without this resource nothing is.
#[derive(Resource, Clone, Debug)]
pub struct PacingFile(pub PathBuf);

/// Watches the file.
pub struct PacingFilePlugin;

impl Plugin for PacingFilePlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, watch).add_systems(
            Update,
            reload
                .run_if(resource_exists::<Watch>)
                .in_set(Asking::Pacing),
        );
    }
}

/// What tells of changes.
#[derive(Resource)]
struct Watch(WatchedFile);

fn watch(mut commands: Commands, file: Option<Res<PacingFile>>) {
    let Some(file) = file else {
        return;
    };
    match WatchedFile::new(&file.0) {
        Ok(watch) => commands.insert_resource(Watch(watch)),
        Err(error) => warn!("{} is not watched: {error}", file.0.display()),
    }
}

fn reload(watch: Res<Watch>, file: Res<PacingFile>, mut shows: Shows) {
    if !watch.0.has_changed() {
        return;
    }
    let name = file.0.display();
    // a file that is just being written is read again at its next change
    let Ok(text) = std::fs::read_to_string(&file.0) else {
        return;
    };
    let pacing = match Pacing::parse(&text) {
        Ok(pacing) => pacing,
        Err(error) => {
            warn!("{name}: {error}; the timing stays as it was");
            return;
        }
    };
    let shown = shows.on().map(|show| &show.settings.pacing);
    if shown != Some(&pacing) {
        shows.lay_out(Start::SameMoment, |settings| settings.pacing = pacing);
    }
}

#[cfg(test)]
mod tests {
    use crate::{show::CurrentShow, test_support::small_show};

    #[test]
    fn another_timing_keeps_the_moment() {
        let before = small_show();
        let mut settings = before.settings.clone();
        for pace in settings.pacing.stages.values_mut() {
            pace.speed *= 2.0;
        }
        let after = before.laid_out_anew(settings);
        let time = before.duration() * 0.4;
        let now = after.same_moment(&before, time);
        assert!((now - time / 2.0).abs() < 0.02, "{time} became {now}");
        let on = |show: &CurrentShow, time| show.show.timeline().at(time).unwrap().0;
        assert_eq!(on(&before, time), on(&after, now));
    }
}
