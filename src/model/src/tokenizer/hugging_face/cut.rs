//! How a text is cut into pieces, each of which becomes tokens by itself.

use std::sync::OnceLock;

use regex::Regex;

use super::bytes::letters_of_bytes;

/// A way to cut.
#[derive(Clone, Debug)]
pub enum Cut {
    Nothing,
    All(Vec<Cut>),
    /// GPT-2's: at words, numbers and signs, each with the blank before it; then bytes become letters
    ByteLevel {
        add_blank: bool,
        by_words: bool,
    },
    /// By a pattern, whose matches are the pieces or stand between them
    Split {
        pattern: Pattern,
        keep: Keep,
        invert: bool,
    },
    Digits {
        each: bool,
    },
    /// Blanks become a sign that stands at the beginning of a word
    Metaspace {
        sign: char,
        prepend: Prepend,
        split: bool,
    },
}

/// When [`Cut::Metaspace`] puts its sign before a text that has no blank there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prepend {
    Always,
    /// Only at the very beginning
    First,
    Never,
}

/// A pattern.
#[derive(Clone, Debug)]
pub enum Pattern {
    Regex(Regex),
    /// GPT-2's own, which looks ahead
    Gpt2,
}

/// What becomes of the matches of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    Removed,
    Isolated,
    WithPrevious,
    WithNext,
    Contiguous,
}

/// GPT-2's pattern as descriptions write it.
pub const GPT2_PATTERN: &str =
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

/// GPT-2's pattern but for its looking ahead.
fn gpt2() -> Option<&'static Regex> {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    let make =
        || Regex::new(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+").ok();
    PATTERN.get_or_init(make).as_ref()
}

/// The matches of GPT-2's pattern: the last of several blanks belongs to what stands behind them.
fn gpt2_matches(text: &str) -> Vec<(usize, usize)> {
    let mut matches = Vec::new();
    let mut at = 0;
    while let Some(found) = gpt2().and_then(|pattern| pattern.find_at(text, at)) {
        let piece = found.as_str();
        let mut end = found.end();
        let blank = piece.chars().all(char::is_whitespace);
        let last = piece.chars().next_back().map_or(0, char::len_utf8);
        if blank && end < text.len() && last < piece.len() {
            end -= last;
        }
        matches.push((found.start(), end));
        at = end;
    }
    matches
}

impl Pattern {
    fn matches(&self, text: &str) -> Vec<(usize, usize)> {
        match self {
            Self::Gpt2 => gpt2_matches(text),
            Self::Regex(pattern) => {
                let found = pattern.find_iter(text);
                found
                    .filter(|m| !m.is_empty())
                    .map(|m| (m.start(), m.end()))
                    .collect()
            }
        }
    }
}

impl Cut {
    /// The pieces of a text; `first` says whether it stands at the very beginning.
    pub fn apply(&self, text: &str, first: bool) -> Vec<String> {
        let pieces = match self {
            Self::Nothing => vec![text.to_owned()],
            Self::All(all) => {
                let mut pieces = vec![text.to_owned()];
                for (at, one) in all.iter().enumerate() {
                    let cut = pieces.iter().enumerate().flat_map(|(piece, text)| {
                        let _ = at;
                        one.apply(text, first && piece == 0)
                    });
                    pieces = cut.collect();
                }
                pieces
            }
            Self::ByteLevel {
                add_blank,
                by_words,
            } => {
                let with_blank;
                let text = if *add_blank && !text.starts_with(char::is_whitespace) {
                    with_blank = format!(" {text}");
                    &with_blank
                } else {
                    text
                };
                let letters = letters_of_bytes();
                let pieces = match by_words {
                    true => gpt2_matches(text),
                    false => vec![(0, text.len())],
                };
                let letter = |byte: u8| letters[usize::from(byte)];
                let piece =
                    |(start, end): (usize, usize)| text[start..end].bytes().map(letter).collect();
                pieces.into_iter().map(piece).collect()
            }
            Self::Split {
                pattern,
                keep,
                invert,
            } => split(text, &pattern.matches(text), *keep, *invert),
            Self::Digits { each } => {
                let mut matches: Vec<(usize, usize)> = Vec::new();
                for (at, c) in text.char_indices().filter(|(_, c)| c.is_numeric()) {
                    match matches.last_mut() {
                        Some(last) if last.1 == at && !each => last.1 = at + c.len_utf8(),
                        _ => matches.push((at, at + c.len_utf8())),
                    }
                }
                split(text, &matches, Keep::Isolated, false)
            }
            Self::Metaspace {
                sign,
                prepend,
                split,
            } => {
                let mut signs = text.replace(' ', &sign.to_string());
                let prepended =
                    *prepend == Prepend::Always || (*prepend == Prepend::First && first);
                if prepended && !signs.starts_with(*sign) {
                    signs.insert(0, *sign);
                }
                if !split {
                    return vec![signs];
                }
                let starts = signs.match_indices(*sign);
                let matches: Vec<(usize, usize)> =
                    starts.map(|(at, sign)| (at, at + sign.len())).collect();
                self::split(&signs, &matches, Keep::WithNext, false)
            }
        };
        pieces
            .into_iter()
            .filter(|piece| !piece.is_empty())
            .collect()
    }
}

/// The pieces that matches cut a text into.
fn split(text: &str, matches: &[(usize, usize)], keep: Keep, invert: bool) -> Vec<String> {
    // stretches of the text, each a match or what stands between two
    let mut stretches: Vec<(usize, usize, bool)> = Vec::new();
    let mut at = 0;
    for &(start, end) in matches {
        if at < start {
            stretches.push((at, start, invert));
        }
        stretches.push((start, end, !invert));
        at = end;
    }
    if at < text.len() {
        stretches.push((at, text.len(), invert));
    }
    let mut pieces: Vec<(usize, usize)> = Vec::new();
    let mut before = false;
    for (place, &(start, end, is_match)) in stretches.iter().enumerate() {
        match (keep, is_match) {
            (Keep::Removed, true) => {}
            (Keep::WithPrevious, true) if place > 0 && !before => {
                if let Some(last) = pieces.last_mut() {
                    last.1 = end;
                }
            }
            (Keep::Contiguous, _) if place > 0 && before == is_match => {
                if let Some(last) = pieces.last_mut() {
                    last.1 = end;
                }
            }
            (Keep::WithNext, false) if before => {
                if let Some(last) = pieces.last_mut() {
                    last.1 = end;
                }
            }
            _ => pieces.push((start, end)),
        }
        before = is_match;
    }
    pieces
        .into_iter()
        .map(|(start, end)| text[start..end].to_owned())
        .collect()
}
