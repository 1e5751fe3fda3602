//! Who directs the camera: shared by stills, sheets and films.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::{WrapErr, eyre};
use orrery_pipeline::cinema::ShotTable;

use crate::camera::{CameraKeys, Direction};

/// The camera on the command line.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Picture")]
pub struct CameraArguments {
    /// The camera: guided, cinematic, orbit, static, or a .ron file: a path whose keys were set with K in the
    /// window, or a list of shots like `assets/shots.ron`
    #[arg(long, value_name = "WHO", default_value = "guided")]
    camera: PathBuf,
}

impl CameraArguments {
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
