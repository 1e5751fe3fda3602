//! Files that are chosen in a dialog: a window of Wayland gets no dropped ones.

use std::path::{Path, PathBuf};

use bevy::prelude::*;

use super::OpenModel;
use crate::{
    show::CurrentShow,
    third_party::{
        egui::Interface,
        file_dialog::{FileChooser, Wanted},
    },
    window::actions::Action,
};

/// Endings of the files that can be opened.
const ENDINGS: &[&str] = &["pt", "pth", "bin", "safetensors", "npz", "pkl"];

/// Opens the dialog where it is asked for.
pub(super) fn ask(
    mut actions: MessageReader<Action>,
    show: Option<Res<CurrentShow>>,
    mut chooser: ResMut<FileChooser>,
) {
    if !actions.read().any(|&action| action == Action::ChooseFile) {
        return;
    }
    chooser.open(Wanted {
        title: "Open a model",
        kind: "Models (.pt .npz …)",
        endings: ENDINGS,
        folder: show.and_then(|show| folder_of(&show.settings.model.name)),
    });
}

/// Where the model that is shown comes from, if its name is that of a file.
fn folder_of(model: &str) -> Option<PathBuf> {
    let file = Path::new(model);
    let folder = file.parent().filter(|_| file.is_file())?;
    // of a bare name it is empty
    let named = folder.components().next().is_some();
    named.then(|| folder.to_owned())
}

pub(super) fn draw(
    mut interface: Interface,
    mut chooser: ResMut<FileChooser>,
    mut files: MessageWriter<OpenModel>,
) {
    let Ok(context) = interface.ctx_mut() else {
        return;
    };
    if let Some(path) = chooser.draw(context) {
        files.write(OpenModel(path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_where_the_model_lies() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ckpt.pt");
        std::fs::write(&file, "").unwrap();
        let begin = folder_of(&file.display().to_string());
        assert_eq!(begin.as_deref(), Some(folder.path()));
        // the working directory, which needs no name
        assert_eq!(folder_of("Cargo.toml"), None);
        assert_eq!(folder_of("charlm (shipped)"), None);
    }
}
