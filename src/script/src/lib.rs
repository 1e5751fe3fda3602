//! Visualizations that are a script: compiled, bounded, evaluated once a scene to tables that the program animates. A
//! script sees numbers and gives places; it reaches no file, no network and no clock, and it cannot run without end. No
//! Bevy and no reading of files may live here.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod about;
mod engine;
mod error;
mod facts;
mod place;
mod sample;
mod script;
mod shaping;
mod tables;

pub use about::About;
pub use error::ScriptError;
pub use script::Script;
pub use shaping::{Problem, ScriptShaping, TablesTime};
