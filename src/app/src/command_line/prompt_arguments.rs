//! The text to begin with, and how it becomes token ids.

use clap::Args;
use orrery_model::{Tokenizer, TokenizerError};

use super::environment::{PROMPT, setting};
use super::notes::Notes;
use crate::model_file::fitting_prompt;

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
    /// The model does not know a word.
    #[error(
        "the prompt's word {word:?} (number {position}) is not in the model's vocabulary; leave it out, \
         or drop all such words with --lossy"
    )]
    UnknownWord {
        /// The word as it was typed.
        word: String,
        /// Which word or sign of the prompt it is, counted from 1.
        position: usize,
    },
    /// The vocabulary has no tokens for the text.
    #[error("the prompt cannot be cut into tokens: {0}")]
    NoTokens(String),
    /// There is no text.
    #[error("the prompt is empty; give at least one {0} with --text")]
    Empty(&'static str),
    /// Nothing is left of the text.
    #[error(
        "nothing is left of the prompt: the model's vocabulary has none of its {dropped} {unit}s; give \
         another with --text"
    )]
    AllDropped {
        /// How many there were.
        dropped: usize,
        /// Of what.
        unit: &'static str,
    },
}

/// Gives the prompt on the command line.
#[derive(Clone, Debug, Args)]
pub struct PromptArguments {
    /// The text to begin with [default: the environment's PROBE_SENTENCE, or what of "what light" the
    /// model knows]
    #[arg(short, long, value_name = "TEXT")]
    pub text: Option<String>,

    /// Drop characters or words that the model does not know, and say how many
    #[arg(long)]
    pub lossy: bool,
}

impl PromptArguments {
    /// The text to begin with: what was typed, else what the environment says, else something that this
    /// vocabulary can spell.
    pub fn text(&self, tokenizer: &Tokenizer) -> String {
        self.text
            .clone()
            .or_else(|| setting(PROMPT))
            .unwrap_or_else(|| fitting_prompt(tokenizer, DEFAULT_PROMPT))
    }

    /// The prompt's token ids, at least one.
    ///
    /// # Errors
    /// An empty prompt; a character or word that is not in the vocabulary, unless such ones are
    /// dropped.
    pub fn token_ids(
        &self,
        tokenizer: &Tokenizer,
        notes: Notes,
    ) -> Result<Vec<usize>, PromptError> {
        let text = self.text(tokenizer);
        let unit = tokenizer.unit();
        let (ids, dropped) = if self.lossy {
            tokenizer.encode_lossy(&text)
        } else {
            (encode(tokenizer, &text)?, 0)
        };
        match (ids.is_empty(), dropped) {
            (true, 0) => Err(PromptError::Empty(unit)),
            (true, dropped) => Err(PromptError::AllDropped { dropped, unit }),
            (false, dropped) => {
                match dropped {
                    0 => {}
                    1 => notes.say(format_args!(
                        "dropped 1 {unit} that the model does not know"
                    )),
                    _ => notes.say(format_args!(
                        "dropped {dropped} {unit}s that the model does not know"
                    )),
                }
                Ok(ids)
            }
        }
    }
}

fn encode(tokenizer: &Tokenizer, text: &str) -> Result<Vec<usize>, PromptError> {
    tokenizer.encode(text).map_err(|error| match error {
        TokenizerError::UnknownCharacter {
            character,
            position,
        } => PromptError::UnknownCharacter {
            character,
            position,
        },
        TokenizerError::UnknownWord { word, position } => {
            PromptError::UnknownWord { word, position }
        }
        TokenizerError::Text(reason) => PromptError::NoTokens(reason),
        // the others are about making a vocabulary; this one is made
        _ => PromptError::Empty(tokenizer.unit()),
    })
}
