//! A text as token ids, split into a part to learn from and a part held out to be tested on.

use std::ops::Range;

/// Why a text cannot be trained on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CorpusError {
    /// The share is not between 0 and 1
    #[error("the validation fraction must be at least 0 and below 1, not {0}")]
    Fraction(f64),
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
    ids: Vec<u32>,
    training: usize,
    dropped: usize,
}

impl Corpus {
    /// Splits a text's ids: the last `validation_fraction` of them is held out. `dropped` is how many
    /// characters of the text the vocabulary lacked.
    ///
    /// # Errors
    /// A fraction outside `0..1`.
    pub fn new(
        ids: &[usize],
        dropped: usize,
        validation_fraction: f64,
    ) -> Result<Self, CorpusError> {
        if !(0.0..1.0).contains(&validation_fraction) {
            return Err(CorpusError::Fraction(validation_fraction));
        }
        let held_out = (ids.len() as f64 * validation_fraction).round() as usize;
        Ok(Self {
            // No vocabulary comes near 2³² tokens: a configuration ends at 2²⁴.
            ids: ids.iter().map(|&id| id as u32).collect(),
            training: ids.len() - held_out,
            dropped,
        })
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

    #[test]
    fn the_last_part_is_held_out() {
        let ids: Vec<usize> = (0..20).collect();
        let corpus = Corpus::new(&ids, 3, 0.1).unwrap();
        assert_eq!(corpus.training().len(), 18);
        assert_eq!(corpus.validation(), [18, 19]);
        assert_eq!(corpus.dropped(), 3);
        assert!(Corpus::new(&ids, 0, 1.0).is_err());
        assert!(Corpus::new(&ids, 0, f64::NAN).is_err());
    }

    #[test]
    fn another_text_or_split_has_another_fingerprint() {
        let fingerprint =
            |ids: &[usize], fraction| Corpus::new(ids, 0, fraction).unwrap().fingerprint();
        let one = fingerprint(&[1, 2, 3, 4], 0.5);
        assert_eq!(one, fingerprint(&[1, 2, 3, 4], 0.5));
        assert_ne!(one, fingerprint(&[1, 2, 4, 3], 0.5));
        assert_ne!(one, fingerprint(&[1, 2, 3, 4], 0.25));
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
