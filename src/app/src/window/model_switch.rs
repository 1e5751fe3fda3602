//! Another model in the same window: the next of those that are at hand, with the prompt that is shown.

use bevy::prelude::*;

use super::{
    actions::Action,
    prompt_field::{PromptField, ShowChange},
};
use crate::{
    sets::OrrerySystems,
    show::{CurrentShow, LoadedModel, Transport},
};

/// The models at hand, the first of which the window began with; one that was opened from a file since is
/// the last.
#[derive(Resource, Clone, Debug, Default)]
pub struct ModelsAtHand {
    models: Vec<LoadedModel>,
    /// The name of the one that was opened since.
    opened: Option<String>,
}

impl From<Vec<LoadedModel>> for ModelsAtHand {
    fn from(models: Vec<LoadedModel>) -> Self {
        Self {
            models,
            opened: None,
        }
    }
}

impl ModelsAtHand {
    /// Keeps a model that was opened, in the place of the one opened before it: large models are not gathered.
    pub fn keep_opened(&mut self, model: &LoadedModel) {
        if let Some(before) = self.opened.take() {
            self.models.retain(|other| other.name != before);
        }
        if self.models.iter().all(|other| other.name != model.name) {
            self.models.push(model.clone());
            self.opened = Some(model.name.clone());
        }
    }

    /// The one after this, the first after the last; none where there is no other.
    pub fn after(&self, model: &LoadedModel) -> Option<&LoadedModel> {
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
            .init_resource::<PromptField>()
            .add_message::<Action>()
            .add_systems(
                Update,
                switch
                    .in_set(OrrerySystems::Input)
                    .after(super::keys::read)
                    .before(super::prompt_field::copy_into_field),
            );
    }
}

fn switch(
    mut actions: MessageReader<Action>,
    models: Res<ModelsAtHand>,
    show: Option<ResMut<CurrentShow>>,
    mut transport: ResMut<Transport>,
    mut field: ResMut<PromptField>,
) {
    let asked = actions.read().filter(|&&a| a == Action::NextModel).count();
    let Some(mut show) = show.filter(|_| asked > 0) else {
        return;
    };
    let Some(model) = models.after(&show.settings.model) else {
        return;
    };
    let mut settings = show.settings.clone();
    // what the other model cannot read is left out: the field shows what is left
    let (ids, dropped) = model.tokenizer.encode_lossy(&settings.prompt);
    if dropped > 0 && !ids.is_empty() {
        settings.prompt = model.tokenizer.decode(&ids);
    }
    let n_blocks = model.gpt.config().n_blocks;
    settings.options.opened.retain(|&block| block < n_blocks);
    settings.model = model.clone();
    ShowChange {
        show: &mut show,
        transport: &mut transport,
        field: &mut field,
    }
    .apply(settings);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use orrery_model::{Gpt, GptConfig};
    use orrery_training::Corpus;

    use super::*;
    use crate::{sets, test_support::small_show};

    /// An app with the small show's model, and one of a single block that knows the characters of "oh: ".
    fn app() -> App {
        let show = small_show();
        let tokenizer = Corpus::vocabulary_of("oh: ").unwrap();
        let config = GptConfig {
            n_blocks: 1,
            vocab_size: tokenizer.vocab_size(),
            ..GptConfig::default()
        };
        let other = LoadedModel {
            gpt: Arc::new(Gpt::random(config, 9).unwrap()),
            tokenizer: Arc::new(tokenizer),
            name: "other".into(),
        };
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, ModelSwitchPlugin))
            .init_resource::<Transport>()
            .insert_resource(ModelsAtHand::from(vec![show.settings.model.clone(), other]))
            .insert_resource(show);
        sets::plugin(&mut app);
        app.update();
        app
    }

    fn next(app: &mut App) -> CurrentShow {
        app.world_mut().write_message(Action::NextModel);
        app.update();
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
        app.world_mut().resource_mut::<Transport>().time = 9.0;
        let show = next(&mut app);
        assert_eq!(show.settings.model.name, "other");
        // of "hello" it knows the h and the o
        assert_eq!(show.settings.prompt, "ho");
        assert_eq!(show.settings.options.opened, [0].into());
        assert_eq!(show.show.passes()[0].tokens.len(), 2);
        assert_eq!(app.world().resource::<Transport>().time, 0.0);

        let show = next(&mut app);
        assert_eq!(show.settings.model.name, "random");
        assert_eq!(show.settings.prompt, "ho");
    }

    #[test]
    fn a_model_opened_since_is_at_hand_until_another_is() {
        let model = |name: &str| LoadedModel {
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
    fn a_prompt_that_it_cannot_read_at_all_leaves_the_show_and_says_why() {
        let mut app = app();
        app.world_mut()
            .resource_mut::<CurrentShow>()
            .settings
            .prompt = "ey".into();
        let show = next(&mut app);
        assert_eq!(
            (show.settings.model.name.as_str(), show.revision),
            ("random", 0)
        );
        let field = app.world().resource::<PromptField>();
        assert!(field.problem().is_some());
    }
}
