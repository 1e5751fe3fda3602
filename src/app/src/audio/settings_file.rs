//! The settings between two starts: a small file in the user's folder for settings.

use std::io::Write;
use std::path::{Path, PathBuf};

use bevy::prelude::*;
use orrery_model::checkpoint::write_atomically;

use super::settings::SoundSettings;

/// Where the settings are kept; nowhere without this resource.
#[derive(Resource, Clone, Debug)]
pub struct SettingsFile(pub PathBuf);

impl SettingsFile {
    /// The usual place, if this system has one.
    pub fn usual() -> Option<Self> {
        let folders = directories::ProjectDirs::from("", "", "orrery")?;
        Some(Self(folders.config_dir().join("sound.ron")))
    }
}

/// Reads the settings at the start, and writes them when they have changed.
pub struct SettingsFilePlugin {
    /// Where they are kept; nowhere if none.
    pub file: Option<SettingsFile>,
}

impl Plugin for SettingsFilePlugin {
    fn build(&self, app: &mut App) {
        let file = self.file.as_ref();
        app.insert_resource(file.map(|file| read(&file.0)).unwrap_or_default());
        if let Some(file) = file {
            app.insert_resource(file.clone());
        }
        app.add_systems(Last, write_when_changed);
    }
}

/// What the file holds; the usual settings where there is none, or it makes no sense.
fn read(file: &Path) -> SoundSettings {
    let Ok(text) = std::fs::read_to_string(file) else {
        return SoundSettings::default();
    };
    match ron::from_str::<SoundSettings>(&text) {
        Ok(settings) => settings.sane(),
        Err(error) => {
            warn!("{}: {error}; sound is as it is at first", file.display());
            SoundSettings::default()
        }
    }
}

fn write(file: &Path, settings: &SoundSettings) -> Result<(), String> {
    let text =
        ron::ser::to_string_pretty(settings, default()).map_err(|error| error.to_string())?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    write_atomically(file, |writer| writer.write_all(text.as_bytes()))
        .map_err(|error| error.to_string())
}

/// A slider that is dragged changes the settings many times: written is what has been the same for a while.
const REST_SECONDS: f64 = 0.4;

fn write_when_changed(
    settings: Res<SoundSettings>,
    file: Option<Res<SettingsFile>>,
    time: Res<Time<Real>>,
    mut exit: MessageReader<AppExit>,
    mut written: Local<Option<SoundSettings>>,
    mut changed: Local<Option<f64>>,
) {
    let Some(file) = file else {
        return;
    };
    let now = time.elapsed_secs_f64();
    if settings.is_changed() {
        // what was read need not be written
        written.get_or_insert(*settings);
        *changed = Some(now);
    }
    let leaving = exit.read().count() > 0;
    let rested = changed.is_some_and(|since| now - since >= REST_SECONDS);
    if !(rested || leaving) {
        return;
    }
    *changed = None;
    if written.replace(*settings) != Some(*settings)
        && let Err(error) = write(&file.0, &settings)
    {
        warn!("the settings of sound are not kept: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deeper").join("sound.ron");
        assert_eq!(read(&file), SoundSettings::default());
        let set = SoundSettings {
            muted: true,
            music: 0.25,
            ..SoundSettings::default()
        };
        write(&file, &set).unwrap();
        assert_eq!(read(&file), set);
        std::fs::write(&file, "(muted: perhaps)").unwrap();
        assert_eq!(read(&file), SoundSettings::default());
        std::fs::write(&file, "(volume: 99.0, muted: true)").unwrap();
        let read = read(&file);
        assert!(read.muted && read.volume == SoundSettings::default().volume);
    }
}
