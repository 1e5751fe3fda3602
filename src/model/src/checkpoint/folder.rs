//! A folder that holds a model: which of its files that is.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::{CheckpointError, FileProblem};

/// Names under which programs keep a model's weights, in the order in which they are looked for.
const USUAL: [&str; 5] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "ckpt.pt",
];

/// Endings of files of weights.
const ENDINGS: [&str; 6] = ["safetensors", "pt", "pth", "bin", "ckpt", "npz"];

/// The file of weights in a folder: of a usual name, or the only one.
///
/// # Errors
/// No file of weights in it, or several.
pub(super) fn weights_in(folder: &Path) -> Result<PathBuf, CheckpointError> {
    let wrong = |reason: String| FileProblem::Folder(reason).of(folder);
    let read = |source| FileProblem::Read(source).of(folder);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if path.is_file() && ending.is_some_and(|ending| ENDINGS.contains(&ending)) {
            files.push(path);
        }
    }
    files.sort();
    let mut usual = USUAL.iter().map(|name| folder.join(name));
    if let Some(found) = usual.find(|path| path.is_file()) {
        return Ok(found);
    }
    let names: Vec<_> = files
        .iter()
        .filter_map(|path| path.file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    match files.len() {
        1 => Ok(files.remove(0)),
        0 => Err(wrong(
            "is a folder without a file of weights (.safetensors, .pt, .pth, .bin or .npz); name a file or \
             folder that has them with --model"
                .to_owned(),
        )),
        _ => Err(wrong(format!(
            "is a folder with several files of weights ({}); name one of them with --model",
            names.join(", ")
        ))),
    }
}
