//! Why a head looks where it looks, and what it would write from there: its query-key circuit and its
//! output-value circuit.

mod first_block;
mod output_value;
mod score_split;

pub use first_block::first_block_scores;
pub use output_value::{Written, output_value};
pub use score_split::{ScorePart, ScoreSplit, score_split};
