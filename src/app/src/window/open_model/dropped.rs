//! Files that are held over the window and dropped on it.

use bevy::{prelude::*, window::FileDragAndDrop};

use super::{ModelOpening, OpenModel, is_vocabulary};
use crate::third_party::file_dialog::FileChooser;

pub(super) fn take(
    mut drags: MessageReader<FileDragAndDrop>,
    mut opening: ResMut<ModelOpening>,
    mut chooser: ResMut<FileChooser>,
    mut files: MessageWriter<OpenModel>,
) {
    let mut hovers = opening.hovers;
    let mut dropped = Vec::new();
    for drag in drags.read() {
        hovers = matches!(drag, FileDragAndDrop::HoveredFile { .. });
        if let FileDragAndDrop::DroppedFile { path_buf, .. } = drag {
            dropped.push(path_buf.clone());
        }
    }
    if opening.hovers != hovers {
        opening.hovers = hovers;
    }
    if dropped.is_empty() {
        return;
    }
    // the model and its vocabulary in one go
    if let Some(weights) = dropped.iter().rfind(|path| !is_vocabulary(path)) {
        opening.last = Some(weights.clone());
    }
    dropped.sort_by_key(|path| is_vocabulary(path));
    files.write_batch(dropped.into_iter().map(OpenModel));
    // it has been chosen in another way
    chooser.close();
}
