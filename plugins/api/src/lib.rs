//! The contract between the app and a block visualization: what a cell is told to look like.
//! Here live the types both sides speak; no drawing, no layout and nothing of the app may live here.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cell_tag;

pub use cell_tag::{CellStyle, CellTag, Focus, bits};
