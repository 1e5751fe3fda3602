//! What keeps text from becoming ids, or a vocabulary from existing.

/// Why text cannot become ids, or a vocabulary cannot exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenizerError {
    /// The text has a character that the model has never seen.
    #[error(
        "the character {character:?} at position {position} (counted from 1) is not in the \
         vocabulary; leave it out or let unknown characters be dropped"
    )]
    UnknownCharacter {
        /// The character as it stands in the text.
        character: char,
        /// Which character of the text it is, counted from 1 (characters, not bytes).
        position: usize,
    },
    /// The text has a word that the model has never seen.
    #[error(
        "the word {word:?}, number {position} of the text, is not in the vocabulary; leave it out or \
         let unknown words be dropped"
    )]
    UnknownWord {
        /// The word or sign as it stands in the text.
        word: String,
        /// Which word or sign of the text it is, counted from 1.
        position: usize,
    },
    /// Two tokens read the same, so that text would have two encodings.
    #[error("the vocabulary has the token {0:?} twice")]
    DuplicateToken(String),
    /// A token without text.
    #[error("token {0} of the vocabulary is empty")]
    EmptyToken(usize),
    /// A vocabulary without any token.
    #[error("the vocabulary is empty")]
    EmptyVocabulary,
    /// A special token that does not exist.
    #[error("special token id {id} is not below the vocabulary's size {vocab_size}")]
    UnknownSpecial {
        /// The id.
        id: usize,
        /// Number of tokens.
        vocab_size: usize,
    },
    /// A token of a character vocabulary that is not one character, nor special.
    #[error("token {0:?} of the character vocabulary is not one character")]
    NotOneCharacter(String),
    /// A vocabulary that has more tokens than the model has rows for.
    #[error("the vocabulary has {tokens} tokens, but the model knows only {rows}")]
    TooManyTokens {
        /// Tokens of the vocabulary.
        tokens: usize,
        /// Rows of the model's embedding table.
        rows: usize,
    },
    /// A `tokenizer.json` that cannot be read.
    #[error("it describes no tokenizer that can be used: {0}")]
    Description(String),
    /// A text that a `tokenizer.json` has no tokens for.
    #[error("the vocabulary has no tokens for this text: {0}")]
    Text(String),
}
