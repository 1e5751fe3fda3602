//! `scripts/new-visualization` makes a visualization that compiles, and adds it where it must stand.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A copy of the files that the script reads and changes.
fn skeleton() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for file in [
        "Cargo.toml",
        "src/app/Cargo.toml",
        "src/app/src/visualizations.rs",
        "plugins/template/Cargo.toml",
        "plugins/template/src/lib.rs",
    ] {
        let to = folder.path().join(file);
        fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
        fs::copy(root().join(file), to).expect("a copy");
    }
    folder
}

fn run(name: &str, folder: &Path) -> std::process::Output {
    Command::new("sh")
        .arg(root().join("scripts/new-visualization"))
        .arg(name)
        .arg(folder)
        .output()
        .expect("a shell")
}

/// The library of a crate that was compiled last for this test.
fn library(folder: &Path, name: &str) -> PathBuf {
    let prefix = format!("lib{name}-");
    let files = fs::read_dir(folder)
        .expect("the compiled dependencies")
        .flatten();
    let mut found: Vec<PathBuf> = files.map(|file| file.path()).collect();
    found.retain(|file| {
        let file_name = file.file_name().unwrap_or_default().to_string_lossy();
        file_name.starts_with(&prefix) && file_name.ends_with(".rlib")
    });
    found.sort_by_key(|file| fs::metadata(file).and_then(|data| data.modified()).ok());
    found.pop().unwrap_or_else(|| panic!("{name} was compiled"))
}

#[test]
fn the_copy_compiles_and_stands_in_every_list() {
    let folder = skeleton();
    let output = run("wind-chime", folder.path());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let read = |file: &str| fs::read_to_string(folder.path().join(file)).expect("a file");
    assert!(
        read("Cargo.toml").contains("orrery-plugin-wind-chime = { path = \"plugins/wind-chime\" }")
    );
    assert!(read("src/app/Cargo.toml").contains("orrery-plugin-wind-chime.workspace = true"));
    let list = read("src/app/src/visualizations.rs");
    assert!(list.contains("_wind_chime::WindChimePlugin;"));
    assert!(list.contains(".add(WindChimePlugin)"));
    let text = read("plugins/wind-chime/src/lib.rs");
    assert!(text.contains("\"wind-chime\"") && text.contains("\"Wind chime\""));
    assert!(!text.contains("emplate"), "{text}");

    // only the types, with what is compiled already
    let here = std::env::current_exe().expect("this test");
    let compiled = here.parent().expect("a folder");
    let checked = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "--crate-name",
            "wind_chime",
        ])
        .arg("--out-dir")
        .arg(folder.path())
        .arg("-L")
        .arg(format!("dependency={}", compiled.display()))
        .args(["bevy", "orrery_plugin_api"].iter().flat_map(|name| {
            let library = library(compiled, name);
            [
                "--extern".to_owned(),
                format!("{name}={}", library.display()),
            ]
        }))
        .arg(folder.path().join("plugins/wind-chime/src/lib.rs"))
        .output()
        .expect("the compiler");
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
}

#[test]
fn names_that_are_none_and_names_that_are_taken_change_nothing() {
    let folder = skeleton();
    for name in ["", "Wind", "1st", "wind_chime", "wind-", "template"] {
        let output = run(name, folder.path());
        assert!(!output.status.success(), "{name}");
        assert!(!output.stderr.is_empty());
    }
    let before = fs::read_to_string(root().join("Cargo.toml")).expect("a file");
    let after = fs::read_to_string(folder.path().join("Cargo.toml")).expect("a file");
    assert_eq!(before, after);
    assert_eq!(
        fs::read_dir(folder.path().join("plugins"))
            .expect("a folder")
            .count(),
        1
    );
}
