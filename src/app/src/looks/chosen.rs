//! What was chosen: which visualization shows which block, and its settings.

use std::{collections::BTreeMap, path::PathBuf};

use bevy::{
    prelude::*,
    reflect::{PartialReflect, ReflectMut},
};
use orrery_plugin_api::{Visualization, Visualizations, pipeline::shaping::Looks};
use serde::{Deserialize, Serialize};

/// The visualization that shows what nobody has chosen another for.
pub const USUAL: &str = "cubes";

/// A value of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SettingValue {
    /// On or off.
    Switch(bool),
    /// A number; where the setting counts, a whole one.
    Number(f64),
}

impl std::str::FromStr for SettingValue {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "true" | "on" | "yes" => Ok(Self::Switch(true)),
            "false" | "off" | "no" => Ok(Self::Switch(false)),
            number => {
                let number: f64 = number.parse().map_err(|_| ())?;
                number.is_finite().then_some(Self::Number(number)).ok_or(())
            }
        }
    }
}

/// The settings of one visualization that somebody has changed, by name.
pub type Settings = BTreeMap<String, SettingValue>;

/// What was chosen.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct Chosen {
    /// The identifier of what shows all blocks that have no choice of their own, and all that is no block.
    pub all: String,
    /// The choice of single blocks, counted from 0.
    pub blocks: BTreeMap<usize, String>,
    /// Changed settings, by visualization.
    pub settings: BTreeMap<String, Settings>,
    /// Folders in which scripts are looked for before the usual ones.
    pub folders: Vec<PathBuf>,
}

impl Default for Chosen {
    fn default() -> Self {
        Self {
            all: USUAL.to_owned(),
            blocks: BTreeMap::new(),
            settings: BTreeMap::new(),
            folders: Vec::new(),
        }
    }
}

impl Chosen {
    /// The identifier of what shows a block, or what belongs to none.
    pub fn of(&self, block: Option<usize>) -> &str {
        block
            .and_then(|block| self.blocks.get(&block))
            .unwrap_or(&self.all)
    }

    /// Chooses for everything.
    pub fn choose_for_all(&mut self, identifier: &str) {
        self.blocks.clear();
        identifier.clone_into(&mut self.all);
    }

    /// Chooses for one block.
    pub fn choose_for_block(&mut self, block: usize, identifier: &str) {
        self.blocks.insert(block, identifier.to_owned());
    }

    /// Every visualization that is chosen for something.
    pub fn identifiers(&self) -> impl Iterator<Item = &str> {
        let all = self.blocks.values().chain([&self.all]);
        all.map(String::as_str)
    }

    /// The settings of a visualization.
    pub fn settings_of(&self, visualization: &Visualization) -> Box<dyn Reflect> {
        let mut settings = visualization.default_settings();
        for (name, &value) in self
            .settings
            .get(&visualization.identifier)
            .into_iter()
            .flatten()
        {
            // what an older version knew may be gone
            let _ = set_field(settings.as_mut(), name, value);
        }
        settings
    }

    /// The looks that follow from it. What is not registered (any more) shows what is usual.
    pub fn looks(&self, all: &Visualizations) -> Looks {
        let look = |identifier: &str| {
            let found = all.find(identifier);
            let look = found.map(|found| found.look(self.settings_of(found).as_ref()));
            look.unwrap_or_default()
        };
        Looks {
            all: look(&self.all),
            blocks: self
                .blocks
                .iter()
                .map(|(&block, identifier)| (block, look(identifier)))
                .collect(),
        }
    }
}

/// The setting does not exist, or the value is not of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchSetting;

/// Changes one field of settings.
///
/// # Errors
/// There is no such field, or it is of another kind.
pub fn set_field(
    settings: &mut dyn Reflect,
    name: &str,
    value: SettingValue,
) -> Result<(), NoSuchSetting> {
    let ReflectMut::Struct(fields) = settings.reflect_mut() else {
        return Err(NoSuchSetting);
    };
    let field = fields.field_mut(name).ok_or(NoSuchSetting)?;
    match value {
        SettingValue::Switch(switch) => put(field, switch),
        SettingValue::Number(number) => put(field, number as f32)
            .or_else(|_| put(field, number))
            .or_else(|_| put(field, number.max(0.0).round() as u32))
            .or_else(|_| put(field, number.max(0.0).round() as usize))
            .or_else(|_| put(field, number.round() as i32)),
    }
}

fn put<T: Reflect>(field: &mut dyn PartialReflect, value: T) -> Result<(), NoSuchSetting> {
    *field.try_downcast_mut::<T>().ok_or(NoSuchSetting)? = value;
    Ok(())
}

/// The value of one field of settings.
pub fn value_of(field: &dyn PartialReflect) -> Option<SettingValue> {
    if let Some(&switch) = field.try_downcast_ref::<bool>() {
        return Some(SettingValue::Switch(switch));
    }
    let number = field.try_downcast_ref::<f32>().map(|&n| f64::from(n));
    let number = number
        .or_else(|| field.try_downcast_ref::<f64>().copied())
        .or_else(|| field.try_downcast_ref::<u32>().map(|&n| f64::from(n)))
        .or_else(|| field.try_downcast_ref::<usize>().map(|&n| n as f64))
        .or_else(|| field.try_downcast_ref::<i32>().map(|&n| f64::from(n)));
    number.map(SettingValue::Number)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use orrery_plugin_api::pipeline::shaping::Standard;

    use super::*;

    #[derive(Reflect, Default, Debug, PartialEq)]
    struct Some {
        height: f32,
        count: u32,
        on: bool,
    }

    #[test]
    fn settings_are_changed_by_name_and_kind() {
        let mut settings = Some::default();
        let number = SettingValue::Number;
        assert_eq!(set_field(&mut settings, "height", number(0.5)), Ok(()));
        assert_eq!(set_field(&mut settings, "count", number(-3.0)), Ok(()));
        assert_eq!(
            set_field(&mut settings, "on", SettingValue::Switch(true)),
            Ok(())
        );
        let wanted = Some {
            height: 0.5,
            count: 0,
            on: true,
        };
        assert_eq!(settings, wanted);
        for (name, value) in [("on", number(1.0)), ("width", number(1.0))] {
            assert_eq!(set_field(&mut settings, name, value), Err(NoSuchSetting));
        }
        assert_eq!(value_of(&settings.height), Option::Some(number(0.5)));
    }

    #[test]
    fn blocks_have_looks_of_their_own() {
        let mut chosen = Chosen::default();
        chosen.choose_for_block(1, "tower");
        assert_eq!(
            (chosen.of(Option::Some(1)), chosen.of(None)),
            ("tower", USUAL)
        );
        chosen.choose_for_all("skyline");
        assert_eq!(chosen.of(Option::Some(1)), "skyline");
    }

    #[test]
    fn what_is_not_registered_shows_what_is_usual() {
        let mut all = Visualizations::default();
        let script = Visualization::new::<Some>("mine", |_| Arc::new(Standard));
        all.set_scripts(vec![script]);
        let mut chosen = Chosen::default();
        chosen.choose_for_all("mine");
        assert_eq!(&*chosen.looks(&all).all.key, "mine");
        all.set_scripts(Vec::new());
        assert_eq!(chosen.looks(&all), Looks::default());
    }
}
