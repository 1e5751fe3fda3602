//! From text to token ids and back. One tokenizer so far: a token for each character. Tokenizers of
//! other kinds (words, byte pairs) join as variants of [`Tokenizer`].

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

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
}

/// The tokens in the order of their ids. Special tokens (such as padding) stand for no text: they are
/// never encoded and never drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "VocabularyRecord", into = "VocabularyRecord")]
pub struct Vocabulary {
    tokens: Vec<String>,
    special: Vec<usize>,
    /// Of the tokens that stand for text
    ids: HashMap<String, usize>,
}

/// How a vocabulary is written to a file.
#[derive(Clone, Serialize, Deserialize)]
struct VocabularyRecord {
    tokens: Vec<String>,
    special: Vec<usize>,
}

impl TryFrom<VocabularyRecord> for Vocabulary {
    type Error = TokenizerError;

    fn try_from(record: VocabularyRecord) -> Result<Self, TokenizerError> {
        Self::new(record.tokens, record.special)
    }
}

impl From<Vocabulary> for VocabularyRecord {
    fn from(vocabulary: Vocabulary) -> Self {
        Self {
            tokens: vocabulary.tokens,
            special: vocabulary.special,
        }
    }
}

impl Vocabulary {
    /// The tokens in the order of their ids, and the ids of those that are special.
    ///
    /// # Errors
    /// No token, an empty one, two that are the same, or a special id that does not exist.
    pub fn new(tokens: Vec<String>, mut special: Vec<usize>) -> Result<Self, TokenizerError> {
        if tokens.is_empty() {
            return Err(TokenizerError::EmptyVocabulary);
        }
        special.sort_unstable();
        special.dedup();
        if let Some(&id) = special.iter().find(|&&id| id >= tokens.len()) {
            return Err(TokenizerError::UnknownSpecial {
                id,
                vocab_size: tokens.len(),
            });
        }
        let mut ids = HashMap::with_capacity(tokens.len());
        for (id, token) in tokens.iter().enumerate() {
            if token.is_empty() {
                return Err(TokenizerError::EmptyToken(id));
            }
            if special.binary_search(&id).is_err() && ids.insert(token.clone(), id).is_some() {
                return Err(TokenizerError::DuplicateToken(token.clone()));
            }
        }
        Ok(Self {
            tokens,
            special,
            ids,
        })
    }

    /// Number of tokens, special ones included.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Never: a vocabulary has at least one token.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The tokens in the order of their ids.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// The ids of the special tokens, ascending.
    pub fn special(&self) -> &[usize] {
        &self.special
    }

    /// The id of a token that stands for text.
    pub fn id(&self, token: &str) -> Option<usize> {
        self.ids.get(token).copied()
    }
}

/// One token for each character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CharacterRecord", into = "CharacterRecord")]
pub struct CharacterTokenizer {
    vocabulary: Vocabulary,
    lower_case: bool,
    newline_is_space: bool,
}

/// How a character tokenizer is written to a file.
#[derive(Clone, Serialize, Deserialize)]
struct CharacterRecord {
    vocabulary: Vocabulary,
    lower_case: bool,
    newline_is_space: bool,
}

impl TryFrom<CharacterRecord> for CharacterTokenizer {
    type Error = TokenizerError;

    fn try_from(record: CharacterRecord) -> Result<Self, TokenizerError> {
        let vocabulary = &record.vocabulary;
        for (id, token) in vocabulary.tokens().iter().enumerate() {
            let special = vocabulary.special().binary_search(&id).is_ok();
            if !special && token.chars().count() != 1 {
                return Err(TokenizerError::NotOneCharacter(token.clone()));
            }
        }
        Ok(Self {
            vocabulary: record.vocabulary,
            lower_case: record.lower_case,
            newline_is_space: record.newline_is_space,
        })
    }
}

impl From<CharacterTokenizer> for CharacterRecord {
    fn from(tokenizer: CharacterTokenizer) -> Self {
        Self {
            vocabulary: tokenizer.vocabulary,
            lower_case: tokenizer.lower_case,
            newline_is_space: tokenizer.newline_is_space,
        }
    }
}

impl CharacterTokenizer {
    /// Appends the ids of one character of the text (lower-casing can make it several); `None`, with
    /// nothing appended, if the vocabulary lacks it.
    fn push(&self, character: char, ids: &mut Vec<usize>) -> Option<()> {
        let mut buffer = [0; 4];
        let mut id = |c: char| self.vocabulary.id(c.encode_utf8(&mut buffer));
        if self.newline_is_space && character == '\n' {
            ids.push(id(' ')?);
        } else if self.lower_case {
            let before = ids.len();
            for c in character.to_lowercase() {
                match id(c) {
                    Some(id) => ids.push(id),
                    None => {
                        ids.truncate(before);
                        return None;
                    }
                }
            }
        } else {
            ids.push(id(character)?);
        }
        Some(())
    }
}

/// How text becomes token ids and ids become text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Tokenizer {
    /// One token for each character.
    Character(CharacterTokenizer),
}

/// What stands in [`Tokenizer::charlm`]'s vocabulary before the letters.
const CHARLM_SIGNS: &str = " !'.?";

impl Tokenizer {
    /// The shipped character model's: space `! ' . ?`, the letters a to z and `<PAD>`, 32 tokens.
    /// Text is lower-cased and a new line is a space.
    pub fn charlm() -> Self {
        let tokens: Vec<String> = CHARLM_SIGNS
            .chars()
            .chain('a'..='z')
            .map(String::from)
            .chain(["<PAD>".to_owned()])
            .collect();
        let special = vec![tokens.len() - 1];
        let ids = tokens[..special[0]].iter().cloned().zip(0..).collect();
        Self::Character(CharacterTokenizer {
            vocabulary: Vocabulary {
                tokens,
                special,
                ids,
            },
            lower_case: true,
            newline_is_space: true,
        })
    }

