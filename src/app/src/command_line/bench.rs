//! `orrery bench`: what a frame costs on this machine.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use color_eyre::Result;
use color_eyre::eyre::{ensure, eyre};
use orrery_pipeline::StageKind;

use super::show_arguments::{PictureArguments, ShowArguments};
use super::{Notes, output};
use crate::show::ShowRenderer;
use crate::show::bench::{BenchSettings, bench_headless, stretch};
use crate::show::bench_window::bench_window;

/// Options of `orrery bench`.
#[derive(Clone, Debug, Args)]
pub struct BenchArguments {
    /// Play this stage over and over [default: the whole show]
    #[arg(
        long,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(StageKind::ALL.map(|kind| kind.description().slug))
            .try_map(|name| StageKind::ALL.into_iter().find(|kind| kind.description().slug == name).ok_or("no such stage")),
    )]
    stage: Option<StageKind>,

    /// Measure for so long
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    seconds: f64,

    /// Measure in a window instead of without one
    #[arg(long)]
    window: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    show: ShowArguments,

    #[command(flatten)]
    picture: PictureArguments,
}

/// Measures and prints.
///
/// # Errors
/// No graphics driver, no display, a show without this stage.
pub fn run(arguments: &BenchArguments, notes: Notes) -> Result<()> {
    ensure!(
        (0.1..=3600.0).contains(&arguments.seconds),
        "--seconds is {}; it must be 0.1 to 3600",
        arguments.seconds
    );
    let show = arguments.show.show(notes)?;
    let settings = BenchSettings {
        stage: arguments.stage,
        seconds: arguments.seconds,
    };
    let stretch = stretch(&show.show, arguments.stage).ok_or_else(|| {
        eyre!("--stage: this show has no such stage; the model decides which there are")
    })?;
    let picture = arguments.picture.settings();
    let report = if arguments.window {
        bench_window(show, picture, stretch, settings)?
    } else {
        let mut renderer = ShowRenderer::new(show, picture)?;
        bench_headless(&mut renderer, stretch, settings)?
    };
    if arguments.json {
        output::print_json(&report)?;
    } else {
        output::print(&format!("{report}\n"))?;
    }
    Ok(())
}
