//! How a show is drawn: which visualization shows what, and its settings.

use std::path::PathBuf;

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::{ensure, eyre};
use orrery_plugin_api::{Visualization, Visualizations};

use crate::looks::chosen::set_field;
use crate::looks::{Chosen, SettingValue, registry};

/// Options of every command that draws a show.
#[derive(Clone, Debug, Args)]
pub struct VisualizationArguments {
    /// The visualization: NAME for everything, 2=NAME for block 2; with settings, NAME:height=0.5,turn=0. May be
    /// repeated. `orrery plugins` lists all [default: cubes]
    #[arg(long = "viz", value_name = "NAME")]
    visualizations: Vec<String>,

    /// A folder with scripts (*.rhai) that are visualizations; may be repeated
    #[arg(long = "plugins", value_name = "DIR")]
    folders: Vec<PathBuf>,
}

impl VisualizationArguments {
    /// What was chosen.
    ///
    /// # Errors
    /// No visualization of this name, no setting of this name, no such value.
    pub fn chosen(&self) -> Result<Chosen> {
        for folder in &self.folders {
            ensure!(
                folder.is_dir(),
                "--plugins: {} is no folder",
                folder.display()
            );
        }
        let (all, wrong) = registry::with_scripts(&self.folders)?;
        let mut chosen = Chosen {
            folders: self.folders.clone(),
            ..Chosen::default()
        };
        for words in &self.visualizations {
            read(words, (&all, &wrong), &mut chosen)?;
        }
        Ok(chosen)
    }
}

/// Blocks that have a choice of their own are blocks of the model.
///
/// # Errors
/// Names the block, and those that there are.
pub fn check_blocks(chosen: &Chosen, n_blocks: usize) -> Result<()> {
    let beyond = chosen.blocks.keys().find(|&&block| block >= n_blocks);
    if let Some(block) = beyond {
        return Err(eyre!(
            "--viz: {} is no block of this model; it has blocks 1 to {n_blocks}",
            block + 1
        ));
    }
    Ok(())
}

/// Reads `2=NAME:setting=value,setting=value`.
fn read(
    words: &str,
    (all, wrong): (&Visualizations, &[String]),
    chosen: &mut Chosen,
) -> Result<()> {
    let (target, settings) = words.split_once(':').unwrap_or((words, ""));
    let (block, name) = match target.split_once('=') {
        Some((block, name)) => {
            let number = block.trim().parse::<usize>().ok();
            let place = number.and_then(|number| number.checked_sub(1));
            let place = place.ok_or_else(|| {
                eyre!("--viz: '{block}' is no block; blocks count from 1, as in 2={name}")
            })?;
            (Some(place), name.trim())
        }
        None => (None, target.trim()),
    };
    let found = all.find(name).ok_or_else(|| {
        let names: Vec<&str> = all.all().map(|found| found.identifier.as_str()).collect();
        // a script of this name that cannot be shown
        let why = wrong
            .iter()
            .find(|why| why.contains(&format!("{name}.rhai:")));
        match why {
            Some(why) => eyre!("--viz: {why}"),
            None => eyre!(
                "--viz: there is no visualization '{name}'; there are {}",
                names.join(", ")
            ),
        }
    })?;
    match block {
        Some(block) => chosen.choose_for_block(block, name),
        None => name.clone_into(&mut chosen.all),
    }
    for setting in settings.split(',').filter(|setting| !setting.is_empty()) {
        let (field, value) = setting.split_once('=').unwrap_or((setting, ""));
        let (field, value) = (field.trim(), value.trim());
        let number: Option<SettingValue> = value.parse().ok();
        let mut settings = found.default_settings();
        let known = number.is_some_and(|value| set_field(settings.as_mut(), field, value).is_ok());
        ensure!(
            known,
            "--viz: '{setting}' is no setting of {name}; {}",
            settings_of(found)
        );
        if let Some(value) = number {
            let of_it = chosen.settings.entry(name.to_owned()).or_default();
            of_it.insert(field.to_owned(), value);
        }
    }
    Ok(())
}

/// The settings that a visualization has, in words.
fn settings_of(visualization: &Visualization) -> String {
    let names: Vec<String> = super::plugins::settings(visualization)
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if names.is_empty() {
        "it has none".to_owned()
    } else {
        format!("usually it has {}", names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(words: &[&str]) -> Result<Chosen, String> {
        let arguments = VisualizationArguments {
            folders: Vec::new(),
            visualizations: words.iter().map(|&words| words.to_owned()).collect(),
        };
        arguments.chosen().map_err(|error| error.to_string())
    }

    #[test]
    fn names_blocks_and_settings_are_read() {
        let read = chosen(&["skyline:height=0.5,turn=-0.2", "2=tapestry:weights=off"]).unwrap();
        assert_eq!((read.of(None), read.of(Some(1))), ("skyline", "tapestry"));
        assert_eq!(
            read.settings["skyline"]["height"],
            SettingValue::Number(0.5)
        );
        assert_eq!(
            read.settings["tapestry"]["weights"],
            SettingValue::Switch(false)
        );
        assert!(check_blocks(&read, 1).is_err() && check_blocks(&read, 2).is_ok());
    }

    #[test]
    fn what_is_not_there_is_refused_by_name() {
        for (words, told) in [
            ("skylin", "tapestry"),
            ("0=cubes", "count from 1"),
            ("x=cubes", "'x'"),
            ("skyline:depth=1", "height="),
            ("skyline:height", "height="),
            ("cubes:height=1", "none"),
        ] {
            let error = chosen(&[words]).unwrap_err();
            assert!(error.contains(told), "{words}: {error}");
        }
    }
}
