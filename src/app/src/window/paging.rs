//! Leafs through what is too long for the stage: the vocabulary by logit, features, heads, hidden columns,
//! and the tokens of a long text.

use bevy::prelude::*;
use orrery_pipeline::PagedAxis;

use super::actions::Action;
use crate::{
    sets::OrrerySystems,
    show::{CurrentShow, StageOn, Transport},
};

/// Leafs.
pub struct PagingPlugin;

impl Plugin for PagingPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(
            Update,
            leaf.in_set(OrrerySystems::Input).after(super::keys::read),
        );
    }
}

/// Shows another page of the axis that is paged in this stage, or of the text; the moment stays.
fn leaf(
    mut actions: MessageReader<Action>,
    show: Option<ResMut<CurrentShow>>,
    on: Res<StageOn>,
    mut transport: ResMut<Transport>,
) {
    let Some(mut show) = show else {
        return;
    };
    for action in actions.read() {
        let Some(pass) = on.pass(&show) else {
            continue;
        };
        let of_the_stage = || on.kind()?.paged_axis(pass);
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
        let last = axis.page_count(pass) - 1;
        let page = show.settings.options.pages.of(axis).min(last);
        let next = if forward {
            (page + 1).min(last)
        } else {
            page.saturating_sub(1)
        };
        if next == page {
            continue;
        }
        let mut options = show.settings.options.clone();
        options.pages = options.pages.with(axis, next);
        let pacing = show.settings.pacing.clone();
        let now = show.lay_out_anew(options, pacing, transport.time);
        let duration = show.duration();
        transport.seek(now, duration);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use orrery_model::{Gpt, GptConfig, Tokenizer};
    use orrery_pipeline::StageKind;

    use super::*;
    use crate::{
        sets,
        show::{LoadedModel, current},
        test_support::small_show,
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
        let mut show = small_show();
        let mut settings = show.settings.clone();
        settings.model = LoadedModel {
            gpt: Arc::new(Gpt::random(config, 2).unwrap()),
            tokenizer: Arc::new(Tokenizer::charlm()),
            name: "wide".into(),
        };
        settings.prompt = "to be or not to be ".repeat(4);
        show.replace(settings).unwrap();
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, PagingPlugin))
            .add_message::<Action>()
            .init_resource::<orrery_plugin_api::StageView>()
            .insert_resource(show);
        sets::plugin(&mut app);
        current::plugin(&mut app);
        app
    }

    /// Goes to a stage, and gives the time.
    fn go_to(app: &mut App, kind: StageKind) -> f64 {
        let show = app.world().resource::<CurrentShow>();
        let segments = show.show.timeline().segments();
        let segment = segments.iter().find(|segment| segment.kind == kind);
        let time = segment.unwrap().start + 1.0;
        app.world_mut().resource_mut::<Transport>().time = time;
        app.update();
        time
    }

    fn ask(app: &mut App, action: Action) -> orrery_pipeline::Pages {
        app.world_mut().write_message(action);
        app.update();
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
            let now = app.world().resource::<Transport>().time;
            assert!((now - time).abs() < 0.5, "{kind:?}: {time} became {now}");
            let on = app.world().resource::<StageOn>();
            assert_eq!(on.kind(), Some(kind));
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
        // another prompt begins with the first pages
        ask(&mut app, Action::EarlierTokens);
        let mut show = app.world().resource::<CurrentShow>().clone();
        let settings = show.settings.clone();
        show.replace(settings).unwrap();
        assert_eq!(
            show.settings.options.pages,
            orrery_pipeline::Pages::default()
        );
    }
}
