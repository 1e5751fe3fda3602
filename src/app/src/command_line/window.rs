//! `orrery` without a command: the show in a window.

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::ensure;

use super::Notes;
use super::model_arguments::ShippedModel;
use super::show_arguments::{PictureArguments, ShowArguments};
use crate::assembly::{self, Assembly};
use crate::audio::SonificationFile;
use crate::show::Transport;
use crate::show::transport::{FASTEST, SLOWEST};
use crate::window::model_switch::ModelsAtHand;
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
    let picture = arguments.picture.settings();
    let mut app = Assembly::of_show(show, picture).window("GPT Orrery")?;
    let mut transport = app.world_mut().resource_mut::<Transport>();
    transport.set_speed(arguments.speed);
    app.insert_resource(ModelsAtHand::from(models));
    if let Some(file) = arguments.show.pacing_file() {
        app.insert_resource(PacingFile(file));
    }
    if let Some(file) = SonificationFile::usual() {
        app.insert_resource(file);
    }
    Ok(assembly::run(app)?)
}
