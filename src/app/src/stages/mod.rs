//! What the app does with the stages: it tells when one is entered and left, and lets systems run only while a
//! stage is on. What a stage is comes from the pipeline's table; nothing here knows a particular one.

mod headline;

use bevy::prelude::*;
use orrery_pipeline::{Segment, StageKind};

use crate::{
    sets::OrrerySystems,
    show::{CurrentShow, Now, now::stage_is},
};

/// A stage begins to be shown: because the show has come to it, somebody has jumped to it, or the show has been
/// laid out anew.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct StageEntered {
    /// Which stage, where on the timeline.
    pub segment: Segment,
    /// The index of the segment on the timeline.
    pub index: usize,
}

/// A stage is shown no longer. Always before the [`StageEntered`] of the stage that follows it.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct StageLeft {
    /// Which stage, where on the timeline that it belonged to.
    pub segment: Segment,
    /// The index of the segment on that timeline.
    pub index: usize,
}

/// Systems of `Update` that run only while a stage is on: add yours with `.in_set(WhileStage(kind))`. They run after
/// the messages of the frame, and before cells, camera and words follow.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WhileStage(pub StageKind);

/// Tells of stages, and writes the headline and the legend of the one that is on.
pub struct StagesPlugin;

impl Plugin for StagesPlugin {
    fn build(&self, app: &mut App) {
        for kind in StageKind::ALL {
            app.configure_sets(
                Update,
                WhileStage(kind)
                    .run_if(stage_is(kind))
                    .after(tell)
                    .before(OrrerySystems::Choreography),
            );
        }
        app.add_message::<StageEntered>()
            .add_message::<StageLeft>()
            .add_systems(
                Update,
                (tell, headline::write.run_if(on_message::<StageEntered>))
                    .chain()
                    .after(OrrerySystems::Program)
                    .before(OrrerySystems::Choreography),
            );
    }
}

/// Tells when another stage is on than in the frame before.
fn tell(
    show: Option<Res<CurrentShow>>,
    now: Res<Now>,
    mut told: Local<Option<(u64, StageEntered)>>,
    mut left: MessageWriter<StageLeft>,
    mut entered: MessageWriter<StageEntered>,
) {
    let index = now.index;
    let on = show
        .zip(now.segment)
        .map(|(show, segment)| (show.revision, StageEntered { segment, index }));
    if on == *told {
        return;
    }
    let before = std::mem::replace(&mut *told, on);
    left.write_batch(
        before.map(|(_, StageEntered { segment, index })| StageLeft { segment, index }),
    );
    entered.write_batch(on.map(|(_, stage)| stage));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        labels::{Headline, LegendQuantities},
        test_support::{app_with_small_show, set_clock, small_show},
    };

    /// What was heard, and how many frames the attention's own system ran.
    #[derive(Resource, Default)]
    struct Heard(Vec<(&'static str, StageKind)>, usize);

    fn listen(
        mut left: MessageReader<StageLeft>,
        mut entered: MessageReader<StageEntered>,
        mut heard: ResMut<Heard>,
    ) {
        heard
            .0
            .extend(left.read().map(|stage| ("left", stage.segment.kind)));
        heard
            .0
            .extend(entered.read().map(|stage| ("entered", stage.segment.kind)));
    }

    fn app() -> App {
        let mut app = app_with_small_show();
        app.add_plugins(StagesPlugin)
            .init_resource::<Headline>()
            .init_resource::<LegendQuantities>()
            .init_resource::<Heard>()
            .add_systems(Last, listen)
            .add_systems(
                Update,
                (|mut heard: ResMut<Heard>| heard.1 += 1).in_set(WhileStage(StageKind::Attention)),
            );
        app
    }

    /// One frame at a time of the show.
    fn frame_at(app: &mut App, time: f64) {
        set_clock(app, time, false);
        app.update();
    }

    #[test]
    fn every_stage_is_told_once_and_its_systems_run_while_it_is_on() {
        let mut app = app();
        let timeline = small_show().show.timeline().clone();
        let mut frames_of_attention = 0;
        for segment in timeline.segments() {
            for part in [0.0, 0.3, 0.9] {
                let attention = segment.kind == StageKind::Attention;
                frames_of_attention += usize::from(attention);
                frame_at(
                    &mut app,
                    segment.start + f64::from(segment.duration() * part),
                );
            }
        }
        let heard = app.world().resource::<Heard>();
        let mut wanted = Vec::new();
        for (at, segment) in timeline.segments().iter().enumerate() {
            let before = at.checked_sub(1).map(|at| timeline.segments()[at].kind);
            wanted.extend(before.map(|kind| ("left", kind)));
            wanted.push(("entered", segment.kind));
        }
        assert_eq!(heard.0, wanted);
        assert!(frames_of_attention > 0);
        assert_eq!(heard.1, frames_of_attention);
    }

    #[test]
    fn a_show_laid_out_anew_enters_its_stage_anew() {
        let mut app = app();
        frame_at(&mut app, 3.0);
        let show = app.world().resource::<CurrentShow>();
        let anew = CurrentShow {
            revision: show.revision + 1,
            ..show.laid_out_anew(show.settings.clone())
        };
        app.insert_resource(anew);
        frame_at(&mut app, 3.0);
        let heard = app.world().resource::<Heard>();
        let what: Vec<&str> = heard.0.iter().map(|&(what, _)| what).collect();
        assert_eq!(what, ["entered", "left", "entered"]);
    }

    #[test]
    fn headline_and_legend_are_those_of_the_table() {
        let mut app = app();
        let show = small_show();
        for segment in show.show.timeline().segments() {
            frame_at(&mut app, segment.start + 0.1);
            let stage = segment.kind.description();
            let headline = &app.world().resource::<Headline>().title;
            let title = (stage.title)(show.settings.model.gpt.config());
            assert!(headline.contains(title), "{headline}");
            assert_eq!(
                headline.contains("block "),
                segment.block.is_some(),
                "{headline}"
            );
            assert_eq!(
                app.world().resource::<LegendQuantities>().0,
                stage.quantities
            );
        }
    }
}
