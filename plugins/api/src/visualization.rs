//! How a visualization introduces itself, and the registry: each plugin describes itself once, while the app is built.

use std::{any::type_name, fmt, sync::Arc};

use bevy::prelude::*;
use orrery_pipeline::{
    Group, Scene,
    shaping::{Look, Shaping},
};

use crate::icon::Icon;

/// Makes the settings as they are when nobody has changed them.
type Defaults = Arc<dyn Fn() -> Box<dyn Reflect> + Send + Sync>;
/// Makes what shapes the scenes, from settings.
type Makes = Arc<dyn Fn(&dyn Reflect) -> Arc<dyn Shaping> + Send + Sync>;

/// Tells of a scene that a visualization has made.
type Diagnoses = Arc<dyn Fn(&Scene) -> Vec<Diagnostic> + Send + Sync>;

/// Something that is told of the picture that is on: for those who write a visualization, or wonder what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What it is.
    pub name: String,
    /// How much, with its unit.
    pub value: String,
}

impl Diagnostic {
    /// A name and a value.
    pub fn new(name: impl Into<String>, value: impl fmt::Display) -> Self {
        Self {
            name: name.into(),
            value: value.to_string(),
        }
    }
}

/// A visualization that takes no settings.
#[derive(Reflect, Clone, Copy, Debug, Default, PartialEq)]
pub struct NoSettings {}

/// How a visualization introduces itself.
#[derive(Clone)]
pub struct Visualization {
    /// Its name in commands and settings: lower case, hyphens.
    pub identifier: String,
    /// Its name on screen.
    pub display_name: String,
    /// What it is better at than others, in a sentence, and what carries the value if that is not the colour alone.
    pub help: String,
    /// The sign on its button.
    pub icon: Icon,
    /// Who brings it: a plugin's type, or a file.
    pub origin: String,
    /// Tells versions of a script apart.
    version: u64,
    defaults: Defaults,
    makes: Makes,
    diagnoses: Diagnoses,
}

impl fmt::Debug for Visualization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.identifier, self.origin)
    }
}

impl Visualization {
    /// A visualization whose settings are a struct of numbers, switches and choices; `shaping` makes of them what
    /// shapes the scenes. Its words are to be added with [`Visualization::named`] and [`Visualization::with_icon`].
    pub fn new<S: Reflect + Default>(
        identifier: impl Into<String>,
        shaping: impl Fn(&S) -> Arc<dyn Shaping> + Send + Sync + 'static,
    ) -> Self {
        let identifier = identifier.into();
        Self {
            display_name: identifier.clone(),
            identifier,
            help: String::new(),
            version: 0,
            icon: Icon::default(),
            origin: type_name::<S>().to_owned(),
            defaults: Arc::new(|| Box::new(S::default())),
            makes: Arc::new(move |settings| match settings.downcast_ref::<S>() {
                Some(settings) => shaping(settings),
                None => shaping(&S::default()),
            }),
            diagnoses: Arc::new(|_| Vec::new()),
        }
    }

    /// With its name on screen and a sentence of help.
    pub fn named(mut self, display_name: impl Into<String>, help: impl Into<String>) -> Self {
        (self.display_name, self.help) = (display_name.into(), help.into());
        self
    }

    /// With its sign.
    pub fn with_icon(mut self, icon: Icon) -> Self {
        self.icon = icon;
        self
    }

    /// With what it tells of a scene that it has made, beside how many matrices and cells that has.
    pub fn with_diagnostics(
        mut self,
        diagnoses: impl Fn(&Scene) -> Vec<Diagnostic> + Send + Sync + 'static,
    ) -> Self {
        self.diagnoses = Arc::new(diagnoses);
        self
    }

    /// What is told of a scene that it has made: its matrices and cells, then what it adds.
    pub fn diagnostics(&self, scene: &Scene) -> Vec<Diagnostic> {
        let cells: usize = scene.groups.iter().map(Group::cells).sum();
        let mut all = vec![
            Diagnostic::new("matrices", scene.groups.len()),
            Diagnostic::new("cells", cells),
        ];
        all.extend((self.diagnoses)(scene));
        all
    }

    /// With who brings it, where that is not told by its settings.
    pub fn from_origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = origin.into();
        self
    }

    /// With what tells it from another version of itself: files can be changed.
    pub fn with_version(mut self, version: u64) -> Self {
        self.version = version;
        self
    }

    /// Its settings as they are when nobody has changed them.
    pub fn default_settings(&self) -> Box<dyn Reflect> {
        (self.defaults)()
    }

    /// The look that these settings give it.
    pub fn look(&self, settings: &dyn Reflect) -> Look {
        let settings_words = format!("{:?}", settings.as_partial_reflect());
        let plain = format!("{:?}", self.default_settings().as_partial_reflect());
        Look {
            // the usual one is known by its name alone
            key: if self.version != 0 {
                format!("{} {:x} {settings_words}", self.identifier, self.version).into()
            } else if settings_words == plain {
                self.identifier.as_str().into()
            } else {
                format!("{} {settings_words}", self.identifier).into()
            },
            shaping: (self.makes)(settings),
        }
    }
}

