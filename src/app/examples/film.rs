//! Measures what a film costs beside its pictures: the same frames drawn only, drawn and brought back, and recorded,
//! in turns, so that a machine whose speed changes changes it for all three.
//! `cargo run --release --example film -- --rounds 6`. The medians over the rounds are what to believe.

use std::time::{Duration, Instant};

use bevy::render::renderer::RenderDevice;
use clap::Parser;
use orrery::{
    film::{Dressing, FilmPlan, Stretch, record},
    render::{
        PictureSize, QualityChoice, RenderError,
        film_frames::{FilmFrames, FrameSink},
        process::peak_memory,
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
    /// Rounds; each goes on where the one before ended.
    #[arg(long, default_value_t = 6)]
    rounds: u64,
    /// Frames in a round, 30 in a second of the show.
    #[arg(long, default_value_t = 100)]
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
        longest: Some((arguments.rounds * arguments.frames) as f64 / 30.0),
        ..Stretch::default()
    };
    let plan = FilmPlan::new(show.duration(), rate, 1.0, stretch)?;

    let mut drawer = renderer(&show, arguments)?;
    let mut bringer = renderer(&show, arguments)?;
    let mut frames = FilmFrames::new(bringer.renderer(), PixelLayout::Yuv420, 0);
    let mut recorder = renderer(&show, arguments)?;
    for renderer in [&mut drawer, &mut bringer, &mut recorder] {
        renderer.picture(0.0)?;
    }
    let folder = tempfile::tempdir()?;
    let size = FilmSize::new(arguments.width, arguments.height, true)?;
    let video = VideoSettings::new(size, rate, VideoSettings::USUAL_QUANTIZER)?;

    let mut rounds = Vec::new();
    for round in 0..arguments.rounds {
        let all = round * arguments.frames..((round + 1) * arguments.frames).min(plan.count());
        let drawn = measured(|| {
            for frame in all.clone() {
                drawer.set_time(plan.time(frame));
                drawer.renderer().update()?;
            }
            let device = drawer.renderer().world().resource::<RenderDevice>();
            device.poll(wgpu::PollType::wait_indefinitely())?;
            Ok(())
        })?;
        let back = measured(|| {
            for frame in all.clone() {
                bringer.set_time(plan.time(frame));
                frames.draw(bringer.renderer(), frame, &mut Nowhere)?;
            }
            Ok(frames.finish(bringer.renderer(), &mut Nowhere)?)
        })?;
        let recorded = measured(|| {
            let settings = BuiltInSettings {
                video,
                frames: all.end - all.start,
                sound: None,
                part: None,
                threads: std::thread::available_parallelism()?.get(),
                most_waiting_bytes: 120 << 20,
            };
            let output = OutputFile::create(&folder.path().join("film.mp4"), true)?;
            let writer = Box::new(BuiltInWriter::start(output, settings)?);
            record(
                &mut recorder,
                &plan,
                all.clone(),
                &Dressing::default(),
                writer,
                &mut |_| std::ops::ControlFlow::Continue(()),
            )?;
            Ok(())
        })?;
        println!(
            "round {}: drawn {drawn}, and brought back {back}, and recorded {recorded}",
            round + 1
        );
        rounds.push([drawn, back, recorded]);
    }
    for (name, which) in [("brought back", 1), ("recorded", 2)] {
        let more = |of: fn(&Cost) -> Duration| {
            let ratio = |round: &[Cost; 3]| of(&round[which]).div_duration_f64(of(&round[0]));
            (median(rounds.iter().map(ratio)) - 1.0) * 100.0
        };
        println!(
            "{name}: {:+.1} % by the clock, {:+.1} % of processor time (medians)",
            more(|cost| cost.clock),
            more(|cost| cost.processor)
        );
    }
    println!("at most {} MB", peak_memory().unwrap_or(0) >> 20);
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// What a stretch took.
#[derive(Clone, Copy)]
struct Cost {
    clock: Duration,
    /// Of all threads, also those that have ended.
    processor: Duration,
}

impl std::fmt::Display for Cost {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (clock, processor) = (self.clock.as_secs_f64(), self.processor.as_secs_f64());
        write!(to, "{clock:.2} s ({processor:.2} s of the processors)")
    }
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

fn measured(run: impl FnOnce() -> Outcome) -> Outcome<Cost> {
    let before = cpu_time::ProcessTime::try_now()?;
    let start = Instant::now();
    run()?;
    Ok(Cost {
        clock: start.elapsed(),
        processor: before.try_elapsed()?,
    })
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
