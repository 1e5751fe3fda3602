//! `orrery still`: one moment of the show as a picture.

use std::path::PathBuf;

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::ensure;

use super::intervention_arguments::InterventionArguments;
use super::show_arguments::{PictureArguments, ShowArguments};
use super::view_arguments::ViewArguments;
use super::{Notes, picture_file};
use crate::show::ShowRenderer;

/// Options of `orrery still`.
#[derive(Clone, Debug, Args)]
pub struct StillArguments {
    /// The moment, in seconds of the show
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    at: f64,

    /// The picture, a .png file
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// The whole model with the data at its place, instead of the stage (key M in the window)
    #[arg(long)]
    machine: bool,

    /// Without the ground: transparent where nothing is
    #[arg(long)]
    transparent: bool,

    #[command(flatten)]
    interventions: InterventionArguments,

    #[command(flatten)]
    show: ShowArguments,

    #[command(flatten)]
    picture: PictureArguments,

    #[command(flatten)]
    view: ViewArguments,
}

/// Draws one moment.
///
/// # Errors
/// A moment outside of the show, no graphics driver, a place where no file can be.
pub fn run(arguments: &StillArguments, notes: Notes) -> Result<()> {
    picture_file::check(&arguments.output)?;
    let direction = arguments.view.direction()?;
    let settings = arguments.view.applied_to(arguments.picture.settings());
    let mut renderer = ShowRenderer::beside(settings, || {
        let show = arguments
            .show
            .changed_show(&arguments.interventions, notes)?;
        let duration = show.duration();
        ensure!(
            (0.0..=duration).contains(&arguments.at),
            "--at is {} s; this show goes from 0 to {duration:.2} s",
            arguments.at
        );
        Ok(show)
    })?;
    renderer.direct(direction);
    if arguments.machine {
        renderer.look_at_the_whole(true);
    }
    let picture = if arguments.transparent {
        renderer.transparent_picture(arguments.at)?
    } else {
        renderer.picture(arguments.at)?
    };
    picture_file::write(&picture, &arguments.output)?;
    notes.say(format_args!("wrote {}", arguments.output.display()));
    Ok(())
}
