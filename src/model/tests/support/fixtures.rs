//! The reference files beside the workspace: made by other programs, not part of the project.

use std::path::{Path, PathBuf};

/// The folder of that name among the reference files. Where it is missing the caller skips its
/// test, except in CI (the environment variable `CI` is set), where that is a failure.
pub fn folder(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/fixtures")
        .join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "the reference files are missing: {}",
        folder.display()
    );
    eprintln!("skipped: the reference files '{name}' are not here");
    None
}
