//! What is on in this frame: worked out once from the transport, and read by everything that draws or
//! speaks. No other system asks the timeline what is on.

use std::sync::Arc;

use bevy::prelude::*;
use orrery_pipeline::{Framing, Pass, Quantity, RichText, Segment, StageKind};
use orrery_plugin_api::StageView;

use crate::sets::OrrerySystems;

use super::{current::CurrentShow, transport::Transport};

/// What is on in this frame. The default is before the first show.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Now {
    /// Seconds of the show.
    pub time: f64,
    /// The segment of the timeline.
    pub segment: Option<Segment>,
    /// Its index.
    pub index: usize,
    /// Seconds since the segment began.
    pub seconds: f32,
    /// What the camera frames, whoever directs it.
    pub framing: Option<Framing>,
    /// How much the show itself shows of the whole model, 0…1.
    pub overview: f32,
    /// What is said.
    pub caption: Option<CaptionNow>,
    /// The cell of the scene that is pointed at and explained.
    pub explained: Option<SceneCell>,
}

/// A cell of the scene that is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SceneCell {
    /// Index of its group in the scene.
    pub group: usize,
    /// From 0, from above.
    pub row: usize,
    /// From 0, from the left.
    pub column: usize,
}

/// What is said in this frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaptionNow {
    /// One or two plain sentences.
    pub words: String,
    /// The formula in symbols.
    pub formula: RichText,
    /// The formula of the cell that is worked out, with its real numbers; empty where none is.
    pub numbers: RichText,
    /// What the colours of the matrices that act stand for.
    pub quantities: Vec<Quantity>,
    /// The cell whose number is worked out, and when.
    pub worked: Option<orrery_pipeline::scene::Worked>,
    /// What is worth knowing meanwhile; empty where nothing is said.
    pub card: String,
}

impl Now {
    /// What is on at a time, in seconds of the show.
    pub fn at(show: &CurrentShow, time: f64) -> Self {
        let Some((index, seconds)) = show.show.timeline().at(time) else {
            return Self::default();
        };
        let caption = show.show.caption(index, seconds);
        let scene = show.show.scene(index);
        let card = scene.and_then(|scene| Some(scene.card(seconds)?.text.clone()));
        Self {
            time,
            segment: show.show.timeline().segments().get(index).copied(),
            index,
            seconds,
            framing: show.show.framing(time),
            overview: show.show.overview(time),
            caption: caption.map(|(caption, numbers)| CaptionNow {
                words: caption.words.clone(),
                worked: caption.worked_at(seconds).copied(),
                formula: caption.formula.clone(),
                numbers: numbers.map_or_else(RichText::default, |formula| formula.line),
                quantities: caption.quantities.clone(),
                card: card.unwrap_or_default(),
            }),
            explained: None,
        }
    }

    /// The stage that is on.
    pub fn kind(&self) -> Option<StageKind> {
        self.segment.map(|segment| segment.kind)
    }

    /// The pass that is shown.
    pub fn pass<'a>(&self, show: &'a CurrentShow) -> Option<&'a Arc<Pass>> {
        show.show.passes().get(self.segment?.pass)
    }
}

/// A run condition: this stage is on.
pub fn stage_is(kind: StageKind) -> impl Fn(Res<Now>) -> bool + Clone {
    move |now: Res<Now>| now.kind() == Some(kind)
}

/// What the camera frames where there is no show.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct StandingFraming(pub Framing);

/// Finds out what is on.
pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Now>()
        .init_resource::<StageView>()
        .add_systems(Update, find_now.in_set(OrrerySystems::Program));
}

pub(crate) fn find_now(
    show: Option<Res<CurrentShow>>,
    transport: Res<Transport>,
    standing: Option<Res<StandingFraming>>,
    mut now: ResMut<Now>,
    mut found_for: Local<Option<(u64, f64)>>,
) {
    let Some(show) = show else {
        now.set_if_neq(Now {
            framing: standing.map(|standing| standing.0),
            ..default()
        });
        return;
    };
    // while the clock does not move there is nothing new to find
    let wanted = Some((show.revision, transport.time()));
    if *found_for != wanted {
        *found_for = wanted;
        now.set_if_neq(Now::at(&show, transport.time()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::app_with_small_show;

    #[derive(Resource, Default)]
    struct Changes(usize);

    #[test]
    fn it_says_what_the_show_says_and_rests_while_the_clock_stands() {
        let mut app = app_with_small_show();
        app.init_resource::<Changes>().add_systems(
            Last,
            (|mut changes: ResMut<Changes>| changes.0 += 1).run_if(resource_changed::<Now>),
        );
        let show = app.world().resource::<CurrentShow>().clone();
        for part in [0.0, 0.3, 0.31, 0.9, 0.2] {
            let time = show.duration() * part;
            let mut transport = app.world_mut().resource_mut::<Transport>();
            transport.set_playing(false);
            transport.seek(time, show.duration());
            for _ in 0..3 {
                app.update();
            }
            let now = app.world().resource::<Now>();
            let (index, seconds) = show.show.timeline().at(time).unwrap();
            assert_eq!((now.time, now.index, now.seconds), (time, index, seconds));
            assert_eq!(now.framing, show.show.framing(time));
            let said = show.show.caption(index, seconds);
            let words = now.caption.as_ref().map(|caption| caption.words.as_str());
            assert_eq!(words, said.map(|(caption, _)| caption.words.as_str()));
            let view = app.world().resource::<StageView>();
            assert_eq!(view.seconds, seconds);
            let scene = view.scene.as_ref().unwrap();
            assert!(Arc::ptr_eq(scene, show.show.scene(index).unwrap()));
        }
        assert_eq!(app.world().resource::<Changes>().0, 5);
    }

    #[test]
    fn without_a_show_the_camera_frames_what_there_is() {
        let mut app = app_with_small_show();
        let show = app.world_mut().remove_resource::<CurrentShow>().unwrap();
        let framing = show.show.framing(3.0).unwrap();
        app.insert_resource(StandingFraming(framing));
        app.update();
        let now = app.world().resource::<Now>();
        assert_eq!((now.framing, now.segment), (Some(framing), None));
    }
}