/// Two plugins want the same identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The identifier.
    pub identifier: String,
    /// Who has it.
    pub first: String,
    /// Who wants it too.
    pub second: String,
}

impl fmt::Display for Duplicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            identifier,
            first,
            second,
        } = self;
        write!(
            f,
            "two visualizations are called '{identifier}': that of {first} and that of {second}; rename one of them"
        )
    }
}

impl std::error::Error for Duplicate {}

/// All visualizations, in the order in which their plugins were added, then the scripts. Plugins register in `build`;
/// after `finish` only scripts come and go, as their files do.
#[derive(Resource, Clone, Debug, Default)]
pub struct Visualizations {
    compiled: Vec<Visualization>,
    scripts: Vec<Visualization>,
    duplicate: Option<Duplicate>,
    frozen: bool,
}

impl Visualizations {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Visualization> {
        self.compiled.iter().chain(&self.scripts)
    }

    /// The one with this identifier.
    pub fn find(&self, identifier: &str) -> Option<&Visualization> {
        self.all().find(|found| found.identifier == identifier)
    }

    /// Two of one identifier, if there are.
    ///
    /// # Errors
    /// Names both.
    pub fn check(&self) -> Result<(), Duplicate> {
        self.duplicate.clone().map_or(Ok(()), Err)
    }

    fn register(&mut self, visualization: Visualization) {
        if self.frozen {
            error!(
                "the visualization {visualization:?} comes too late: plugins register theirs in `build`"
            );
            return;
        }
        if let Some(first) = self.find(&visualization.identifier) {
            self.duplicate = Some(Duplicate {
                identifier: visualization.identifier,
                first: first.origin.clone(),
                second: visualization.origin,
            });
            return;
        }
        self.compiled.push(visualization);
    }

    /// Takes these scripts in the place of those that were there. The answer names those whose identifier another has.
    pub fn set_scripts(&mut self, scripts: Vec<Visualization>) -> Vec<Duplicate> {
        self.scripts.clear();
        let mut refused = Vec::new();
        for script in scripts {
            match self.find(&script.identifier) {
                Some(first) => refused.push(Duplicate {
                    first: first.origin.clone(),
                    identifier: script.identifier,
                    second: script.origin,
                }),
                None => self.scripts.push(script),
            }
        }
        refused
    }

    /// No plugin registers any more.
    pub(crate) fn freeze(&mut self) {
        self.frozen = true;
    }
}

/// Registers a visualization from its plugin's `build`.
pub trait RegisterVisualization {
    /// Adds it to the registry. A second one of the same identifier is an error that the app tells before it starts.
    fn register_visualization(&mut self, visualization: Visualization) -> &mut Self;
}

impl RegisterVisualization for App {
    fn register_visualization(&mut self, visualization: Visualization) -> &mut Self {
        self.world_mut()
            .get_resource_or_init::<Visualizations>()
            .register(visualization);
        self
    }
}

#[cfg(test)]
mod tests {
    use orrery_pipeline::shaping::Standard;

    use super::*;

    #[derive(Reflect, Default)]
    struct Height {
        units: f32,
    }

    fn visualization(identifier: &str) -> Visualization {
        Visualization::new::<NoSettings>(identifier, |_| Arc::new(Standard))
    }

    #[test]
    fn a_registered_visualization_is_found_by_its_identifier() {
        let mut app = App::new();
        app.register_visualization(visualization("cubes"));
        let all = app.world().resource::<Visualizations>();
        assert_eq!(all.all().count(), 1);
        assert!(all.find("cubes").is_some() && all.find("bars").is_none());
        assert_eq!(all.check(), Ok(()));
    }

    #[test]
    fn a_second_one_of_the_same_identifier_is_an_error_that_names_both() {
        let mut app = App::new();
        app.register_visualization(visualization("cubes").from_origin("one"))
            .register_visualization(visualization("cubes").from_origin("two"));
        let error = app.world().resource::<Visualizations>().check();
        let words = error.unwrap_err().to_string();
        for part in ["'cubes'", "one", "two"] {
            assert!(words.contains(part), "{words}");
        }
    }

    #[test]
    fn scripts_come_and_go_and_take_no_plugins_name() {
        let mut app = App::new();
        app.register_visualization(visualization("cubes").from_origin("a plugin"));
        let mut all = app.world_mut().resource_mut::<Visualizations>();
        all.freeze();
        all.register(visualization("late"));
        let refused = all.set_scripts(vec![
            visualization("spiral").from_origin("spiral.rhai"),
            visualization("cubes").from_origin("cubes.rhai"),
        ]);
        assert_eq!(refused.len(), 1);
        assert!(all.find("spiral").is_some() && all.find("late").is_none());
        assert_eq!(all.set_scripts(Vec::new()), []);
        assert!(all.find("spiral").is_none());
    }

    #[test]
    fn other_settings_are_another_look() {
        let heights = Visualization::new::<Height>("heights", |_| Arc::new(Standard));
        let usual = heights.look(heights.default_settings().as_ref());
        assert_eq!(&*usual.key, "heights");
        assert_ne!(usual, heights.look(&Height { units: 2.0 }));
    }
}
