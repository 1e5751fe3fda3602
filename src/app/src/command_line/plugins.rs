//! `orrery plugins`: which visualizations there are.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use bevy::reflect::ReflectRef;
use clap::Args;
use color_eyre::{Result, eyre::eyre};
use orrery_model::SamplingSettings;
use orrery_pipeline::{Detail, Pacing, Pages, ShowOptions, shaping::Setting};
use orrery_plugin_api::Visualization;
use orrery_script::{Problem, ScriptShaping, TablesTime};
use serde::Serialize;

use super::{model_arguments::ShippedModel, output};
use crate::looks::chosen::value_of;
use crate::looks::{SettingValue, registry, scripts};
use crate::model_file::fitting_prompt;
use crate::show::{CurrentShow, ShowSettings};

/// Options of `orrery plugins`.
#[derive(Clone, Debug, Args)]
pub struct PluginsArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Check a script instead: read it, and let it place every scene of a show of the model that ships
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,

    /// A folder with scripts (*.rhai) that are visualizations; may be repeated
    #[arg(long = "plugins", value_name = "DIR")]
    folders: Vec<PathBuf>,
}

/// A visualization as it is listed.
#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    display_name: String,
    help: String,
    from: String,
    settings: std::collections::BTreeMap<String, SettingValue>,
}

/// The settings of a visualization and what they usually are, in words.
pub(super) fn settings(visualization: &Visualization) -> Vec<(String, String)> {
    values(visualization)
        .into_iter()
        .map(|(name, value)| {
            let value = match value {
                SettingValue::Switch(true) => "on".to_owned(),
                SettingValue::Switch(false) => "off".to_owned(),
                // as it was written in the struct, not with the digits that f64 adds
                SettingValue::Number(number) => (number as f32).to_string(),
            };
            (name, value)
        })
        .collect()
}

fn values(visualization: &Visualization) -> Vec<(String, SettingValue)> {
    let settings = visualization.default_settings();
    let ReflectRef::Struct(fields) = settings.reflect_ref() else {
        return Vec::new();
    };
    (0..fields.field_len())
        .filter_map(|at| {
            let value = fields.field_at(at).and_then(value_of)?;
            Some((fields.name_at(at)?.to_owned(), value))
        })
        .collect()
}

/// Lists them.
///
/// # Errors
/// Two visualizations of one name, a script that cannot be shown, a terminal that is gone.
pub fn run(arguments: &PluginsArguments) -> Result<()> {
    if let Some(file) = &arguments.check {
        return check(file);
    }
    let (all, wrong) = registry::with_scripts(&arguments.folders)?;
    if arguments.json {
        let listed = all.all().map(|found| Listed {
            name: found.identifier.clone(),
            display_name: found.display_name.clone(),
            help: found.help.clone(),
            from: found.origin.clone(),
            settings: values(found).into_iter().collect(),
        });
        return Ok(output::print_json(&listed.collect::<Vec<_>>())?);
    }
    let mut words = String::new();
    for found in all.all() {
        let origin = found.origin.trim_start_matches("orrery-");
        words += &format!("{} ({origin})\n    {}\n", found.identifier, found.help);
        let settings = settings(found);
        if !settings.is_empty() {
            let settings = settings
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            words += &format!(
                "    settings: {}\n",
                settings.collect::<Vec<_>>().join(", ")
            );
        }
    }
    for problem in &wrong {
        words += &format!("\nnot shown: {problem}\n");
    }
    words += "\nUse one with --viz NAME, or --viz NAME:setting=value,…\n";
    Ok(output::print(&words)?)
}

/// Reads a script and lets it place every scene of a show.
fn check(file: &Path) -> Result<()> {
    let script = Arc::new(scripts::read(file)?);
    let model = ShippedModel::load_all()?
        .into_iter()
        .next()
        .ok_or_else(|| eyre!("no model ships with this program"))?;
    let prompt = fitting_prompt(&model.tokenizer, "to be or not");
    let show = CurrentShow::new(ShowSettings {
        model,
        prompt,
        lossy: true,
        options: ShowOptions {
            tokens: 1,
            sampling: SamplingSettings::default(),
            opened: BTreeSet::from([0]),
            later_tokens: Detail::Abbreviated,
            lens: false,
            pages: Pages::default(),
        },
        pacing: Pacing::shipped()?,
    })?;
    let time = TablesTime::default();
    let shaping = ScriptShaping::new(script.clone(), Problem::default(), time.clone());
    let (mut cells, mut slowest, mut tables) = (0, Duration::ZERO, Duration::ZERO);
    let segments = show.show.timeline().segments().len();
    for setting in (0..segments).filter_map(|index| Setting::new(&show.show, index)) {
        let began = Instant::now();
        let scene = shaping.try_scene(&setting)?;
        slowest = slowest.max(began.elapsed());
        tables = tables.max(time.get().unwrap_or_default());
        cells = cells.max(
            scene
                .groups
                .iter()
                .map(|group| group.cells())
                .sum::<usize>(),
        );
    }
    let about = script.about();
    Ok(output::print(&format!(
        "{} is good: {} scenes of up to {cells} cells, the slowest placed in {:.0} ms, its tables in {:.0} ms\n{}: {}\n",
        file.display(),
        segments,
        slowest.as_secs_f64() * 1e3,
        tables.as_secs_f64() * 1e3,
        about.name,
        about.help
    ))?)
}
