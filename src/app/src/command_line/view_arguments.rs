//! How stills, sheets and films look at the show: who directs the camera, and how finely they are drawn.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::{WrapErr, eyre};
use orrery_pipeline::cinema::ShotTable;

use crate::camera::{CameraKeys, Direction};
use crate::show::PictureSettings;

/// The view on the command line.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Picture")]
pub struct ViewArguments {
    /// The camera: guided, cinematic, orbit, static, or a .ron file: a path whose keys were set with K in the
    /// window, or a list of shots like `assets/shots.ron`
    #[arg(long, value_name = "WHO", default_value = "guided")]
    camera: PathBuf,

    /// Draw the same picture with X times as many pixels in each direction, 0.25 to 8; words stay as large in it
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = scale)]
    scale: f32,
}

fn scale(text: &str) -> Result<f32, String> {
    let scale: Option<f32> = text.parse().ok();
    scale
        .filter(|scale| (0.25..=8.0).contains(scale))
        .ok_or_else(|| "it must be 0.25 to 8".to_owned())
}

impl ViewArguments {
    /// Pictures at this scale.
    pub fn applied_to(&self, settings: PictureSettings) -> PictureSettings {
        PictureSettings {
            scale: self.scale,
            ..settings
        }
    }

    /// Who directs.
    ///
    /// # Errors
    /// A file that cannot be read, or is neither a path nor a list of shots.
    pub fn direction(&self) -> Result<Direction> {
        match self.camera.to_str() {
            Some("guided") => Ok(Direction::Guided),
            Some("static") => Ok(Direction::Static),
            Some("orbit") => Ok(Direction::Orbit),
            Some("cinematic") => Ok(Direction::Cinematic(Arc::new(ShotTable::shipped()?))),
            _ => from_file(&self.camera),
        }
    }
}

fn from_file(file: &Path) -> Result<Direction> {
    let text = std::fs::read_to_string(file).wrap_err_with(|| {
        format!(
            "--camera: {} is none of guided, cinematic, orbit and static, and cannot be read as a file",
            file.display()
        )
    })?;
    let keys = CameraKeys::parse(&text);
    let shots = ShotTable::parse(&text);
    match (keys, shots) {
        (Ok(keys), _) => Ok(Direction::Path(Arc::new(keys))),
        (_, Ok(shots)) => Ok(Direction::Cinematic(Arc::new(shots))),
        // which of both was meant?
        (Err(keys), Err(shots)) => {
            let problem = if text.contains("keys") {
                keys.to_string()
            } else {
                shots.to_string()
            };
            Err(eyre!("{}: {problem}", file.display()))
        }
    }
}
