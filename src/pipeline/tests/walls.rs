//! The walls of the street: the model, its training and the show as functions know nothing of Bevy,
//! not even through what they depend on.

use std::collections::{BTreeMap, BTreeSet};

/// Each package of the lock file with the names of its dependencies (those of its tests included).
fn packages(lock: &str) -> BTreeMap<String, Vec<String>> {
    let mut packages = BTreeMap::new();
    for entry in lock.split("[[package]]").skip(1) {
        let value = |key: &str| {
            let line = entry.lines().find(|line| line.starts_with(key))?;
            Some(line.split('"').nth(1)?.to_owned())
        };
        let dependencies = entry
            .lines()
            .skip_while(|line| !line.starts_with("dependencies"))
            .filter_map(|line| line.trim().strip_prefix('"'))
            .filter_map(|rest| rest.split([' ', '"']).next())
            .map(str::to_owned);
        if let Some(name) = value("name = ") {
            let all: &mut Vec<String> = packages.entry(name).or_default();
            all.extend(dependencies);
        }
    }
    packages
}

/// Everything that a package is built with.
fn reached(packages: &BTreeMap<String, Vec<String>>, from: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(name) = open.pop() {
        if reached.insert(name.clone()) {
            open.extend(packages.get(&name).cloned().unwrap_or_default());
        }
    }
    reached
}

#[test]
fn only_the_app_and_the_plugins_know_bevy() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let lock = std::fs::read_to_string(format!("{root}/Cargo.lock")).expect("the lock file");
    let packages = packages(&lock);
    let knows_bevy = |name: &str| {
        assert!(
            packages.contains_key(name),
            "{name} is not in the lock file"
        );
        reached(&packages, name)
            .into_iter()
            .find(|found| found.starts_with("bevy"))
    };
    for name in [
        "orrery-model",
        "orrery-training",
        "orrery-analysis",
        "orrery-pipeline",
        "orrery-report",
        "orrery-sound",
        "orrery-film",
        "orrery-script",
    ] {
        assert_eq!(knows_bevy(name), None, "{name} reaches Bevy");
    }
    // the same question, asked of those that do: the test can fail
    for name in [
        "orrery",
        "orrery-draw",
        "orrery-plugin-api",
        "orrery-plugin-cubes",
        "orrery-plugin-tower",
    ] {
        assert!(knows_bevy(name).is_some(), "{name} should reach Bevy");
    }
}

#[test]
fn drawing_knows_neither_the_app_nor_a_visualization() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let lock = std::fs::read_to_string(format!("{root}/Cargo.lock")).expect("the lock file");
    let reached = reached(&packages(&lock), "orrery-draw");
    let wrong: Vec<&String> = reached
        .iter()
        .filter(|name| *name == "orrery" || name.starts_with("orrery-plugin-"))
        .collect();
    assert_eq!(wrong, Vec::<&String>::new());
}

/// The Rust files of a folder and all folders in it.
fn rust_files(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_app_names_visualizations_in_one_list_only() {
    let app = concat!(env!("CARGO_MANIFEST_DIR"), "/../app");
    let mut files = Vec::new();
    rust_files(std::path::Path::new(app), &mut files);
    let naming: Vec<_> = files
        .iter()
        .filter(|file| {
            let text = std::fs::read_to_string(file).expect("a file");
            let names = text.matches("orrery_plugin_").count();
            names > text.matches("orrery_plugin_api").count()
        })
        .collect();
    let list = std::path::Path::new(app).join("src/visualizations.rs");
    assert_eq!(naming, [&list]);
}

#[test]
fn plugins_do_not_know_the_app_or_each_other() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let lock = std::fs::read_to_string(format!("{root}/Cargo.lock")).expect("the lock file");
    let packages = packages(&lock);
    for (name, dependencies) in &packages {
        if name.starts_with("orrery-plugin-") {
            let wrong = dependencies.iter().find(|other| {
                *other == "orrery"
                    || (other.starts_with("orrery-plugin-") && *other != "orrery-plugin-api")
            });
            assert_eq!(wrong, None, "{name} knows its neighbour");
        }
    }
}

/// Where a stage is known by name: in its own file and the table beside it, and at its place in the program.
/// Everybody else asks the stage's description.
#[test]
fn only_its_own_file_and_the_program_know_a_stage_by_name() {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let names = |file: &std::path::Path| {
        let text = std::fs::read_to_string(file).expect("a source file");
        // tests may name stages
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let names = code.split("StageKind::").skip(1);
        names.filter(|rest| !rest.starts_with("ALL")).count()
    };
    let mut files = Vec::new();
    for house in [
        "src/pipeline/src",
        "src/app/src",
        "src/draw",
        "src/sound/src",
        "plugins",
    ] {
        rust_files(&root.join(house), &mut files);
    }
    let (mut knows, mut all) = (Vec::new(), 0);
    for file in files {
        let place = file.strip_prefix(root).expect("below the root");
        let place = place.to_string_lossy().replace('\\', "/");
        let test_file = place.contains("/tests/") || place.ends_with("tests.rs");
        all += 1;
        if !test_file && !place.starts_with("src/pipeline/src/stage/") && names(&file) > 0 {
            knows.push(place);
        }
    }
    assert!(all > 100, "only {all} files were read");
    assert_eq!(knows, ["src/pipeline/src/program.rs"]);
}
