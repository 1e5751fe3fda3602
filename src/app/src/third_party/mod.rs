//! One wrapper for each plugin that others wrote, so that an upgrade touches one file. How the app
//! uses what they offer is decided here and nowhere else.

pub mod egui;
pub mod file_dialog;
pub mod kira;
pub mod kira_audio;
pub mod panorbit;
mod taps;
