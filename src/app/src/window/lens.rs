//! The logit lens, on and off: what the model would say if it ended after an opened block.

use bevy::prelude::*;
use orrery_model::NormPlacement;

use super::{actions::Action, opened_blocks::block_meant};
use crate::sets::Asking;
use crate::show::{Now, Shows, Start};

/// Turns the lens on and off.
pub struct LensPlugin;

impl Plugin for LensPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(
            Update,
            toggle
                .in_set(Asking::Block)
                .after(super::opened_blocks::toggle),
        );
    }
}

/// Models that norm after have no lens: nothing is asked for.
fn toggle(mut actions: MessageReader<Action>, now: Res<Now>, mut shows: Shows) {
    let asked = actions.read().any(|&action| action == Action::ToggleLens);
    let (true, Some(show)) = (asked, shows.on()) else {
        return;
    };
    if show.settings.model.gpt.config().norm_placement != NormPlacement::Pre {
        return;
    }
    let segments = show.show.timeline().segments();
    let start = block_meant(segments, now.index).map_or(Start::SameMoment, |(pass, block)| {
        Start::Block { pass, block }
    });
    shows.lay_out(start, |settings| {
        settings.options.lens = !settings.options.lens
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use orrery_model::{Gpt, GptConfig};
    use orrery_pipeline::StageKind;

    use super::*;
    use crate::show::CurrentShow;
    use crate::test_support::{app_with_small_show, await_shows, small_show};

    #[test]
    fn the_lens_comes_and_goes_and_the_model_does_not_run_again() {
        let mut settings = small_show().settings;
        let config = GptConfig {
            norm_placement: NormPlacement::Pre,
            final_norm: true,
            ..GptConfig::default()
        };
        settings.model.gpt = Arc::new(Gpt::random(config, 3).unwrap());
        let mut app = app_with_small_show();
        app.add_plugins(LensPlugin)
            .add_message::<Action>()
            .insert_resource(CurrentShow::new(settings).unwrap());
        let lenses = |app: &App| {
            let show = &app.world().resource::<CurrentShow>().show;
            let segments = show.timeline().segments().iter();
            let lenses = segments.filter(|segment| segment.kind == StageKind::LogitLens);
            (lenses.count(), Arc::clone(&show.passes()[0]))
        };
        let (none, pass) = lenses(&app);
        assert_eq!(none, 0);
        for on in [true, false] {
            app.world_mut().write_message(Action::ToggleLens);
            app.update();
            await_shows(&mut app);
            let (count, now) = lenses(&app);
            assert_eq!(count > 0, on);
            assert!(Arc::ptr_eq(&pass, &now));
        }
    }
}
