//! Reads scripts anew when their files change, while the show goes on. What cannot be shown changes nothing: the version
//! before stays in the picture, and the list says what is wrong.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, mpsc},
};

use bevy::prelude::*;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use orrery_pipeline::shaping::Setting;
use orrery_plugin_api::{StageView, Visualizations};
use orrery_script::{Problem, ScriptShaping, TablesTime};

use super::{
    chosen::Chosen,
    scripts::{Loaded, files, folders, identifier, load, read, sorted},
};
use crate::{background::Wake, sets::OrrerySystems};

/// When scripts are read anew (in `Update`).
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReadScripts;

/// What is wrong with scripts, one plain sentence each. They are shown with the list.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct ScriptProblems(pub Vec<String>);

/// The scripts as they were read last.
#[derive(Resource, Default)]
struct Scripts {
    loaded: BTreeMap<PathBuf, Loaded>,
    /// What is wrong with files as they are now.
    wrong: Vec<String>,
}

/// What tells of changes.
#[derive(Resource)]
struct Watch {
    changes: Mutex<mpsc::Receiver<()>>,
    /// Watches as long as it lives.
    _watcher: RecommendedWatcher,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<ScriptProblems>()
        .init_resource::<Scripts>()
        .add_systems(Startup, begin.before(super::settings_file::read))
        .add_systems(
            Update,
            (reload.run_if(resource_exists::<Watch>), tell)
                .chain()
                .in_set(ReadScripts)
                .in_set(OrrerySystems::Input),
        );
}

fn begin(
    mut commands: Commands,
    chosen: Res<Chosen>,
    wake: Res<Wake>,
    mut scripts: ResMut<Scripts>,
) {
    let (loaded, wrong) = load(&chosen.folders);
    scripts.loaded = loaded;
    scripts.wrong = wrong.iter().map(ToString::to_string).collect();
    match watcher(&folders(&chosen.folders), &wake) {
        Ok(watch) => commands.insert_resource(watch),
        Err(error) => warn!("scripts are not watched: {error}"),
    }
}

fn watcher(folders: &[PathBuf], wake: &Wake) -> notify::Result<Watch> {
    let (sender, changes) = mpsc::channel();
    let wake = wake.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else {
            return;
        };
        let is_script = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "rhai");
        if event.paths.iter().any(is_script) && !matches!(event.kind, EventKind::Access(_)) {
            // the window may be gone already
            let _ = sender.send(());
            wake.call();
        }
    })?;
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
    }
    Ok(Watch {
        changes: Mutex::new(changes),
        _watcher: watcher,
    })
}

/// What a file has become; none where its version before stays.
fn renewed(
    file: &Path,
    before: Option<&Loaded>,
    view: &StageView,
) -> Result<Option<Loaded>, String> {
    let script = read(file).map_err(|error| error.to_string())?;
    if before.is_some_and(|before| before.script.hash() == script.hash()) {
        return Ok(None);
    }
    let (script, problem) = (Arc::new(script), Problem::default());
    // it must get along with what is on
    let setting = view
        .show
        .as_deref()
        .and_then(|show| Setting::new(show, view.segment));
    if let Some(setting) = setting {
        let shaping = ScriptShaping::new(script.clone(), problem.clone(), TablesTime::default());
        shaping
            .try_scene(&setting)
            .map_err(|error| error.to_string())?;
    }
    Ok(Some(Loaded {
        identifier: identifier(file),
        script,
        problem,
    }))
}

