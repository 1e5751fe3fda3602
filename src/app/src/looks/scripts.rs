//! The scripts among the visualizations: where they lie, and how a file becomes one. Those that ship are in the program
//! too, so that they are there wherever it is started.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use orrery_plugin_api::{Diagnostic, Icon, NoSettings, Visualization, Visualizations};
use orrery_script::{Problem, Script, ScriptError, ScriptShaping, TablesTime};

/// The scripts that ship, by their files' names.
const SHIPPED: [(&str, &str); 3] = [
    (
        "spiral.rhai",
        include_str!("../../../../plugins/scripts/spiral.rhai"),
    ),
    (
        "terrain.rhai",
        include_str!("../../../../plugins/scripts/terrain.rhai"),
    ),
    (
        "clock.rhai",
        include_str!("../../../../plugins/scripts/clock.rhai"),
    ),
];
/// A larger file is no script.
const MOST_BYTES: u64 = 256 * 1024;

/// A script that can be shown.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Its identifier: the file's name without its ending.
    pub identifier: String,
    /// What it does.
    pub script: Arc<Script>,
    /// What went wrong with it while it was shown.
    pub problem: Problem,
}

/// Reads a script from a file.
///
/// # Errors
/// The file cannot be read, or what is wrong in it and where.
pub fn read(file: &Path) -> Result<Script, ScriptError> {
    let name = file.display().to_string();
    let wrong = |words: String| ScriptError {
        file: name.clone(),
        line: 0,
        column: 0,
        words,
    };
    let size = std::fs::metadata(file).map_err(|error| wrong(error.to_string()))?;
    if size.len() > MOST_BYTES {
        return Err(wrong(format!(
            "{} bytes are no script; it has at most {MOST_BYTES}",
            size.len()
        )));
    }
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    Script::compile(&name, &text)
}

/// The identifier of a file: its name in lower case, whatever is no letter and no digit a hyphen.
pub fn identifier(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let lower = stem.to_lowercase();
    lower
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect()
}

/// The scripts of a folder, by name; none where there is no such folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "rhai"));
    files.sort();
    files
}

/// Where scripts are looked for, those that were named first.
pub fn folders(named: &[PathBuf]) -> Vec<PathBuf> {
    let mut folders = named.to_vec();
    folders.extend(super::settings_file::folder().map(|folder| folder.join("scripts")));
    folders.push(PathBuf::from("plugins/scripts"));
    folders
}

/// All scripts by their files, and what is wrong with those that cannot be shown. Where two files have one name, the
/// one that is found first counts.
pub fn load(named: &[PathBuf]) -> (BTreeMap<PathBuf, Loaded>, Vec<ScriptError>) {
    let mut loaded: BTreeMap<PathBuf, Loaded> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut add = |file: PathBuf, script: Result<Script, ScriptError>| {
        let identifier = identifier(&file);
        if loaded.values().any(|known| known.identifier == identifier) {
            return;
        }
        match script {
            Ok(script) => {
                let script = Loaded {
                    identifier,
                    script: Arc::new(script),
                    problem: Problem::default(),
                };
                loaded.insert(file, script);
            }
            Err(error) => wrong.push(error),
        }
    };
    for file in folders(named).iter().flat_map(|folder| files(folder)) {
        let script = read(&file);
        add(file, script);
    }
    for (file, text) in SHIPPED {
        add(PathBuf::from(file), Script::compile(file, text));
    }
    (loaded, wrong)
}

/// As it stands in the list.
pub fn visualization(loaded: &Loaded) -> Visualization {
    let about = loaded.script.about();
    let (script, problem) = (loaded.script.clone(), loaded.problem.clone());
    let help = if about.help.is_empty() {
        format!("A script: {}", loaded.script.file())
    } else {
        about.help.clone()
    };
    let time = TablesTime::default();
    let told = time.clone();
    Visualization::new::<NoSettings>(loaded.identifier.clone(), move |_| {
        Arc::new(ScriptShaping::new(
            script.clone(),
            problem.clone(),
            time.clone(),
        ))
    })
    .with_diagnostics(move |_| {
        let seconds = told.get().map(|time| time.as_secs_f64());
        let words = |seconds: f64| format!("{:.1} ms", seconds * 1e3);
        let time = seconds.map(|seconds| Diagnostic::new("the last tables took", words(seconds)));
        time.into_iter().collect()
    })
    .named(about.name.clone(), help)
    .with_icon(Icon::lines(&[
        &[
            [0.25, 0.1],
            [0.75, 0.1],
            [0.75, 0.9],
            [0.25, 0.9],
            [0.25, 0.1],
        ],
        &[[0.36, 0.3], [0.64, 0.3]],
        &[[0.36, 0.5], [0.58, 0.5]],
        &[[0.36, 0.7], [0.64, 0.7]],
    ]))
    .from_origin(loaded.script.file())
    .with_version(loaded.script.hash())
}

/// Adds scripts to the registry; the answer is what is wrong with those that cannot be shown, one sentence each.
pub fn add_scripts(all: &mut Visualizations, named: &[PathBuf]) -> Vec<String> {
    let (loaded, wrong) = load(named);
    let refused = all.set_scripts(sorted(&loaded));
    let wrong = wrong.iter().map(ScriptError::to_string);
    wrong
        .chain(refused.iter().map(ToString::to_string))
        .collect()
}

/// Those that ship first, in their order, then the user's own by name: keys keep their meaning.
pub fn sorted(loaded: &BTreeMap<PathBuf, Loaded>) -> Vec<Visualization> {
    let rank = |script: &Loaded| {
        let stem = |file: &str| identifier(Path::new(file)) == script.identifier;
        let shipped = SHIPPED.iter().position(|(file, _)| stem(file));
        (shipped.unwrap_or(SHIPPED.len()), script.identifier.clone())
    };
    let mut all: Vec<&Loaded> = loaded.values().collect();
    all.sort_by_key(|script| rank(script));
    all.into_iter().map(visualization).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_scripts_are_there_in_their_order_and_files_of_ones_own_come_behind() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("My Own.rhai"),
            "fn matrix(m) { at(m.x, m.y, 0.0) }",
        )
        .unwrap();
        std::fs::write(folder.path().join("broken.rhai"), "fn matrix(m) { at(m.x").unwrap();
        std::fs::write(folder.path().join("notes.txt"), "no script").unwrap();
        let mut all = Visualizations::default();
        let wrong = add_scripts(&mut all, &[folder.path().to_owned()]);
        let names: Vec<&str> = all.all().map(|found| found.identifier.as_str()).collect();
        assert_eq!(names, ["spiral", "terrain", "clock", "my-own"]);
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].contains("broken.rhai:1:"), "{wrong:?}");
    }

    #[test]
    fn another_text_is_another_look() {
        let load = |text: &str| {
            let script = Script::compile("mine.rhai", text).unwrap();
            let loaded = Loaded {
                identifier: "mine".to_owned(),
                script: Arc::new(script),
                problem: Problem::default(),
            };
            let visualization = visualization(&loaded);
            visualization.look(visualization.default_settings().as_ref())
        };
        let one = "fn matrix(m) { at(m.x, m.y, 0.0) }";
        assert_eq!(load(one), load(one));
        assert_ne!(load(one), load("fn matrix(m) { at(m.x, m.y, 1.0) }"));
    }
}
