//! Records a film: draws one frame after the other and hands them to whoever writes the file.

use std::ops::{ControlFlow, Range};

use orrery_film::{FilmError, FilmSummary, FilmWriter, Frame, GifPalette, RgbaFrame};
use thiserror::Error;

use super::plan::FilmPlan;
use super::titles::Titles;
use crate::render::RenderError;
use crate::render::film_frames::{FilmFrames, FrameSink};
use crate::show::ShowRenderer;

/// Why a film was not recorded.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The picture failed.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The file failed.
    #[error(transparent)]
    Film(#[from] FilmError),
    /// A mistake of this program.
    #[error("frame {came} came where frame {expected} was due")]
    Order {
        /// The frame that came.
        came: u64,
        /// The frame that was due.
        expected: u64,
    },
    /// Likewise.
    #[error("frame {frame} was drawn and did not come")]
    Missing {
        /// The first that did not come.
        frame: u64,
    },
}

/// A film that was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// What is in the file.
    pub summary: FilmSummary,
    /// Whether it was ended before its time.
    pub stopped: bool,
}

/// How a film is ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Early {
    /// What was drawn by then is in the file.
    Keep,
    /// There is no file.
    Discard,
}

/// What is laid over and around the pictures of a film.
#[derive(Clone, Debug, Default)]
pub struct Dressing {
    /// Said over the beginning and the end.
    pub titles: Option<Titles>,
    /// Rows of black above and below the picture, each.
    pub bars: u32,
}

/// Records `frames` of a film. `watch` hears the number of frames handed in so far, before each one, and may
/// end the film. None where there is no file in the end.
///
/// # Errors
/// The driver or the disk fails; nothing is left of the file then.
pub fn record(
    renderer: &mut ShowRenderer,
    plan: &FilmPlan,
    frames: Range<u64>,
    dressing: &Dressing,
    writer: Box<dyn FilmWriter>,
    watch: &mut dyn FnMut(u64) -> ControlFlow<Early>,
) -> Result<Option<Recorded>, RecordError> {
    let mut film = FilmFrames::new(renderer.renderer(), writer.layout(), dressing.bars);
    let mut sink = Sink {
        writer,
        due: frames.start,
    };
    let mut stopped = false;
    let mut drawn = frames.start;
    for frame in frames.clone() {
        match watch(frame - frames.start) {
            ControlFlow::Continue(()) => {}
            ControlFlow::Break(Early::Discard) => return Ok(None),
            ControlFlow::Break(Early::Keep) => {
                stopped = true;
                break;
            }
        }
        renderer.set_time(plan.time(frame));
        if let Some(titles) = &dressing.titles {
            let whole = plan.frames();
            let seconds = |frames: u64| frames as f64 / f64::from(plan.rate().get());
            renderer.set_title(
                titles.card(seconds(frame - whole.start), seconds(whole.end - 1 - frame)),
            );
        }
        film.draw(renderer.renderer(), frame, &mut sink)?;
        drawn = frame + 1;
    }
    film.finish(renderer.renderer(), &mut sink)?;
    if sink.due != drawn {
        return Err(RecordError::Missing { frame: sink.due });
    }
    if sink.due == frames.start {
        return Ok(None);
    }
    Ok(Some(Recorded {
        summary: sink.writer.finish()?,
        stopped,
    }))
}

/// Sees to it that no frame is missing or double.
struct Sink {
    writer: Box<dyn FilmWriter>,
    due: u64,
}

impl FrameSink for Sink {
    type Error = RecordError;

    fn take(&mut self, number: u64, frame: Frame) -> Result<(), RecordError> {
        if number != self.due {
            return Err(RecordError::Order {
                came: number,
                expected: self.due,
            });
        }
        self.due += 1;
        Ok(self.writer.push(frame)?)
    }

    fn spare_buffer(&mut self) -> Option<Vec<u8>> {
        self.writer.spare_buffer()
    }
}

/// Chooses the colours of a GIF from moments that are spread over the film.
///
/// # Errors
/// The driver fails.
pub fn gif_palette(
    renderer: &mut ShowRenderer,
    plan: &FilmPlan,
) -> Result<GifPalette, RenderError> {
    /// Each stage is likely to be among them.
    const MOMENTS: u64 = 24;
    let moments = MOMENTS.min(plan.count());
    let mut pictures = Vec::new();
    for moment in 0..moments {
        let frame = plan.frames().start + (2 * moment + 1) * plan.count() / (2 * moments);
        let picture = renderer.picture(plan.time(frame))?;
        let size = orrery_film::FilmSize {
            width: picture.width(),
            height: picture.height(),
        };
        pictures.push(RgbaFrame {
            size,
            bytes: picture.into_raw(),
        });
    }
    Ok(GifPalette::of(&pictures))
}
