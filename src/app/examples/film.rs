//! Measures what a film costs beside its pictures: the same frames drawn only, drawn and brought back, and recorded.
//! `cargo run --release --example film -- --frames 300`. Processor time does not depend on what else the machine
//! does; the clock does.

use std::time::{Duration, Instant};

use bevy::render::renderer::RenderDevice;
use clap::Parser;
use orrery::{
    film::{Dressing, FilmPlan, Stretch, record},
    render::{
        PictureSize, QualityChoice, RenderError,
        film_frames::{FilmFrames, FrameSink},
        process::{cpu_time, peak_memory},
    },
    show::{CurrentShow, NamedModel, PictureSettings, ShowRenderer, ShowSettings},
};
use orrery_film::{
    BuiltInSettings, BuiltInWriter, FilmSize, Frame, FrameRate, OutputFile, PixelLayout,
    h264::VideoSettings,
};
use orrery_model::{SamplingSettings, checkpoint};
use orrery_pipeline::{Detail, Pacing, Pages, ShowOptions};

#[derive(Parser, Clone, Copy, Debug)]
struct Arguments {
    /// Frames, 30 in a second of the show.
    #[arg(long, default_value_t = 300)]
    frames: u64,
    /// Pixels from left to right.
    #[arg(long, default_value_t = 1280)]
    width: u32,
    /// Pixels from top to bottom.
    #[arg(long, default_value_t = 720)]
    height: u32,
}

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome {
    orrery::render::quiet_driver::silence();
    let arguments = Arguments::parse();
    let show = show()?;
    let rate = FrameRate::new(30)?;
    let stretch = Stretch {
        longest: Some(arguments.frames as f64 / 30.0),
        ..Stretch::default()
    };
    let plan = FilmPlan::new(show.duration(), rate, 1.0, stretch)?;

    let mut renderer = renderer(&show, arguments)?;
    let drawn = measured("drawn only", plan.count(), || {
        for frame in plan.frames() {
            renderer.set_time(plan.time(frame));
            renderer.renderer().update()?;
            let device = renderer.renderer().world().resource::<RenderDevice>();
            device.poll(wgpu::PollType::wait_indefinitely())?;
        }
        Ok(())
    })?;
    let back = measured("and brought back", plan.count(), || {
        let mut frames = FilmFrames::new(renderer.renderer(), PixelLayout::Yuv420, 0);
        for frame in plan.frames() {
            renderer.set_time(plan.time(frame));
            frames.draw(renderer.renderer(), frame, &mut Nowhere)?;
        }
        Ok(frames.finish(&mut Nowhere)?)
    })?;
    let folder = std::env::temp_dir().join(format!("orrery-film-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let size = FilmSize::new(arguments.width, arguments.height, true)?;
    let mut recorder = self::renderer(&show, arguments)?;
    recorder.picture(0.0)?;
    let recorded = measured("and recorded", plan.count(), || {
        let output = OutputFile::create(&folder.join("film.mp4"), false)?;
        let settings = BuiltInSettings {
            video: VideoSettings::new(size, rate, VideoSettings::USUAL_QUANTIZER)?,
            frames: plan.count(),
            sound: None,
            part: None,
            threads: std::thread::available_parallelism()?.get(),
            most_waiting_bytes: 160 << 20,
        };
        let writer = Box::new(BuiltInWriter::start(output, settings)?);
        let all = plan.frames();
        record(
            &mut recorder,
            &plan,
            all,
            &Dressing::default(),
            writer,
            &mut |_| std::ops::ControlFlow::Continue(()),
        )?;
        Ok(())
    })?;
    std::fs::remove_dir_all(&folder)?;
    let more = |than: Duration| (recorded.as_secs_f64() / than.as_secs_f64() - 1.0) * 100.0;
    println!(
        "recorded takes {:.1} % more processor time than drawn only, {:.1} % more than brought back",
        more(drawn),
        more(back)
    );
    Ok(())
}

/// Takes frames and forgets them.
struct Nowhere;

impl FrameSink for Nowhere {
    type Error = RenderError;

    fn take(&mut self, _: u64, frame: Frame) -> Result<(), RenderError> {
        std::hint::black_box(frame);
        Ok(())
    }
}

/// Runs something and prints what it took; returns the processor time. Threads that end take their time
/// along, so that it is read while they live.
fn measured(name: &str, frames: u64, mut run: impl FnMut() -> Outcome) -> Outcome<Duration> {
    let before = cpu_time_of_process()?;
    let start = Instant::now();
    run()?;
    let (clock, processor) = (start.elapsed(), cpu_time_of_process()? - before);
    println!(
        "{name:>18}: {:.2} s, {:.2} s of the processors, {:.1} frames/s, {:.1} ms of the processors a frame, at most {} MB",
        clock.as_secs_f64(),
        processor.as_secs_f64(),
        frames as f64 / clock.as_secs_f64(),
        processor.as_secs_f64() * 1e3 / frames as f64,
        peak_memory().unwrap_or(0) >> 20
    );
    if let Some(parts) = cpu_time() {
        println!("{:>18}  rasterizer {:?} so far", "", parts.rasterizer);
    }
    Ok(processor)
}

/// Of all threads, also those that have ended.
fn cpu_time_of_process() -> Outcome<Duration> {
    Ok(cpu_time::ProcessTime::try_now()?.as_duration())
}

fn renderer(show: &CurrentShow, arguments: Arguments) -> Result<ShowRenderer, RenderError> {
    ShowRenderer::new(
        show.clone(),
        PictureSettings {
            size: PictureSize {
                width: arguments.width,
                height: arguments.height,
            },
            quality: QualityChoice::Software,
            ..PictureSettings::default()
        },
    )
}

fn show() -> Outcome<CurrentShow> {
    let weights = concat!(env!("CARGO_MANIFEST_DIR"), "/../../weights/charlm.npz");
    Ok(CurrentShow::new(ShowSettings {
        model: NamedModel::new(checkpoint::load(weights.as_ref())?, "charlm".into()),
        prompt: "hello".into(),
        lossy: false,
        options: ShowOptions {
            tokens: 8,
            sampling: SamplingSettings::default(),
            opened: [0].into(),
            later_tokens: Detail::Abbreviated,
            pages: Pages::default(),
            lens: false,
        },
        pacing: Pacing::shipped()?,
    })?)
}
