//! What a visualization may draw beside the cells: systems that run when it is entered, while it is on and when it is
//! left, and entities that go when it goes.

use std::sync::Arc;

use bevy::prelude::*;

use crate::stage::FollowStage;

/// A visualization that is in the picture in this frame.
#[derive(Clone, Debug)]
pub struct On {
    /// Its identifier.
    pub identifier: String,
    /// How much of the picture is its, 0…1: less than 1 while it gives way to another or takes another's place.
    pub share: f32,
    /// Its settings.
    pub settings: Arc<dyn Reflect>,
}

/// Which visualizations are in the picture, which have just come and which have just gone. Written by the app alone.
#[derive(Resource, Debug, Default)]
pub struct VisualizationsOn {
    /// Those that are on.
    pub on: Vec<On>,
    /// Those that were not on in the frame before.
    pub entered: Vec<String>,
    /// Those that were on in the frame before and are no longer.
    pub left: Vec<String>,
}

impl VisualizationsOn {
    /// What is known of one that is on.
    pub fn find(&self, identifier: &str) -> Option<&On> {
        self.on.iter().find(|on| on.identifier == identifier)
    }

    /// Its settings, while it is on.
    pub fn settings<S: Reflect>(&self, identifier: &str) -> Option<&S> {
        (*self.find(identifier)?.settings).downcast_ref()
    }

    /// Whether these are on, with these shares and settings, and nobody has come or gone.
    pub fn is_same(&self, on: &[On]) -> bool {
        let same = |(a, b): (&On, &On)| {
            (&a.identifier, a.share) == (&b.identifier, b.share)
                && Arc::ptr_eq(&a.settings, &b.settings)
        };
        self.entered.is_empty()
            && self.left.is_empty()
            && self.on.len() == on.len()
            && self.on.iter().zip(on).all(same)
    }

    /// These are on now.
    pub fn set(&mut self, on: Vec<On>) {
        let names =
            |all: &[On]| -> Vec<String> { all.iter().map(|on| on.identifier.clone()).collect() };
        let (before, now) = (names(&self.on), names(&on));
        let without = |some: &[String], others: &[String]| -> Vec<String> {
            let rest = some.iter().filter(|name| !others.contains(name));
            rest.cloned().collect()
        };
        self.entered = without(&now, &before);
        self.left = without(&before, &now);
        self.on = on;
    }
}

/// When the systems of a visualization run (in `Update`, with the cells): add yours with
/// `.in_set(Drawing::Follow("its identifier"))`.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Drawing {
    /// Once, when it comes into the picture.
    Enter(&'static str),
    /// In every frame in which it is in the picture.
    Follow(&'static str),
    /// Once, when it has left the picture.
    Leave(&'static str),
}

/// On every entity that belongs to a visualization alone: it is despawned when the visualization has left.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawnBy(pub &'static str);

/// Puts the sets of a visualization in order, from its plugin's `build`.
pub trait AddDrawing {
    /// Lets [`Drawing`]'s sets of this identifier run when they should.
    fn add_drawing(&mut self, identifier: &'static str) -> &mut Self;
}

impl AddDrawing for App {
    fn add_drawing(&mut self, identifier: &'static str) -> &mut Self {
        let is_in = move |list: fn(&VisualizationsOn) -> &[String]| {
            move |on: Res<VisualizationsOn>| list(&on).iter().any(|name| name == identifier)
        };
        self.configure_sets(
            Update,
            (
                Drawing::Enter(identifier).run_if(is_in(|on| &on.entered)),
                Drawing::Follow(identifier)
                    .run_if(move |on: Res<VisualizationsOn>| on.find(identifier).is_some()),
                Drawing::Leave(identifier).run_if(is_in(|on| &on.left)),
            )
                .chain()
                .in_set(FollowStage)
                .after(crate::cells::follow_stage),
        )
        .add_systems(
            Update,
            (move |world: &mut World| clear(world, identifier))
                .in_set(FollowStage)
                .after(Drawing::Leave(identifier))
                .run_if(is_in(|on| &on.left)),
        )
    }
}

/// Takes away what a visualization has left behind.
fn clear(world: &mut World, identifier: &'static str) {
    let mut drawn = world.query::<(Entity, &DrawnBy)>();
    let all = drawn.iter(world);
    let gone: Vec<Entity> = all
        .filter(|(_, by)| by.0 == identifier)
        .map(|(entity, _)| entity)
        .collect();
    for entity in gone {
        // it may have gone with its parent
        if let Ok(entity) = world.get_entity_mut(entity) {
            entity.despawn();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoSettings;

    #[derive(Resource, Default, PartialEq, Debug)]
    struct Ran(Vec<&'static str>);

    fn ran(word: &'static str) -> impl Fn(ResMut<Ran>) {
        move |mut ran: ResMut<Ran>| ran.0.push(word)
    }

    #[test]
    fn its_systems_run_only_while_it_is_on_and_nothing_is_left_behind() {
        let mut app = App::new();
        app.init_resource::<VisualizationsOn>()
            .init_resource::<Ran>()
            .add_drawing("dots")
            .add_systems(
                Update,
                (
                    ran("enter").in_set(Drawing::Enter("dots")),
                    ran("follow").in_set(Drawing::Follow("dots")),
                    ran("leave").in_set(Drawing::Leave("dots")),
                    (|mut commands: Commands| {
                        commands.spawn(DrawnBy("dots"));
                    })
                    .in_set(Drawing::Follow("dots")),
                ),
            );
        let frame = |app: &mut App, on: &[&str]| {
            let on = on.iter().map(|name| On {
                identifier: (*name).to_owned(),
                share: 1.0,
                settings: Arc::new(NoSettings {}),
            });
            let on = on.collect();
            app.world_mut().resource_mut::<VisualizationsOn>().set(on);
            app.update();
            std::mem::take(&mut app.world_mut().resource_mut::<Ran>().0)
        };
        let before = app.world().entities().count_spawned();
        assert_eq!(frame(&mut app, &[]), [""; 0]);
        assert_eq!(frame(&mut app, &["dots"]), ["enter", "follow"]);
        assert_eq!(frame(&mut app, &["bars", "dots"]), ["follow"]);
        assert!(app.world().entities().count_spawned() > before);
        assert_eq!(frame(&mut app, &["bars"]), ["leave"]);
        assert_eq!(app.world().entities().count_spawned(), before);
        assert_eq!(frame(&mut app, &[]), [""; 0]);
    }
}
