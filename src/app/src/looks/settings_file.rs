//! The settings of visualizations, kept from one session to the next in the user's folder of settings.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use bevy::prelude::*;
use directories::ProjectDirs;

use super::chosen::{Chosen, Settings};

/// The file; none where the platform has no place for settings.
#[derive(Resource, Clone, Debug)]
pub struct SettingsFile(pub Option<PathBuf>);

/// The folder of the user's settings.
pub fn folder() -> Option<PathBuf> {
    let places = ProjectDirs::from("", "", "gpt-orrery")?;
    Some(places.config_dir().to_owned())
}

impl Default for SettingsFile {
    fn default() -> Self {
        Self(folder().map(|folder| folder.join("visualizations.ron")))
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<SettingsFile>()
        .add_systems(Startup, read)
        .add_systems(Last, write.run_if(resource_changed::<Chosen>));
}

/// Reads a file of settings; an empty one where there is none.
fn read_file(file: &Path) -> Result<BTreeMap<String, Settings>, String> {
    match std::fs::read_to_string(file) {
        Ok(text) => ron::from_str(&text).map_err(|error| error.to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error.to_string()),
    }
}

/// Writes it under another name first, so that it is there as a whole or as it was.
fn write_file(file: &Path, settings: &BTreeMap<String, Settings>) -> Result<(), String> {
    let text = ron::ser::to_string_pretty(settings, ron::ser::PrettyConfig::default())
        .map_err(|error| error.to_string())?;
    let write = || -> std::io::Result<()> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let new = file.with_extension("ron.new");
        std::fs::write(&new, text)?;
        std::fs::rename(new, file)
    };
    write().map_err(|error| error.to_string())
}

/// What was typed at the command line goes before what was kept.
pub(super) fn read(file: Res<SettingsFile>, mut chosen: ResMut<Chosen>) {
    let Some(file) = &file.0 else {
        return;
    };
    match read_file(file) {
        Ok(kept) => {
            for (visualization, settings) in kept {
                let of_it = chosen.settings.entry(visualization).or_default();
                for (name, value) in settings {
                    of_it.entry(name).or_insert(value);
                }
            }
        }
        Err(error) => warn!(
            "{}: {error}; visualizations begin with their usual settings",
            file.display()
        ),
    }
}

fn write(
    file: Res<SettingsFile>,
    chosen: Res<Chosen>,
    mut written: Local<Option<BTreeMap<String, Settings>>>,
) {
    // what is there at the start is what was read
    let before = written.get_or_insert_with(|| chosen.settings.clone());
    if *before == chosen.settings {
        return;
    }
    before.clone_from(&chosen.settings);
    if let Some(file) = &file.0
        && let Err(error) = write_file(file, &chosen.settings)
    {
        warn!("{} is not written: {error}", file.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::looks::SettingValue;

    #[test]
    fn what_is_written_is_read_again_and_a_damaged_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/visualizations.ron");
        assert_eq!(read_file(&file), Ok(BTreeMap::new()));
        let of_it = Settings::from([
            ("height".to_owned(), SettingValue::Number(0.5)),
            ("weights".to_owned(), SettingValue::Switch(false)),
        ]);
        let settings = BTreeMap::from([("skyline".to_owned(), of_it)]);
        write_file(&file, &settings).unwrap();
        assert_eq!(read_file(&file), Ok(settings));
        std::fs::write(&file, "(").unwrap();
        assert!(read_file(&file).is_err());
    }
}
