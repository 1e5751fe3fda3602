//! Reads the pacing table anew when its file changes, while the show goes on: so that one can tune the
//! timing and see it at once.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, mpsc},
};

use bevy::prelude::*;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use orrery_pipeline::{Pacing, Show};

use crate::{
    sets::OrrerySystems,
    show::{CurrentShow, Transport},
};

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
                .in_set(OrrerySystems::Input),
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

/// The time in the new show at which the same is happening as at `time` in the old.
fn same_moment(old: &Show, time: f64, new: &Show) -> f64 {
    let Some((index, seconds)) = old.timeline().at(time) else {
        return 0.0;
    };
    let (Some(was), Some(is)) = (
        old.timeline().segments().get(index),
        new.timeline().segments().get(index),
    ) else {
        return time;
    };
    let share = f64::from(seconds) / f64::from(was.duration()).max(1e-6);
    is.start + share * f64::from(is.duration())
}

fn reload(
    watch: Res<Watch>,
    file: Res<PacingFile>,
    show: Option<ResMut<CurrentShow>>,
    mut transport: ResMut<Transport>,
) {
    let Some(mut show) = show else {
        return;
    };
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
    if pacing == show.settings.pacing {
        return;
    }
    let (old, time) = (show.show.clone(), transport.time);
    let mut settings = show.settings.clone();
    settings.pacing = pacing;
    match show.bypass_change_detection().replace(settings) {
        Ok(()) => {
            let duration = show.duration();
            transport.seek(same_moment(&old, time, &show.show), duration);
            show.set_changed();
        }
        Err(error) => warn!("{name}: {error}; the timing stays as it was"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::small_show;

    #[test]
    fn another_timing_keeps_the_moment() {
        let before = small_show();
        let mut after = before.clone();
        let mut settings = after.settings.clone();
        for pace in settings.pacing.stages.values_mut() {
            pace.speed *= 2.0;
        }
        after.replace(settings).unwrap();
        let time = before.duration() * 0.4;
        let now = same_moment(&before.show, time, &after.show);
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
