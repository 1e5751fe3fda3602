//! What is said in a film, as subtitles.

use orrery_film::srt::Subtitle;

use super::plan::FilmPlan;
use crate::show::{CurrentShow, Now};

/// The words of every frame; equal ones that follow each other are one text in the end.
pub fn subtitles(show: &CurrentShow, plan: &FilmPlan) -> Vec<Subtitle> {
    let first = plan.frames().start;
    let rate = u64::from(plan.rate().get());
    let milliseconds = |frame: u64| (frame - first) * 1000 / rate;
    plan.frames()
        .map(|frame| {
            let caption = Now::at(show, plan.time(frame)).caption.unwrap_or_default();
            Subtitle {
                start: milliseconds(frame),
                end: milliseconds(frame + 1),
                text: caption.words,
            }
        })
        .collect()
}
