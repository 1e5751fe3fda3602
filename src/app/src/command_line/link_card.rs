//! The picture that a link to a published report is shown with: a still of its run.

use color_eyre::Result;
use orrery_model::{Interventions, SamplingSettings};
use orrery_pipeline::{Detail, Pacing, Pages, ShowOptions};

use super::picture_file;
use crate::render::PictureSize;
use crate::show::{CurrentShow, NamedModel, PictureSettings, ShowRenderer, ShowSettings};

/// Its name beside the page.
pub const NAME: &str = "card.png";

/// The size that sites ask for.
const SIZE: PictureSize = PictureSize {
    width: 1200,
    height: 630,
};

/// Draws the moment at which the next token falls, as a PNG file's bytes.
///
/// # Errors
/// No graphics driver; a run that makes no show.
pub fn draw(
    model: NamedModel,
    (prompt, lossy): (String, bool),
    sampling: SamplingSettings,
    interventions: &Interventions,
) -> Result<Vec<u8>> {
    let settings = ShowSettings {
        model,
        prompt,
        lossy,
        options: ShowOptions {
            tokens: 1,
            sampling,
            opened: [0].into(),
            later_tokens: Detail::Abbreviated,
            pages: Pages::default(),
            lens: false,
        },
        pacing: Pacing::shipped()?,
    };
    let show = CurrentShow::changed(settings, interventions)?;
    let segments = show.show.timeline().segments();
    let drawn = segments
        .iter()
        .find(|segment| segment.kind.description().slug == "draw");
    let moment = drawn.map_or(0.0, |segment| segment.end() - 0.1);
    let settings = PictureSettings {
        size: SIZE,
        ..PictureSettings::default()
    };
    let mut renderer = ShowRenderer::new(show, settings)?;
    picture_file::png(&renderer.picture(moment)?)
}
