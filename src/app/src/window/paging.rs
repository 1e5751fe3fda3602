//! Turns the pages of what is too long for the stage: the vocabulary by logit, features, heads, hidden columns,
//! and the tokens of a long text.

use bevy::prelude::*;
use orrery_pipeline::PagedAxis;

use super::actions::Action;
use crate::sets::Asking;
use crate::show::{Now, Shows, Start};

/// Turns pages.
pub struct PagingPlugin;

impl Plugin for PagingPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Update, leaf.in_set(Asking::Page));
    }
}

/// Shows another page of the axis that is paged in this stage, or of the text; the moment stays.
fn leaf(mut actions: MessageReader<Action>, now: Res<Now>, mut shows: Shows) {
    for action in actions.read() {
        let Some(pass) = shows.on().and_then(|show| now.pass(show)).cloned() else {
            continue;
        };
        let of_the_stage = || now.kind()?.paged_axis(&pass);
        let (axis, forward) = match action {
            Action::NextPage => (of_the_stage(), true),
            Action::PreviousPage => (of_the_stage(), false),
            Action::EarlierTokens => (Some(PagedAxis::Tokens), true),
            Action::LaterTokens => (Some(PagedAxis::Tokens), false),
            _ => continue,
        };
        let Some(axis) = axis else {
            continue;
        };
        shows.lay_out(Start::SameMoment, |settings| {
            let pages = &mut settings.options.pages;
            let last = axis.page_count(&pass) - 1;
            let page = pages.of(axis).min(last);
            let next = if forward {
                (page + 1).min(last)
            } else {
                page.saturating_sub(1)
            };
            *pages = pages.with(axis, next);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use orrery_model::{Gpt, GptConfig, Tokenizer};
    use orrery_pipeline::{Pages, StageKind};

    use super::*;
    use crate::{
        show::{CurrentShow, NamedModel, Transport},
        test_support::{app_with_small_show, await_shows, set_clock, small_show},
        window::prompt_field::{NewPrompt, PromptFieldPlugin},
    };

    /// A show of a model that is wider than the stage, with a long text.
    fn app() -> App {
        let config = GptConfig {
            n_blocks: 1,
            d_model: 192,
            d_ff: 768,
            context_length: 80,
            ..GptConfig::default()
        };
        let mut settings = small_show().settings;
        settings.model = NamedModel {
            gpt: Arc::new(Gpt::random(config, 2).unwrap()),
            tokenizer: Arc::new(Tokenizer::charlm()),
            name: "wide".into(),
            options: Vec::new(),
        };
        settings.prompt = "to be or not to be ".repeat(4);
        let mut app = app_with_small_show();
        app.add_plugins(PagingPlugin)
            .add_message::<Action>()
            .insert_resource(CurrentShow::new(settings).unwrap());
        app
    }

    /// Goes to a stage, and gives the time.
    fn go_to(app: &mut App, kind: StageKind) -> f64 {
        let show = app.world().resource::<CurrentShow>();
        let segments = show.show.timeline().segments();
        let segment = segments.iter().find(|segment| segment.kind == kind);
        let time = segment.unwrap().start + 1.0;
        set_clock(app, time, false);
        app.update();
        time
    }

    fn ask(app: &mut App, action: Action) -> Pages {
        app.world_mut().write_message(action);
        app.update();
        await_shows(app);
        app.world().resource::<CurrentShow>().settings.options.pages
    }

    #[test]
    fn each_stage_leafs_through_what_is_too_long_there_and_keeps_the_moment() {
        let mut app = app();
        for (kind, axis) in [
            (StageKind::FeedForward, PagedAxis::Hidden),
            (StageKind::Residual2, PagedAxis::Features),
            (StageKind::Attention, PagedAxis::Heads),
        ] {
            let time = go_to(&mut app, kind);
            assert_eq!(ask(&mut app, Action::NextPage).of(axis), 1, "{kind:?}");
            let after = app.world().resource::<Transport>().time();
            assert!(
                (after - time).abs() < 0.5,
                "{kind:?}: {time} became {after}"
            );
            let now = app.world().resource::<Now>();
            assert_eq!(now.kind(), Some(kind));
            assert_eq!(ask(&mut app, Action::PreviousPage).of(axis), 0);
            assert_eq!(ask(&mut app, Action::PreviousPage).of(axis), 0);
        }
    }

    #[test]
    fn a_long_text_is_leafed_through_anywhere_and_pages_end() {
        let mut app = app();
        go_to(&mut app, StageKind::Residual1);
        for _ in 0..5 {
            // 76 tokens are two pages
            let pages = ask(&mut app, Action::EarlierTokens);
            assert_eq!(pages.of(PagedAxis::Tokens), 1);
        }
        let passes = app.world().resource::<CurrentShow>().show.passes().to_vec();
        assert_eq!(ask(&mut app, Action::LaterTokens).of(PagedAxis::Tokens), 0);
        // the model did not run again
        let show = app.world().resource::<CurrentShow>();
        assert!(Arc::ptr_eq(&passes[0], &show.show.passes()[0]));
    }

    #[test]
    fn another_prompt_begins_with_the_first_pages() {
        let mut app = app();
        app.add_plugins(PromptFieldPlugin);
        ask(&mut app, Action::EarlierTokens);
        app.world_mut().write_message(NewPrompt {
            text: "to be ".repeat(12),
            tokens: 1,
            temperature: 0.0,
        });
        app.update();
        await_shows(&mut app);
        let show = app.world().resource::<CurrentShow>();
        assert_eq!(show.show.passes().len(), 1);
        assert_eq!(show.settings.options.pages, Pages::default());
    }

    #[test]
    fn pages_that_are_turned_faster_than_they_are_laid_out_are_all_turned() {
        let mut app = app();
        go_to(&mut app, StageKind::Residual2);
        for action in [Action::NextPage, Action::NextPage, Action::EarlierTokens] {
            app.world_mut().write_message(action);
            app.update();
        }
        await_shows(&mut app);
        let pages = app.world().resource::<CurrentShow>().settings.options.pages;
        assert_eq!(pages.of(PagedAxis::Features), 2);
        assert_eq!(pages.of(PagedAxis::Tokens), 1);
    }
}
