//! What a frame of the show costs on this machine.

use std::time::Duration;

use orrery_pipeline::{Show, StageKind, shaping::ShapedShow};
use serde::Serialize;

use super::picture::ShowRenderer;
use crate::render::{
    RenderError,
    measure::{FrameReport, Measurement},
};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BenchSettings {
    /// The stage that is played over and over; none plays the whole show.
    pub stage: Option<StageKind>,
    /// For how long, in seconds.
    pub seconds: f64,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct BenchReport {
    /// What draws.
    pub adapter: String,
    /// The preset.
    pub quality: String,
    /// Picture size in pixels.
    pub size: [u32; 2],
    /// The visualization that shows what no block has chosen another for.
    pub visualization: String,
    /// The stage, by its command-line name.
    pub stage: Option<&'static str>,
    /// Visible cells, averaged over the frames.
    pub visible_cells: usize,
    /// Cells of groups in motion, averaged over the frames.
    pub moving_cells: usize,
    /// Frames and their cost.
    #[serde(flatten)]
    pub frames: FrameReport,
}

/// The stretch of the show that is played: (from, to) in seconds of the show. None if it has no such
/// stage.
pub fn stretch(show: &Show, stage: Option<StageKind>) -> Option<(f64, f64)> {
    let Some(kind) = stage else {
        return Some((0.0, show.timeline().duration()));
    };
    let segments = show.timeline().segments();
    let segment = segments.iter().find(|segment| segment.kind == kind)?;
    Some((segment.start, segment.end()))
}

/// The time of the show after `elapsed` seconds of playing the stretch over and over.
pub fn time_in((from, to): (f64, f64), elapsed: f64) -> f64 {
    from + elapsed % (to - from).max(1e-3)
}

/// Mean numbers of visible and moving cells over a stretch of the show.
pub fn mean_census(shaped: &ShapedShow, (from, to): (f64, f64)) -> (usize, usize) {
    const SAMPLES: usize = 40;
    let (mut visible, mut moving) = (0, 0);
    for sample in 0..SAMPLES {
        let time = from + (to - from) * (sample as f64 + 0.5) / SAMPLES as f64;
        let Some((index, seconds)) = shaped.show().timeline().at(time) else {
            continue;
        };
        if let Some(scene) = shaped.scene(index) {
            let (seen, moved) = scene.census(seconds, 1.0 / 60.0);
            visible += seen;
            moving += moved;
        }
    }
    (visible / SAMPLES, moving / SAMPLES)
}

/// Plays the stretch without a window, as fast as frames can be drawn; the show goes by the real clock.
///
/// # Errors
/// When the driver fails.
pub fn bench_headless(
    renderer: &mut ShowRenderer,
    stretch: (f64, f64),
    settings: BenchSettings,
) -> Result<BenchReport, RenderError> {
    renderer.picture(stretch.0)?;
    let mut measurement = Measurement::start();
    while measurement.elapsed() < Duration::from_secs_f64(settings.seconds) {
        renderer.set_time(time_in(stretch, measurement.elapsed().as_secs_f64()));
        renderer.renderer().update()?;
        measurement.count_frame();
    }
    let frames = measurement.report();
    let (visible_cells, moving_cells) = mean_census(&renderer.shaped(), stretch);
    let visualization = renderer.shaped().looks().all.key.to_string();
    let size = renderer.size();
    let headless = renderer.renderer();
    Ok(BenchReport {
        adapter: headless.adapter().name.clone(),
        quality: format!("{:?}", headless.quality()).to_lowercase(),
        size: [size.width, size.height],
        visualization,
        stage: settings.stage.map(|kind| kind.description().slug),
        visible_cells,
        moving_cells,
        frames,
    })
}

impl std::fmt::Display for BenchReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{} · {} · {}×{} · {} · {}",
            self.adapter,
            self.quality,
            self.size[0],
            self.size[1],
            self.visualization,
            self.stage.unwrap_or("whole show")
        )?;
        writeln!(
            f,
            "{} cells visible, {} moving",
            self.visible_cells, self.moving_cells
        )?;
        self.frames.fmt(f)
    }
}