    /// A token for each of these characters, in this order, no special token, text taken as it is.
    ///
    /// # Errors
    /// No character, or one that comes twice.
    pub fn characters(characters: impl IntoIterator<Item = char>) -> Result<Self, TokenizerError> {
        let tokens = characters.into_iter().map(String::from).collect();
        Ok(Self::Character(CharacterTokenizer {
            vocabulary: Vocabulary::new(tokens, Vec::new())?,
            lower_case: false,
            newline_is_space: false,
        }))
    }

    /// Its tokens.
    pub fn vocabulary(&self) -> &Vocabulary {
        match self {
            Self::Character(tokenizer) => &tokenizer.vocabulary,
        }
    }

    /// Number of tokens, special ones included.
    pub fn vocab_size(&self) -> usize {
        self.vocabulary().len()
    }

    /// The token ids of a text.
    ///
    /// # Errors
    /// [`TokenizerError::UnknownCharacter`] for the first character that no token stands for.
    pub fn encode(&self, text: &str) -> Result<Vec<usize>, TokenizerError> {
        let Self::Character(tokenizer) = self;
        let mut ids = Vec::with_capacity(text.len());
        for (at, character) in text.chars().enumerate() {
            tokenizer
                .push(character, &mut ids)
                .ok_or(TokenizerError::UnknownCharacter {
                    character,
                    position: at + 1,
                })?;
        }
        Ok(ids)
    }

    /// The token ids of a text without the characters that no token stands for, and how many
    /// characters were left out.
    pub fn encode_lossy(&self, text: &str) -> (Vec<usize>, usize) {
        let Self::Character(tokenizer) = self;
        let mut ids = Vec::with_capacity(text.len());
        let dropped = text
            .chars()
            .filter(|&character| tokenizer.push(character, &mut ids).is_none())
            .count();
        (ids, dropped)
    }

    /// The text of these ids. Special tokens appear by their name, ids beyond the vocabulary as `�`.
    pub fn decode(&self, ids: &[usize]) -> String {
        ids.iter().map(|&id| self.token(id)).collect()
    }

    /// The text of one token; `�` for an id beyond the vocabulary.
    pub fn token(&self, id: usize) -> &str {
        self.vocabulary()
            .tokens()
            .get(id)
            .map_or("\u{fffd}", String::as_str)
    }

    /// Whether this token stands for no text (padding): never encoded, never drawn.
    pub fn is_special(&self, id: usize) -> bool {
        self.special().binary_search(&id).is_ok()
    }

    /// The ids of the tokens that are never drawn, ascending.
    pub fn special(&self) -> &[usize] {
        self.vocabulary().special()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_vocabulary_encodes_and_decodes() {
        let tokenizer = Tokenizer::charlm();
        assert_eq!(tokenizer.vocab_size(), 32);
        let ids = tokenizer.encode("Hi!\nWho?").unwrap();
        assert_eq!(ids, [12, 13, 1, 0, 27, 12, 19, 4]);
        assert_eq!(tokenizer.decode(&ids), "hi! who?");
        assert_eq!(tokenizer.decode(&[5, 31, 99]), "a<PAD>\u{fffd}");
        assert!(tokenizer.is_special(31) && !tokenizer.is_special(30));
        // the name of the padding is not a way to type it
        assert!(tokenizer.encode("<PAD>").is_err());
    }

    #[test]
    fn an_unknown_character_is_named_with_its_position_among_characters() {
        let tokenizer = Tokenizer::charlm();
        let error = tokenizer.encode("it's é7").unwrap_err();
        let expected = TokenizerError::UnknownCharacter {
            character: 'é',
            position: 6,
        };
        assert_eq!(error, expected);
        let (ids, dropped) = tokenizer.encode_lossy("it's é7!");
        assert_eq!((tokenizer.decode(&ids).as_str(), dropped), ("it's !", 2));
        // lower-casing İ gives an i and a combining dot: all of it goes or none
        assert_eq!(tokenizer.encode_lossy("aİb"), (vec![5, 6], 1));
    }

    #[test]
    fn a_general_character_vocabulary_keeps_case_and_new_lines() {
        let tokenizer = Tokenizer::characters("aA\n".chars()).unwrap();
        assert_eq!(tokenizer.encode("A\na").unwrap(), [1, 2, 0]);
        assert!(tokenizer.encode(" ").is_err());
        assert_eq!(
            Tokenizer::characters("aba".chars()).unwrap_err(),
            TokenizerError::DuplicateToken("a".into())
        );
    }

    #[test]
    fn a_tokenizer_survives_being_written_and_read() {
        for tokenizer in [
            Tokenizer::charlm(),
            Tokenizer::characters("xyz".chars()).unwrap(),
        ] {
            let text = serde_json::to_string(&tokenizer).unwrap();
            assert_eq!(serde_json::from_str::<Tokenizer>(&text).unwrap(), tokenizer);
        }
        let broken = r#"{"kind":"character","lower_case":false,"newline_is_space":false,
            "vocabulary":{"tokens":["a","bc"],"special":[]}}"#;
        let message = serde_json::from_str::<Tokenizer>(broken)
            .unwrap_err()
            .to_string();
        assert!(message.contains("bc"), "{message}");
    }
}
