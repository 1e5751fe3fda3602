//! What is asked of a run: why this token, and against which.

use crate::run::{AnalysisError, Run};
use crate::vector::double;

/// Against what a token's logit is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Against {
    /// Nothing: the logit itself.
    Nothing,
    /// The logit of another token.
    Token(usize),
    /// The mean over the vocabulary, which the softmax cannot see.
    Mean,
}

/// Why this token: a sum of logits at one position, `u·y + c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// The token that is asked about.
    pub token: usize,
    /// What its logit is held against.
    pub against: Against,
    /// The position (row) that predicts it.
    pub position: usize,
}

impl Question {
    /// Checks that the run has these tokens and this position.
    ///
    /// # Errors
    /// A token or position that is not there.
    pub fn check(&self, run: &Run<'_>) -> Result<(), AnalysisError> {
        let vocab_size = run.config().vocab_size;
        let against = match self.against {
            Against::Token(token) => Some(token),
            _ => None,
        };
        let mut asked = [Some(self.token), against].into_iter().flatten();
        if let Some(token) = asked.find(|&token| token >= vocab_size) {
            return Err(AnalysisError::Token(token));
        }
        if self.position >= run.tokens() {
            return Err(AnalysisError::Position(self.position));
        }
        Ok(())
    }

    /// u `[d_model]` and c: the asked-for number is `u·y + c` of what is un-embedded.
    pub(crate) fn direction(&self, run: &Run<'_>) -> (Vec<f64>, f64) {
        let table = run.un_embedding();
        let mut direction = double(table.row(self.token));
        let mut constant = run.head_bias(self.token);
        match self.against {
            Against::Nothing => {}
            Against::Token(other) => {
                for (u, &w) in direction.iter_mut().zip(table.row(other)) {
                    *u -= f64::from(w);
                }
                constant -= run.head_bias(other);
            }
            Against::Mean => {
                let count = table.nrows() as f64;
                for row in table.rows() {
                    for (u, &w) in direction.iter_mut().zip(row) {
                        *u -= f64::from(w) / count;
                    }
                }
                let all = (0..table.nrows()).map(|token| run.head_bias(token));
                constant -= all.sum::<f64>() / count;
            }
        }
        (direction, constant)
    }

    /// The number that is asked for, from the logits `[vocab_size]` of its position.
    pub fn value(&self, logits: impl IntoIterator<Item = f32>) -> f64 {
        let logits: Vec<f64> = logits.into_iter().map(f64::from).collect();
        let of = |token: usize| logits.get(token).copied().unwrap_or(f64::NAN);
        of(self.token)
            - match self.against {
                Against::Nothing => 0.0,
                Against::Token(other) => of(other),
                Against::Mean => logits.iter().sum::<f64>() / logits.len() as f64,
            }
    }
}
