//! Reads the pacing table anew when its file changes, while the show goes on: so that one can tune the
//! timing and see it at once.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, mpsc},
};

use bevy::prelude::*;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use orrery_pipeline::Pacing;

use crate::sets::Asking;
use crate::show::{Shows, Start};

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
struct Watch {
    changes: Mutex<mpsc::Receiver<()>>,
    /// Watches as long as it lives.
    _watcher: RecommendedWatcher,
}

fn watch(mut commands: Commands, file: Option<Res<PacingFile>>) {
    let Some(file) = file else {
        return;
    };
    match watcher(&file.0) {
        Ok(watch) => commands.insert_resource(watch),
        Err(error) => warn!("{} is not watched: {error}", file.0.display()),
    }
}

fn watcher(file: &Path) -> notify::Result<Watch> {
    let (sender, changes) = mpsc::channel();
    let name = file.file_name().map(ToOwned::to_owned);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else {
            return;
        };
        let ours = event
            .paths
            .iter()
            .any(|path| path.file_name() == name.as_deref());
        if ours && !matches!(event.kind, EventKind::Access(_)) {
            // the window may be gone already
            let _ = sender.send(());
        }
    })?;
    // the folder, because editors put a new file in the place of the old
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(Watch {
        changes: Mutex::new(changes),
        _watcher: watcher,
    })
}

fn reload(watch: Res<Watch>, file: Res<PacingFile>, mut shows: Shows) {
    let changes = watch.changes.lock().unwrap_or_else(PoisonError::into_inner);
    if changes.try_iter().count() == 0 {
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
    use super::*;
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

    #[test]
    fn a_changed_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pacing.ron");
        std::fs::write(&file, "(").unwrap();
        let watch = watcher(&file).unwrap();
        std::fs::write(folder.path().join("other"), "x").unwrap();
        std::fs::write(&file, "()").unwrap();
        let changes = watch.changes.lock().unwrap();
        changes
            .recv_timeout(std::time::Duration::from_secs(20))
            .expect("the change is told");
    }
}
