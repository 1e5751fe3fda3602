//! Why a head looks where it looks, and what it would write from there: its query-key circuit and its
//! output-value circuit.

mod first_block;
mod output_value;
mod projection;
mod score_split;

pub use first_block::first_block_scores;
pub use output_value::{Written, mean_own_place, output_value, written_here};
pub use projection::{Projected, Projection, ProjectionPart, projection, token_pushes};
pub use score_split::{ScoreSplit, score_split};
