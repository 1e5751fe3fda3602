//! Another model in the same window: the next of those that are at hand, with the prompt that is shown.

use std::sync::Arc;

use bevy::prelude::*;

use super::actions::Action;
use crate::sets::Asking;
use crate::show::{CurrentShow, NamedModel, Shows};

/// The models at hand, the first of which the window began with; one that was opened from a file since is
/// the last.
#[derive(Resource, Clone, Debug, Default)]
pub struct ModelsAtHand {
    models: Vec<NamedModel>,
    /// The name of the one that was opened since.
    opened: Option<String>,
}

impl From<Vec<NamedModel>> for ModelsAtHand {
    fn from(models: Vec<NamedModel>) -> Self {
        Self {
            models,
            opened: None,
        }
    }
}

impl ModelsAtHand {
    /// Keeps a model that was opened, in the place of the one opened before it: large models are not gathered.
    pub fn keep_opened(&mut self, model: &NamedModel) {
        if let Some(before) = self.opened.take() {
            self.models.retain(|other| other.name != before);
        }
        if self.models.iter().all(|other| other.name != model.name) {
            self.models.push(model.clone());
            self.opened = Some(model.name.clone());
        }
    }

    /// The one after this, the first after the last; none where there is no other.
    pub fn after(&self, model: &NamedModel) -> Option<&NamedModel> {
        let at = self
            .models
            .iter()
            .position(|other| other.name == model.name);
        let next = at.map_or(0, |at| (at + 1) % self.models.len().max(1));
        self.models.get(next).filter(|next| next.name != model.name)
    }
}

/// Switches models.
pub struct ModelSwitchPlugin;

impl Plugin for ModelSwitchPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<ModelsAtHand>()
            .add_message::<Action>()
            .add_systems(Update, (keep_shown, switch).chain().in_set(Asking::Model));
    }
}

/// A model that is shown is at hand from then on.
fn keep_shown(show: Option<Res<CurrentShow>>, mut models: ResMut<ModelsAtHand>) {
    let Some(show) = show.filter(|show| show.is_changed()) else {
        return;
    };
    let shown = &show.settings.model;
    let mut at_hand = models.models.iter();
    if !at_hand.any(|model| Arc::ptr_eq(&model.gpt, &shown.gpt)) {
        models.keep_opened(shown);
    }
}

fn switch(mut actions: MessageReader<Action>, models: Res<ModelsAtHand>, mut shows: Shows) {
    if !actions.read().any(|&action| action == Action::NextModel) {
        return;
    }
    let shown = shows.wanted().map(|settings| &settings.model);
    if let Some(model) = shown.and_then(|model| models.after(model)) {
        shows.run(|settings| settings.set_model(model.clone()));
    }
}

#[cfg(test)]
mod tests {
    use bevy::ecs::system::RunSystemOnce;
    use orrery_model::{Gpt, GptConfig};
    use orrery_training::Corpus;

    use super::*;
    use crate::{
        show::Transport,
        test_support::{app_with_small_show, await_shows, set_clock, small_show},
    };

    /// An app with the small show's model, and one of a single block that knows the characters of "oh: ".
    fn app() -> App {
        let show = small_show();
        let tokenizer = Corpus::vocabulary_of("oh: ").unwrap();
        let config = GptConfig {
            n_blocks: 1,
            vocab_size: tokenizer.vocab_size(),
            ..GptConfig::default()
        };
        let other = NamedModel {
            gpt: Arc::new(Gpt::random(config, 9).unwrap()),
            tokenizer: Arc::new(tokenizer),
            name: "other".into(),
            options: Vec::new(),
        };
        let mut app = app_with_small_show();
        app.add_plugins(ModelSwitchPlugin)
            .insert_resource(ModelsAtHand::from(vec![show.settings.model, other]));
        app.update();
        app
    }

    fn next(app: &mut App) -> CurrentShow {
        app.world_mut().write_message(Action::NextModel);
        app.update();
        await_shows(app);
        app.world().resource::<CurrentShow>().clone()
    }

    #[test]
    fn the_next_model_shows_what_it_can_read_of_the_prompt() {
        let mut app = app();
        app.world_mut()
            .resource_mut::<CurrentShow>()
            .settings
            .options
            .opened = [0, 1].into();
        set_clock(&mut app, 9.0, false);
        let show = next(&mut app);
        assert_eq!(show.settings.model.name, "other");
        // of "hello" it knows the h and the o
        assert_eq!(show.settings.prompt, "ho");
        assert_eq!(show.settings.options.opened, [0].into());
        assert_eq!(show.show.passes()[0].tokens.len(), 2);
        assert_eq!(app.world().resource::<Transport>().time(), 0.0);

        let show = next(&mut app);
        assert_eq!(show.settings.model.name, "random");
        assert_eq!(show.settings.prompt, "ho");
    }

    #[test]
    fn a_model_opened_since_is_at_hand_until_another_is() {
        let model = |name: &str| NamedModel {
            name: name.into(),
            ..small_show().settings.model
        };
        let mut models = ModelsAtHand::from(vec![model("charlm"), model("bard")]);
        let next = |models: &ModelsAtHand, of: &str| {
            models.after(&model(of)).map(|model| model.name.clone())
        };
        models.keep_opened(&model("mine"));
        assert_eq!(next(&models, "bard").as_deref(), Some("mine"));
        assert_eq!(next(&models, "mine").as_deref(), Some("charlm"));
        models.keep_opened(&model("mine"));
        models.keep_opened(&model("other"));
        assert_eq!(next(&models, "bard").as_deref(), Some("other"));
        // one that is at hand anyway stays where it is
        models.keep_opened(&model("bard"));
        assert_eq!(next(&models, "bard").as_deref(), Some("charlm"));
    }

    #[test]
    fn a_model_that_can_read_nothing_of_the_prompt_begins_with_a_token_of_its_own() {
        let mut app = app();
        app.world_mut()
            .resource_mut::<CurrentShow>()
            .settings
            .prompt = "ey".into();
        let show = next(&mut app);
        let settings = &show.settings;
        assert_eq!(settings.model.name, "other");
        let tokens = settings.model.tokenizer.encode(&settings.prompt).unwrap();
        assert_eq!(tokens.len(), 1);
    }

    #[test]
    fn a_model_that_was_opened_stays_at_hand_while_others_are_shown() {
        let mut app = app();
        let mine = NamedModel {
            gpt: Arc::new(Gpt::random(GptConfig::default(), 3).unwrap()),
            name: "mine".into(),
            ..small_show().settings.model
        };
        app.world_mut()
            .run_system_once(move |mut shows: Shows| {
                shows.run(|settings| settings.set_model(mine.clone()));
            })
            .unwrap();
        await_shows(&mut app);
        let names = ["random", "other", "mine", "random"];
        assert_eq!(names.map(|_| next(&mut app).settings.model.name), names);
    }

    #[test]
    fn who_asks_twice_gets_the_model_after_the_next() {
        let mut app = app();
        app.world_mut().write_message(Action::NextModel);
        app.update();
        let show = next(&mut app);
        assert_eq!(show.settings.model.name, "random");
    }
}
