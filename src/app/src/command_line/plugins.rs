//! `orrery plugins`: which visualizations there are.

use bevy::reflect::ReflectRef;
use clap::Args;
use color_eyre::Result;
use orrery_plugin_api::Visualization;
use serde::Serialize;

use super::output;
use crate::looks::chosen::value_of;
use crate::looks::{SettingValue, registry};

/// Options of `orrery plugins`.
#[derive(Clone, Debug, Args)]
pub struct PluginsArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
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
/// Two visualizations of one name; a terminal that is gone.
pub fn run(arguments: &PluginsArguments) -> Result<()> {
    let all = registry::compiled()?;
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
            let settings = settings.iter().map(|(name, value)| format!("{name}={value}"));
            words += &format!("    settings: {}\n", settings.collect::<Vec<_>>().join(", "));
        }
    }
    words += "\nUse one with --viz NAME, or --viz NAME:setting=value,…\n";
    Ok(output::print(&words)?)
}
