//! A text as token ids, split into a part to learn from and a part held out to be tested on.

use std::collections::BTreeSet;
use std::ops::Range;

use orrery_model::Tokenizer;

/// Why a text cannot be trained on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CorpusError {
    /// The share is not between 0 and 1
    #[error("the validation fraction must be at least 0 and below 1, not {0}")]
    Fraction(f64),
    /// No text at all
    #[error("the corpus is empty")]
    Empty,
    /// Too little text
    #[error(
        "the {part} part of the corpus has {tokens} tokens; with a context of {context_length} at least {least} are \
         needed: use more text, a shorter context or another validation fraction"
    )]
    TooShort {
        /// "training" or "validation"
        part: &'static str,
        /// What there is
        tokens: usize,
        /// Tokens in a window
        context_length: usize,
        /// What is needed
        least: usize,
    },
}

/// Token ids of a text with the last part held out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corpus {
    tokenizer: Tokenizer,
    ids: Vec<u32>,
    training: usize,
    dropped: usize,
}

impl Corpus {
    /// Makes a text into ids, without the characters that no token stands for, and holds out the last
    /// `validation_fraction` of them.
    ///
    /// # Errors
    /// A fraction outside `0..1`.
    pub fn new(
        text: &str,
        tokenizer: Tokenizer,
        validation_fraction: f64,
    ) -> Result<Self, CorpusError> {
        if !(0.0..1.0).contains(&validation_fraction) {
            return Err(CorpusError::Fraction(validation_fraction));
        }
        let (ids, dropped) = tokenizer.encode_lossy(text);
        let held_out = (ids.len() as f64 * validation_fraction).round() as usize;
        Ok(Self {
            tokenizer,
            training: ids.len() - held_out,
            // No vocabulary comes near 2³² tokens: a configuration ends at 2²⁴.
            ids: ids.into_iter().map(|id| id as u32).collect(),
            dropped,
        })
    }

    /// A tokenizer with a token for each character that the text has, in the order of their code points.
    ///
    /// # Errors
    /// [`CorpusError::Empty`] for a text without characters.
    pub fn vocabulary_of(text: &str) -> Result<Tokenizer, CorpusError> {
        let characters: BTreeSet<char> = text.chars().collect();
        Tokenizer::characters(characters).map_err(|_| CorpusError::Empty)
    }

    /// How the text became ids.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// What is learned from.
    pub fn training(&self) -> &[u32] {
        &self.ids[..self.training]
    }

    /// What is held out.
    pub fn validation(&self) -> &[u32] {
        &self.ids[self.training..]
    }

    /// How many characters of the text had no token.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// A number that changes with the text and with the split (64-bit FNV-1a over the ids and the
    /// training part's length), to notice that training is resumed on another text.
    pub fn fingerprint(&self) -> u64 {
        const START: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        let numbers = self.ids.iter().copied().map(u64::from);
        numbers
            .chain([self.training as u64])
            .fold(START, |hash, number| (hash ^ number).wrapping_mul(PRIME))
    }
}

/// Where windows of a text begin and end: one after the other, so that each token but the first is
/// to be predicted exactly once. A window of `length` tokens spans one more, its last target.
pub fn windows(tokens: usize, length: usize) -> impl Iterator<Item = Range<usize>> {
    (0..tokens.saturating_sub(1))
        .step_by(length.max(1))
        .map(move |start| start..(start + length + 1).min(tokens))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus(text: &str, fraction: f64) -> Result<Corpus, CorpusError> {
        Corpus::new(text, Tokenizer::charlm(), fraction)
    }

    #[test]
    fn the_last_part_is_held_out_and_unknown_characters_are_counted() {
        let corpus = corpus("The quick, brown fox;\njumps", 0.1).unwrap();
        assert_eq!(corpus.dropped(), 2);
        let ids: Vec<usize> = corpus.ids.iter().map(|&id| id as usize).collect();
        assert_eq!(corpus.tokenizer().decode(&ids), "the quick brown fox jumps");
        assert_eq!(corpus.training().len(), 22);
        assert_eq!(corpus.validation().len(), 3);
    }

    #[test]
    fn a_fraction_beyond_its_range_is_refused() {
        for fraction in [-0.1, 1.0, f64::NAN] {
            assert!(matches!(
                corpus("abc", fraction),
                Err(CorpusError::Fraction(_))
            ));
        }
    }

    #[test]
    fn a_vocabulary_of_the_text_drops_nothing() {
        let text = "Ünïcode,\nand — dashes";
        let tokenizer = Corpus::vocabulary_of(text).unwrap();
        assert_eq!(Corpus::new(text, tokenizer, 0.0).unwrap().dropped(), 0);
        assert_eq!(Corpus::vocabulary_of(""), Err(CorpusError::Empty));
    }

    #[test]
    fn another_text_or_split_has_another_fingerprint() {
        let fingerprint = |text, fraction| corpus(text, fraction).unwrap().fingerprint();
        let one = fingerprint("abcd", 0.5);
        assert_eq!(one, fingerprint("ABCD", 0.5));
        assert_ne!(one, fingerprint("abdc", 0.5));
        assert_ne!(one, fingerprint("abcd", 0.25));
    }

    #[test]
    fn windows_score_every_token_but_the_first_once() {
        for tokens in 0..30 {
            let mut scored = vec![0; tokens];
            for window in windows(tokens, 7) {
                assert!(window.len() >= 2 && window.len() <= 8);
                for target in window.skip(1) {
                    scored[target] += 1;
                }
            }
            assert!(scored.iter().skip(1).all(|&n| n == 1), "{tokens}");
        }
    }
}
