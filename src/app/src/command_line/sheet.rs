//! `orrery sheet`: the whole show at a glance.

use std::path::PathBuf;

use clap::Args;
use color_eyre::Result;
use indicatif::ProgressStyle;

use super::intervention_arguments::InterventionArguments;
use super::show_arguments::{PictureArguments, ShowArguments};
use super::view_arguments::ViewArguments;
use super::{Notes, picture_file};
use crate::show::ShowRenderer;
use crate::show::sheet::{SheetSettings, sheet, tiles};

/// Options of `orrery sheet`.
#[derive(Clone, Debug, Args)]
pub struct SheetArguments {
    /// The sheet, a .png file
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Pictures side by side
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=32))]
    columns: u32,

    /// Width of each picture on the sheet, in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 480, value_parser = clap::value_parser!(u32).range(64..=2048))]
    tile_width: u32,

    /// All tokens, not only the first
    #[arg(long)]
    all_tokens: bool,

    #[command(flatten)]
    interventions: InterventionArguments,

    #[command(flatten)]
    show: ShowArguments,

    #[command(flatten)]
    picture: PictureArguments,

    #[command(flatten)]
    view: ViewArguments,
}

/// Draws the sheet.
///
/// # Errors
/// No graphics driver, a place where no file can be.
pub fn run(arguments: &SheetArguments, notes: Notes) -> Result<()> {
    picture_file::check(&arguments.output)?;
    let direction = arguments.view.direction()?;
    let show = arguments
        .show
        .changed_show(&arguments.interventions, notes)?;
    let mut tiles = tiles(&show.show);
    if !arguments.all_tokens {
        let first = show.show.timeline().next_pass(0.0);
        tiles.retain(|tile| tile.time < first);
    }
    let bar = notes.bar(tiles.len() as u64).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} pictures, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let settings = SheetSettings {
        columns: arguments.columns,
        tile_width: arguments.tile_width,
    };
    let mut renderer = ShowRenderer::new(
        show,
        arguments.view.applied_to(arguments.picture.settings()),
    )?;
    renderer.direct(direction);
    let picture = sheet(&mut renderer, &tiles, settings, |done| {
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    picture_file::write(&picture, &arguments.output)?;
    notes.say(format_args!(
        "wrote {} ({} pictures)",
        arguments.output.display(),
        tiles.len()
    ));
    Ok(())
}
