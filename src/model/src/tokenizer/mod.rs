//! From text to token ids and back: a token for each character, for each word, for any piece of text, or
//! GPT-2's byte pairs.
//! What lives here knows text and ids, no file and no model.

mod byte_pair;
mod character;
mod error;
mod export;
mod hugging_face;
mod kind;
mod piece;
mod stream;
mod vocabulary;
mod word;

use serde::{Deserialize, Serialize};

use kind::{Kind, kind};

pub use byte_pair::{BytePairTokenizer, GPT2_TOKENS};
pub use character::CharacterTokenizer;
pub use error::TokenizerError;
pub use hugging_face::HuggingFaceTokenizer;
pub use piece::PieceTokenizer;
pub use stream::TextStream;
pub use vocabulary::Vocabulary;
pub use word::WordTokenizer;

/// How text becomes token ids and ids become text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Tokenizer {
    /// One token for each character.
    Character(CharacterTokenizer),
    /// One token for each word and each sign.
    Word(WordTokenizer),
    /// One token for each piece of text or bytes, the longest that fits.
    Piece(PieceTokenizer),
    /// As a `tokenizer.json` describes it.
    HuggingFace(HuggingFaceTokenizer),
    /// GPT-2's byte-pair encoding.
    #[serde(rename = "gpt2")]
    BytePair(BytePairTokenizer),
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
            vocabulary: Vocabulary::of_parts(tokens, special, ids),
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

    /// A tokenizer of a vocabulary of which it is not said what its tokens are: characters, words, or
    /// pieces of text that are joined without blanks (k-mers, syllables). Among characters and pieces,
    /// tokens with the looks of `EOS`, `_PAD_` or `<unk>` are special.
    ///
    /// # Errors
    /// No token, an empty one, or one that comes twice.
    pub fn of_tokens(tokens: Vec<String>) -> Result<Self, TokenizerError> {
        Ok(match kind(&tokens) {
            Kind::Words => {
                let vocabulary = Vocabulary::new(tokens, Vec::new())?;
                Self::Word(WordTokenizer::new(vocabulary))
            }
            Kind::Pieces { special } => Self::Piece(PieceTokenizer::of_texts(tokens, special)?),
            Kind::Characters { special } => Self::Character(CharacterTokenizer {
                vocabulary: Vocabulary::new(tokens, special)?,
                lower_case: false,
                newline_is_space: false,
            }),
        })
    }

    /// As [`Tokenizer::of_tokens`], where the tokens of some ids stand for nothing.
    ///
    /// # Errors
    /// As [`Tokenizer::of_tokens`].
    pub fn of_tokens_with_holes(
        tokens: Vec<String>,
        holes: &[usize],
    ) -> Result<Self, TokenizerError> {
        if holes.is_empty() {
            return Self::of_tokens(tokens);
        }
        let is_hole = |id: &usize| holes.contains(id);
        let texts: Vec<String> = (0..tokens.len())
            .filter(|id| !is_hole(id))
            .map(|id| tokens[id].clone())
            .collect();
        // what the tokens are does not depend on the holes between
        let ids: Vec<usize> = (0..tokens.len()).filter(|id| !is_hole(id)).collect();
        let special = |special: Vec<usize>| -> Vec<usize> {
            special
                .into_iter()
                .map(|at| ids[at])
                .chain(holes.iter().copied())
                .collect()
        };
        Ok(match kind(&texts) {
            Kind::Words => {
                let vocabulary = Vocabulary::new(tokens, holes.to_vec())?;
                Self::Word(WordTokenizer::new(vocabulary))
            }
            Kind::Pieces { special: named } => {
                Self::Piece(PieceTokenizer::of_texts(tokens, special(named))?)
            }
            Kind::Characters { special: named } => Self::Character(CharacterTokenizer {
                vocabulary: Vocabulary::new(tokens, special(named))?,
                lower_case: false,
                newline_is_space: false,
            }),
        })
    }

    /// As the contents of a `tokenizer.json` describe it.
    ///
    /// # Errors
    /// [`TokenizerError::Description`] for what is not known.
    pub fn hugging_face(json: serde_json::Value) -> Result<Self, TokenizerError> {
        Ok(Self::HuggingFace(HuggingFaceTokenizer::new(json)?))
    }

    /// A token for each of these runs of bytes, the longest that fits first; `None` is a row that stands
    /// for nothing.
    ///
    /// # Errors
    /// No token, an empty one, or one that comes twice.
    pub fn of_bytes(tokens: Vec<Option<Vec<u8>>>) -> Result<Self, TokenizerError> {
        Ok(Self::Piece(PieceTokenizer::of_bytes(tokens)?))
    }

    /// A token for each byte, 256 in all, so that it stands for any text.
    ///
    /// # Errors
    /// None: the tokens are known to fit.
    pub fn bytes() -> Result<Self, TokenizerError> {
        Self::of_bytes((0..=u8::MAX).map(|byte| Some(vec![byte])).collect())
    }

    /// GPT-2's byte-pair encoding for a model of so many rows, of which those beyond the 50257th stand
    /// for nothing.
    ///
    /// # Errors
    /// Fewer rows than GPT-2 has tokens.
    pub fn gpt2(rows: usize) -> Result<Self, TokenizerError> {
        Ok(Self::BytePair(BytePairTokenizer::new(rows)?))
    }

    /// The same for a model of `rows` rows; see [`Vocabulary::padded`].
    ///
    /// # Errors
    /// More tokens than rows.
    pub fn padded(self, rows: usize) -> Result<Self, TokenizerError> {
        Ok(match self {
            Self::Character(tokenizer) => Self::Character(CharacterTokenizer {
                vocabulary: tokenizer.vocabulary.padded(rows)?,
                ..tokenizer
            }),
            Self::Word(tokenizer) => {
                Self::Word(WordTokenizer::new(tokenizer.vocabulary.padded(rows)?))
            }
            Self::Piece(tokenizer) => Self::Piece(tokenizer.padded(rows)?),
            Self::HuggingFace(tokenizer) => Self::HuggingFace(tokenizer.padded(rows)?),
            Self::BytePair(tokenizer) => Self::BytePair(BytePairTokenizer {
                vocabulary: tokenizer.vocabulary.padded(rows)?,
            }),
        })
    }

    /// What a token is made of, for messages: a character, a word, or bytes.
    pub fn unit(&self) -> &'static str {
        match self {
            Self::Character(_) => "character",
            Self::Word(_) => "word",
            Self::Piece(tokenizer) if tokenizer.is_of_bytes() => "byte",
            Self::Piece(_) => "piece",
            Self::HuggingFace(_) => "token",
            Self::BytePair(_) => "byte pair",
        }
    }

    /// Its tokens.
    pub fn vocabulary(&self) -> &Vocabulary {
        match self {
            Self::Character(tokenizer) => &tokenizer.vocabulary,
            Self::Word(tokenizer) => &tokenizer.vocabulary,
            Self::Piece(tokenizer) => &tokenizer.vocabulary,
            Self::HuggingFace(tokenizer) => &tokenizer.vocabulary,
            Self::BytePair(tokenizer) => &tokenizer.vocabulary,
        }
    }

    /// Number of tokens, special ones included.
    pub fn vocab_size(&self) -> usize {
        self.vocabulary().len()
    }

    /// The token ids of a text.
    ///
    /// # Errors
    /// [`TokenizerError::UnknownCharacter`] or [`TokenizerError::UnknownWord`] for the first character
    /// or word that no token stands for. Byte pairs stand for any text.
    pub fn encode(&self, text: &str) -> Result<Vec<usize>, TokenizerError> {
        let tokenizer = match self {
            Self::Character(tokenizer) => tokenizer,
            Self::Word(tokenizer) => return tokenizer.encode(text),
            Self::Piece(tokenizer) => return tokenizer.encode(text),
            Self::HuggingFace(tokenizer) => return tokenizer.encode(text),
            Self::BytePair(tokenizer) => return Ok(tokenizer.encode(text)),
        };
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

    /// The token ids of a text without the characters or words that no token stands for, and how many
    /// of them were left out.
    pub fn encode_lossy(&self, text: &str) -> (Vec<usize>, usize) {
        let tokenizer = match self {
            Self::Character(tokenizer) => tokenizer,
            Self::Word(tokenizer) => return tokenizer.encode_lossy(text),
            Self::Piece(tokenizer) => return tokenizer.encode_lossy(text),
            Self::HuggingFace(tokenizer) => return tokenizer.encode_lossy(text),
            Self::BytePair(tokenizer) => return (tokenizer.encode(text), 0),
        };
        let mut ids = Vec::with_capacity(text.len());
        let dropped = text
            .chars()
            .filter(|&character| tokenizer.push(character, &mut ids).is_none())
            .count();
        (ids, dropped)
    }

    /// The text of these ids; words stand a space apart. Special tokens appear by their name, ids
    /// beyond the vocabulary (and bytes that are no text) as `�`.
    pub fn decode(&self, ids: &[usize]) -> String {
        if let Self::HuggingFace(tokenizer) = self {
            return tokenizer.decode(ids);
        }
        let mut stream = TextStream::new(self);
        let mut text: String = ids.iter().map(|&id| stream.push(id)).collect();
        text.push_str(&stream.finish());
        text
    }

    /// The text of one token as it is shown by itself; `�` for an id beyond the vocabulary.
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

    fn word_tokenizer(tokens: &[&str]) -> Tokenizer {
        Tokenizer::of_tokens(tokens.iter().map(|&t| t.to_owned()).collect()).unwrap()
    }

    #[test]
    fn words_and_signs_are_cut_as_the_usual_expression_cuts_them() {
        let tokenizer = word_tokenizer(&[
            "who",
            "Who",
            "s",
            "'",
            "?",
            "<|endoftext|>",
            "<",
            "\n",
            "é_2",
            "don't",
        ]);
        for (text, expected) in [
            ("who's who?", &[0, 3, 2, 0, 4][..]),
            ("Who<|endoftext|>who", &[1, 5, 0]),
            ("<  who", &[6, 0]),
            ("who\nwho", &[0, 7, 0]),
            ("é_2", &[8]),
            ("don't ?", &[9, 4]),
        ] {
            assert_eq!(tokenizer.encode(text).unwrap(), expected, "{text:?}");
        }
        assert_eq!(tokenizer.decode(&[0, 4, 5]), "who ? <|endoftext|>");
        let error = tokenizer.encode("who are ?").unwrap_err();
        let expected = TokenizerError::UnknownWord {
            word: "are".into(),
            position: 2,
        };
        assert_eq!(error, expected);
        // a token that ends in a word ends where the word ends
        assert!(tokenizer.encode("don'ts").is_err());
        assert_eq!(tokenizer.encode_lossy("who are you ?"), (vec![0, 4], 2));
    }

    #[test]
    fn rows_beyond_the_vocabulary_stand_for_nothing() {
        let tokenizer = word_tokenizer(&["who", "is"]).padded(4).unwrap();
        assert_eq!(tokenizer.vocab_size(), 4);
        assert_eq!(tokenizer.special(), [2, 3]);
        assert_eq!(tokenizer.token(3), "<unused 3>");
        assert!(tokenizer.encode("<unused 3>").is_err());
        assert!(tokenizer.padded(3).is_err());
    }

    #[test]
    fn byte_pairs_are_gpt2_s() {
        let tokenizer = Tokenizer::gpt2(50304).unwrap();
        // the ids that OpenAI's and Hugging Face's tokenizers give
        let ids = tokenizer.encode("Hello, world!<|endoftext|>").unwrap();
        assert_eq!(ids, [15496, 11, 995, 0, 50256]);
        assert_eq!(tokenizer.token(995), " world");
        assert_eq!(tokenizer.special().len(), 50304 - GPT2_TOKENS);
        assert!(Tokenizer::gpt2(50256).is_err());
        // a character of several tokens: text comes out when it is whole, and comes out whole
        for text in ["naïve 🦀 日本語", "", "a\u{0301}"] {
            let ids = tokenizer.encode(text).unwrap();
            assert_eq!(tokenizer.decode(&ids), text);
            let mut stream = TextStream::new(&tokenizer);
            let pieces: Vec<String> = ids.iter().map(|&id| stream.push(id)).collect();
            assert!(pieces.iter().all(|piece| !piece.contains('\u{fffd}')));
            assert_eq!(pieces.concat() + &stream.finish(), text);
        }
        // half a crab, and then something else
        let crab = tokenizer.encode("🦀").unwrap();
        assert_eq!(tokenizer.decode(&[crab[0], 995]), "\u{fffd} world");
    }

    #[test]
    fn what_tokens_are_is_seen_from_them() {
        assert_eq!(word_tokenizer(&["a", "<PAD>", "\n"]).unit(), "character");
        assert_eq!(word_tokenizer(&["a", "<PAD>", "\n"]).special(), [1]);
        assert_eq!(word_tokenizer(&["a", "an"]).unit(), "word");
    }

    #[test]
    fn a_tokenizer_survives_being_written_and_read() {
        for tokenizer in [
            Tokenizer::charlm(),
            Tokenizer::characters("xyz".chars()).unwrap(),
            word_tokenizer(&["who", "<|endoftext|>"]).padded(5).unwrap(),
            Tokenizer::gpt2(50304).unwrap(),
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
