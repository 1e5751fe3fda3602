//! What tables and vectors of a model say in words: tokens along the dimensions of the embedding, positions, and
//! what queries, keys and values of a prompt are made of. Here are the numbers and their drawings; how they are
//! laid out as text is the command line's.

mod positions;
mod projections;
mod tokens;

use serde::Serialize;

pub use positions::{PositionDimension, PositionWords, PositionsReport};
pub use projections::{ColumnWords, PartShare, ProjectionRow, ProjectionsReport};
pub use tokens::{Direction, DirectionWords, Neighbours, TokensReport};

use orrery_analysis::AnalysisError;
use orrery_model::Tokenizer;

use crate::token_text::visible;

/// Why there are no words.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WordsError {
    /// A dimension that the model does not have.
    #[error("the model has no dimension {asked}: they are 0 to {last}")]
    Dimension {
        /// The one that was asked for.
        asked: usize,
        /// The last there is.
        last: usize,
    },
    /// A block or head that the model does not have.
    #[error("the model has no {what} {asked}: they are 1 to {count}")]
    Part {
        /// `block` or `head`.
        what: &'static str,
        /// The one that was asked for, counted from 1.
        asked: usize,
        /// How many there are.
        count: usize,
    },
    /// A token that the vocabulary does not have.
    #[error(
        "the vocabulary has no token '{0}': write it as `orrery words tokens` does (␣ is a space), or its id as \
         #17; the difference of two is A − B"
    )]
    Token(String),
    /// The run cannot be asked.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
}

/// A token with a number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TokenValue {
    /// Its id.
    pub id: usize,
    /// Its text as the vocabulary has it.
    pub token: String,
    /// The number.
    pub value: f64,
}

fn token_values(tokenizer: &Tokenizer, pairs: Vec<(usize, f64)>) -> Vec<TokenValue> {
    let of = |(id, value)| TokenValue {
        id,
        token: tokenizer.token(id).to_owned(),
        value,
    };
    pairs.into_iter().map(of).collect()
}

/// A token by its text, by how this program writes its text, or by its id (`#17`).
fn token_named(tokenizer: &Tokenizer, name: &str) -> Result<usize, WordsError> {
    let count = tokenizer.vocab_size();
    let by_id = name.strip_prefix('#').and_then(|id| id.parse().ok());
    let exactly = || (0..count).find(|&id| tokenizer.token(id) == name);
    let as_written = || (0..count).find(|&id| visible(tokenizer.token(id)) == name);
    exactly()
        .or_else(as_written)
        .or(by_id.filter(|&id: &usize| id < count))
        .ok_or_else(|| WordsError::Token(name.to_owned()))
}

/// A token where there is little room.
fn short(token: &str) -> String {
    const MOST: usize = 9;
    let shown = visible(token);
    match shown.chars().count() > MOST {
        true => shown.chars().take(MOST - 1).chain(['…']).collect(),
        false => shown,
    }
}
