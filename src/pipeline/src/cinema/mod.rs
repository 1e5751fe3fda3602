//! The cinematic camera: a list of shots that follows from the program. Each stage has shots by a table
//! (`assets/shots.ron`); where a shot looks is asked of the scene, so that the list fits every model. Like
//! the guided camera it frames a box at a time; nothing here knows what has been seen before.

mod camera;
mod table;

pub use camera::Cinema;
pub use table::{Drift, Look, ShotRule, ShotTable, ShotTableError};
