//! A file whose changes are told: tables that are tuned while the show goes on.

use std::{
    path::Path,
    sync::{Mutex, PoisonError, mpsc},
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// Watches a file as long as it lives.
pub struct WatchedFile {
    changes: Mutex<mpsc::Receiver<()>>,
    _watcher: RecommendedWatcher,
}

impl WatchedFile {
    /// Watches a file, which need not be there yet.
    ///
    /// # Errors
    /// Its folder is not there, or the system watches no more files.
    pub fn new(file: &Path) -> notify::Result<Self> {
        let (sender, changes) = mpsc::channel();
        let name = file.file_name().map(ToOwned::to_owned);
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
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
        Ok(Self {
            changes: Mutex::new(changes),
            _watcher: watcher,
        })
    }

    /// Whether it has changed since this was asked last.
    pub fn has_changed(&self) -> bool {
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.try_iter().count() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pacing.ron");
        std::fs::write(&file, "(").unwrap();
        let watch = WatchedFile::new(&file).unwrap();
        std::fs::write(folder.path().join("other"), "x").unwrap();
        std::fs::write(&file, "()").unwrap();
        let changes = watch.changes.lock().unwrap();
        changes
            .recv_timeout(std::time::Duration::from_secs(20))
            .expect("the change is told");
    }
}
