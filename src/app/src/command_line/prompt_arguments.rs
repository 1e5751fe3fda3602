//! The text to begin with, and how it becomes token ids.

use clap::Args;
use orrery_model::{Tokenizer, TokenizerError};

use super::notes::Notes;

/// As many characters as the shipped model sees with room for some that it adds.
pub const DEFAULT_PROMPT: &str = "what light";

/// Why a prompt cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// The model does not know a character.
    #[error(
        "the prompt's character {character:?} at position {position} (counted from 1) is not in the \
         model's vocabulary; leave it out, or drop all such characters with --lossy"
    )]
    UnknownCharacter {
        /// The character as it was typed.
        character: char,
        /// Which character of the prompt it is, counted from 1.
        position: usize,
    },
    /// There is no text.
    #[error("the prompt is empty; give at least one character with --text")]
    Empty,
    /// Nothing is left of the text.
    #[error(
        "nothing is left of the prompt: the model's vocabulary has none of its {0} characters; give \
         another with --text"
    )]
    AllDropped(usize),
}

/// Gives the prompt on the command line.
#[derive(Clone, Debug, Args)]
pub struct PromptArguments {
    /// The text to begin with
    #[arg(short, long, value_name = "TEXT", default_value = DEFAULT_PROMPT)]
    pub text: String,

    /// Drop characters that the model does not know, and say how many
    #[arg(long)]
    pub lossy: bool,
}

impl PromptArguments {
    /// The prompt's token ids, at least one.
    ///
    /// # Errors
    /// An empty prompt; a character that is not in the vocabulary, unless such ones are dropped.
    pub fn token_ids(
        &self,
        tokenizer: &Tokenizer,
        notes: Notes,
    ) -> Result<Vec<usize>, PromptError> {
        let (ids, dropped) = if self.lossy {
            tokenizer.encode_lossy(&self.text)
        } else {
            (self.encode(tokenizer)?, 0)
        };
        match (ids.is_empty(), dropped) {
            (true, 0) => Err(PromptError::Empty),
            (true, dropped) => Err(PromptError::AllDropped(dropped)),
            (false, dropped) => {
                match dropped {
                    0 => {}
                    1 => notes.say("dropped 1 character that the model does not know"),
                    _ => notes.say(format_args!(
                        "dropped {dropped} characters that the model does not know"
                    )),
                }
                Ok(ids)
            }
        }
    }

    fn encode(&self, tokenizer: &Tokenizer) -> Result<Vec<usize>, PromptError> {
        tokenizer.encode(&self.text).map_err(|error| match error {
            TokenizerError::UnknownCharacter {
                character,
                position,
            } => PromptError::UnknownCharacter {
                character,
                position,
            },
            // the others are about making a vocabulary; this one is made
            _ => PromptError::Empty,
        })
    }
}