fn reload(
    watch: Res<Watch>,
    chosen: Res<Chosen>,
    view: Res<StageView>,
    mut scripts: ResMut<Scripts>,
    mut all: ResMut<Visualizations>,
) {
    let changes = watch.changes.lock().unwrap_or_else(PoisonError::into_inner);
    if changes.try_iter().count() == 0 {
        return;
    }
    let mut wrong = Vec::new();
    let mut there = Vec::new();
    for file in folders(&chosen.folders)
        .iter()
        .flat_map(|folder| files(folder))
    {
        let before = scripts.loaded.get(&file);
        let mut others = scripts.loaded.iter();
        let hidden = others.any(|(other, known)| {
            *other != file
                && other.parent() != Some(Path::new(""))
                && known.identifier == identifier(&file)
        });
        if hidden {
            continue;
        }
        there.push(file.clone());
        match renewed(&file, before, &view) {
            Ok(Some(new)) => {
                // a file of the name of one that ships takes its place
                scripts
                    .loaded
                    .retain(|_, known| known.identifier != new.identifier);
                scripts.loaded.insert(file, new);
            }
            Ok(None) => {}
            // a file that is being written is empty for a moment: its next change is told too
            Err(error) => wrong.push(error),
        }
    }
    let used: Vec<&str> = chosen.identifiers().collect();
    scripts.loaded.retain(|file, known| {
        let ships = file.parent() == Some(Path::new(""));
        let gone = !ships && !there.contains(file);
        let stays = gone && used.contains(&known.identifier.as_str());
        if stays {
            wrong.push(format!(
                "{} is gone; its last version stays until another visualization is chosen",
                file.display()
            ));
        }
        !gone || stays
    });
    scripts.wrong = wrong;
    for duplicate in all.set_scripts(sorted(&scripts.loaded)) {
        scripts.wrong.push(duplicate.to_string());
    }
}

/// Says what is wrong: in files, and in scripts that are shown.
fn tell(scripts: Res<Scripts>, mut problems: ResMut<ScriptProblems>) {
    let running = scripts
        .loaded
        .values()
        .filter_map(|known| known.problem.get());
    let all = scripts
        .wrong
        .iter()
        .cloned()
        .chain(running.map(|error| error.to_string()));
    problems.set_if_neq(ScriptProblems(all.collect()));
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::{looks::registry, test_support::app_with_small_show};

    const GOOD: &str = "fn matrix(m) { at(m.x, m.y, 0.0) }";
    const BETTER: &str = "fn matrix(m) { at(m.x, m.y, 2.0) }";

    fn app(folder: &Path) -> App {
        let mut app = app_with_small_show();
        app.insert_resource(registry::compiled().unwrap());
        let mut chosen = app.world_mut().resource_mut::<Chosen>();
        chosen.folders = vec![folder.to_owned()];
        chosen.choose_for_all("mine");
        plugin(&mut app);
        app.update();
        app
    }

    /// Updates the app until something is so.
    fn until(app: &mut App, is_so: impl Fn(&World) -> bool) {
        let began = Instant::now();
        while !is_so(app.world()) {
            assert!(began.elapsed() < Duration::from_secs(20), "it never is so");
            app.update();
            std::thread::yield_now();
        }
    }

    fn depth(world: &World) -> Option<f32> {
        let all = world.resource::<Visualizations>();
        let found = all.find("mine")?;
        let look = found.look(found.default_settings().as_ref());
        let view = world.resource::<StageView>();
        let setting = Setting::new(view.show.as_deref()?, view.segment)?;
        let scene = look.shaping.scene(&setting);
        Some(scene.groups[0].pose(0, 0, 0.0).position.z)
    }

    #[test]
    fn what_is_saved_is_shown_and_what_is_wrong_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mine.rhai");
        std::fs::write(&file, GOOD).unwrap();
        let mut app = app(folder.path());
        let scripts = app.world().resource::<Scripts>();
        let first = sorted(&scripts.loaded);
        app.world_mut()
            .resource_mut::<Visualizations>()
            .set_scripts(first);
        app.update();
        assert_eq!(depth(app.world()), Some(0.0));
        std::fs::write(&file, BETTER).unwrap();
        until(&mut app, |world| depth(world) == Some(2.0));
        std::fs::write(&file, "fn matrix(m) { at(m.x, ").unwrap();
        until(&mut app, |world| {
            let problems = &world.resource::<ScriptProblems>().0;
            problems.iter().any(|words| words.contains("mine.rhai:1:"))
        });
        assert_eq!(depth(app.world()), Some(2.0));
        std::fs::write(&file, GOOD).unwrap();
        until(&mut app, |world| depth(world) == Some(0.0));
        assert_eq!(app.world().resource::<ScriptProblems>().0, [""; 0]);
        // gone while it is shown: it stays, and that is said
        std::fs::remove_file(&file).unwrap();
        until(&mut app, |world| {
            let problems = &world.resource::<ScriptProblems>().0;
            problems.iter().any(|words| words.contains("is gone"))
        });
        assert_eq!(depth(app.world()), Some(0.0));
    }
}
