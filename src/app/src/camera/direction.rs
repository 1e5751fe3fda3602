//! Who directs the camera where no user steers it: the show itself, a list of shots, or a path of a user's
//! own. Each is a function of the time of the show.

use std::{f64::consts::TAU, sync::Arc};

use bevy::prelude::*;
use orrery_pipeline::{
    Framing,
    camera::CameraPose,
    cinema::{Cinema, ShotTable},
};

use super::keyframes::CameraKeys;
use crate::show::CurrentShow;

/// Who directs.
#[derive(Resource, Clone, Debug, Default)]
pub enum Direction {
    /// The show: it frames what matters.
    #[default]
    Guided,
    /// The same without moves: each stage is seen as it ends.
    Static,
    /// The same with a slow swing around what is shown.
    Orbit,
    /// A list of shots that follows from the program.
    Cinematic(Arc<ShotTable>),
    /// A path of a user's own.
    Path(Arc<CameraKeys>),
}

/// The list of shots of the show that is on.
#[derive(Resource, Default)]
pub(crate) struct ShotList(Option<(u64, Cinema)>);

/// How far the swing goes to each side and up, in radians, and how long it takes, in seconds.
const SWING: (f32, f32, f64) = (0.62, 0.10, 24.0);

impl Direction {
    /// What is framed at a time, in seconds of the show, where the show itself frames `guided`, also at other times.
    /// `is_standard` tells whether the scene is as the program made it: shots are of such scenes.
    pub(crate) fn framing(
        &self,
        show: &CurrentShow,
        time: f64,
        guided: &dyn Fn(f64) -> Option<Framing>,
        is_standard: bool,
        list: &mut ShotList,
    ) -> Option<Framing> {
        match self {
            Self::Guided | Self::Path(_) => guided(time),
            Self::Cinematic(_) if !is_standard => guided(time),
            Self::Static => {
                let timeline = show.show.timeline();
                let (index, _) = timeline.at(time)?;
                // a little before the end: there the next stage begins
                const BEFORE: f64 = 1e-3;
                let segment = timeline.segments().get(index)?;
                guided((segment.end() - BEFORE).max(segment.start))
            }
            Self::Orbit => guided(time).map(|framing| {
                let (yaw, pitch, seconds) = SWING;
                let swing = |seconds: f64| (time * TAU / seconds).sin() as f32;
                Framing {
                    half_extent: framing.half_extent * 1.06,
                    yaw: framing.yaw + yaw * swing(seconds),
                    pitch: framing.pitch + pitch * (1.0 + swing(seconds * 0.618)),
                    ..framing
                }
            }),
            Self::Cinematic(table) => {
                let known = list
                    .0
                    .as_ref()
                    .filter(|(revision, _)| *revision == show.revision);
                if known.is_none() {
                    list.0 = Some((show.revision, Cinema::new(&show.show, table)));
                }
                let (_, cinema) = list.0.as_ref()?;
                cinema.framing(&show.show, time)
            }
        }
    }

    /// Where the camera stands at a time, where that does not follow from what is framed.
    pub(crate) fn pose(&self, time: f64) -> Option<CameraPose> {
        match self {
            Self::Path(keys) => keys.pose(time),
            _ => None,
        }
    }
}

impl ShotList {
    /// Forgets the shots: the table has changed.
    pub(crate) fn forget(&mut self) {
        self.0 = None;
    }
}
