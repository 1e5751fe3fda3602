//! The registry of visualizations: each plugin describes itself once, while the app is built.

use bevy::prelude::*;

/// How a visualization introduces itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visualization {
    /// Its name in commands and settings: lower case, hyphens.
    pub identifier: &'static str,
    /// Its name on screen.
    pub display_name: &'static str,
    /// What it shows, in a sentence.
    pub help: &'static str,
}

/// All visualizations, in the order in which their plugins were added; read-only once the app runs.
#[derive(Resource, Clone, Debug, Default)]
pub struct Visualizations(Vec<Visualization>);

impl Visualizations {
    /// All of them.
    pub fn all(&self) -> &[Visualization] {
        &self.0
    }

    /// The one with this identifier.
    pub fn find(&self, identifier: &str) -> Option<&Visualization> {
        self.0.iter().find(|v| v.identifier == identifier)
    }
}

/// Registers a visualization from its plugin's `build`.
pub trait RegisterVisualization {
    /// Adds it to the registry; a second one of the same identifier replaces the first.
    fn register_visualization(&mut self, visualization: Visualization) -> &mut Self;
}

impl RegisterVisualization for App {
    fn register_visualization(&mut self, visualization: Visualization) -> &mut Self {
        let mut all = self.world_mut().get_resource_or_init::<Visualizations>();
        all.0.retain(|v| v.identifier != visualization.identifier);
        all.0.push(visualization);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registered_visualization_is_found_by_its_identifier() {
        let mut app = App::new();
        let cubes = Visualization {
            identifier: "cubes",
            display_name: "Cubes",
            help: "",
        };
        app.register_visualization(cubes)
            .register_visualization(cubes);
        let all = app.world().resource::<Visualizations>();
        assert_eq!(all.all().len(), 1);
        assert!(all.find("cubes").is_some() && all.find("bars").is_none());
    }
}
