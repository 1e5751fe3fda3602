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
