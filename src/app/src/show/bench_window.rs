//! The same measurement in a real window: what the user gets.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bevy::{
    prelude::*,
    render::{
        RenderApp,
        renderer::{RenderGraph, RenderGraphSystems},
        view::ExtractedWindows,
    },
    window::PresentMode,
    winit::WinitSettings,
};
use cpu_time::ThreadTime;
use orrery_pipeline::shaping::ShapedShow;

use super::{
    bench::{BenchReport, BenchSettings, mean_census, time_in},
    current::CurrentShow,
    picture::PictureSettings,
    transport::Transport,
};
use crate::assembly::{self, Assembly, WindowError};
use crate::looks::registry::compiled;
use crate::render::{Quality, gpu::find_adapter, measure::Measurement};

/// Frames before the measuring begins: shaders are compiled, the window is there.
const WARM_UP_FRAMES: u32 = 40;

/// The measurement as the window's systems see it.
#[derive(Resource)]
struct BenchInWindow {
    settings: BenchSettings,
    stretch: (f64, f64),
    frames: u32,
    measurement: Option<Measurement>,
    report: Arc<Mutex<Option<crate::render::measure::FrameReport>>>,
    presenting: Presenting,
}

/// CPU time that has gone into handing pictures to the window system, which under X copies each of them.
#[derive(Resource, Clone, Debug, Default)]
struct Presenting(Arc<Mutex<Duration>>);

impl Presenting {
    fn lock(&self) -> std::sync::MutexGuard<'_, Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Presents a little earlier than Bevy would, which then finds nothing left to present.
fn present(mut windows: ResMut<ExtractedWindows>, presenting: Res<Presenting>) {
    let start = ThreadTime::now();
    for window in windows.windows.values_mut() {
        window.present();
    }
    *presenting.lock() += start.elapsed();
}

/// Opens the window, plays the stretch over and over, closes it and reports.
///
/// # Errors
/// No display, no graphics driver, or the window was closed before the time was over.
pub fn bench_window(
    show: CurrentShow,
    picture: PictureSettings,
    stretch: (f64, f64),
    settings: BenchSettings,
) -> Result<BenchReport, WindowError> {
    let report = Arc::default();
    let adapter = find_adapter()?;
    let quality: Quality = picture.quality.resolve(adapter.device_type);
    let all = compiled().unwrap_or_default();
    let shaped = ShapedShow::new(show.show.clone(), show.visualizations.looks(&all));
    let (visible_cells, moving_cells) = mean_census(&shaped, stretch);
    let presenting = Presenting::default();
    let mut app = Assembly::of_show(show, picture).window("GPT Orrery")?;
    app.sub_app_mut(RenderApp)
        .insert_resource(presenting.clone())
        .add_systems(RenderGraph, present.after(RenderGraphSystems::Submit));
    app.insert_resource(BenchInWindow {
        settings,
        stretch,
        frames: 0,
        measurement: None,
        report: Arc::clone(&report),
        presenting,
    })
    .add_systems(Startup, without_vsync)
    .add_systems(First, measure)
    // whatever else decides how often the window draws: here it draws as often as it can
    .add_systems(Last, |mut winit: ResMut<WinitSettings>| {
        *winit = WinitSettings::continuous();
    });
    assembly::run(app)?;
    let frames = report
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
        .ok_or(WindowError::Failed)?;
    Ok(BenchReport {
        adapter: adapter.name,
        quality: format!("{quality:?}, window").to_lowercase(),
        size: [picture.size.width, picture.size.height],
        visualization: shaped.looks().all.key.to_string(),
        stage: settings.stage.map(|kind| kind.description().slug),
        visible_cells,
        moving_cells,
        frames,
    })
}

fn without_vsync(mut windows: Query<&mut Window>) {
    for mut window in &mut windows {
        window.present_mode = PresentMode::AutoNoVsync;
    }
}

fn measure(
    mut bench: ResMut<BenchInWindow>,
    mut transport: ResMut<Transport>,
    mut exit: MessageWriter<AppExit>,
) {
    transport.set_playing(false);
    bench.frames += 1;
    if bench.frames < WARM_UP_FRAMES {
        transport.seek(bench.stretch.0, f64::MAX);
        return;
    }
    if bench.measurement.is_none() {
        *bench.presenting.lock() = Duration::ZERO;
    }
    let measurement = *bench.measurement.get_or_insert_with(Measurement::start);
    let elapsed = measurement.elapsed();
    transport.seek(time_in(bench.stretch, elapsed.as_secs_f64()), f64::MAX);
    if elapsed >= Duration::from_secs_f64(bench.settings.seconds) {
        let mut report = bench.report.lock().unwrap_or_else(PoisonError::into_inner);
        let presenting = *bench.presenting.lock();
        *report = Some(measurement.report().with_presenting(presenting));
        exit.write(AppExit::Success);
    }
    if let Some(measurement) = &mut bench.measurement {
        measurement.count_frame();
    }
}
