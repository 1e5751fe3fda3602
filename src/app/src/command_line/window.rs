//! `orrery` without a command: the show in a window.

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::ensure;

use super::Notes;
use super::model_arguments::ShippedModel;
use super::show_arguments::{PictureArguments, ShowArguments};
use crate::show::transport::{FASTEST, SLOWEST};
use crate::show::window::run_window;
use crate::window::pacing_file::PacingFile;

/// Options of the window.
#[derive(Clone, Debug, Args)]
pub struct WindowArguments {
    /// Speed at the start, 0.1 to 10
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    speed: f64,

    #[command(flatten)]
    show: ShowArguments,

    #[command(flatten)]
    picture: PictureArguments,
}

/// Opens the window.
///
/// # Errors
/// No display, no graphics driver, a prompt or model that cannot be shown.
pub fn run(arguments: &WindowArguments, notes: Notes) -> Result<()> {
    ensure!(
        (SLOWEST..=FASTEST).contains(&arguments.speed),
        "--speed is {}; it must be {SLOWEST} to {FASTEST}",
        arguments.speed
    );
    let show = arguments.show.show(notes)?;
    let shown = show.settings.model.clone();
    let mut models = ShippedModel::load_all()?;
    models.retain(|model| model.name != shown.name);
    models.insert(0, shown);
    Ok(run_window(
        show,
        arguments.picture.settings(),
        arguments.speed,
        arguments.show.pacing_file().map(PacingFile),
        models,
    )?)
}
