//! All visualizations without an app that runs: what commands list and check before anything is drawn.

use std::path::PathBuf;

use bevy::prelude::*;
use orrery_plugin_api::{Duplicate, Visualizations};

use super::scripts::add_scripts;
use crate::visualizations::VisualizationPlugins;

/// All that are compiled in.
///
/// # Errors
/// Two of them have the same identifier.
pub fn compiled() -> Result<Visualizations, Duplicate> {
    let mut app = App::new();
    app.add_plugins(VisualizationPlugins);
    let all = app.world().get_resource::<Visualizations>().cloned();
    let all = all.unwrap_or_default();
    all.check()?;
    Ok(all)
}

/// All that are compiled in, and the scripts in these folders and the usual ones, with what is wrong with scripts.
///
/// # Errors
/// Two that are compiled in have the same identifier.
pub fn with_scripts(folders: &[PathBuf]) -> Result<(Visualizations, Vec<String>), Duplicate> {
    let mut all = compiled()?;
    let wrong = add_scripts(&mut all, folders);
    Ok((all, wrong))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_ship_are_listed_with_words() {
        let all = compiled().unwrap();
        let names: Vec<&str> = all.all().map(|v| v.identifier.as_str()).collect();
        assert_eq!(names, ["cubes", "skyline", "tapestry", "arcs", "tower"]);
        for visualization in all.all() {
            assert!(visualization.help.len() > 60, "{visualization:?}");
            assert!(!visualization.icon.0.is_empty(), "{visualization:?}");
        }
    }
}
