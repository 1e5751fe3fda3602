//! How a text is cut into pieces, each of which becomes tokens by itself.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

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
    /// Another that looks ahead as that one does: its group `blanks` leaves the last of several blanks to what
    /// stands behind them
    LeavesBlank(Regex),
}

/// How patterns since GPT-2's end: the last of several blanks belongs to what stands behind them.
const LEAVES_BLANK: &str = r"\s+(?!\S)|\s+";

impl Pattern {
    /// A regular expression as descriptions write it. Theirs are Ruby's: `^` and `$` stand at every line.
    ///
    /// # Errors
    /// One that looks ahead or behind in another way than to leave a blank, or means something else here.
    pub fn of(source: &str) -> Result<Self, String> {
        if source == GPT2_PATTERN {
            return Ok(Self::Gpt2);
        }
        if never_gives_back(source) {
            return Err("it has a repetition that never gives back".to_owned());
        }
        let regex = |source: &str| {
            let made = RegexBuilder::new(source).multi_line(true).build();
            made.map_err(|_| "it looks ahead or behind, or is none".to_owned())
        };
        match source.strip_suffix(LEAVES_BLANK) {
            Some(front) if front.is_empty() || front.ends_with('|') => Ok(Self::LeavesBlank(
                regex(&format!(r"{front}(?<blanks>\s+)"))?,
            )),
            _ => regex(source).map(Self::Regex),
        }
    }
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

/// Whether a pattern has a repetition such as `a++`, which there never gives back what it took, and here would be
/// repeated once more.
fn never_gives_back(source: &str) -> bool {
    let (mut escaped, mut in_class, mut before) = (false, false, ' ');
    for sign in source.chars() {
        if escaped {
            (escaped, before) = (false, ' ');
            continue;
        }
        if !in_class && sign == '+' && matches!(before, '*' | '+' | '?') {
            return true;
        }
        escaped = sign == '\\';
        in_class = match sign {
            '[' => true,
            ']' => false,
            _ => in_class,
        };
        before = sign;
    }
    false
}

/// The matches of a pattern whose group `blanks` leaves the last of several blanks.
fn blanks_left(pattern: &Regex, text: &str) -> Vec<(usize, usize)> {
    let mut matches = Vec::new();
    let mut at = 0;
    while let Some(found) = pattern.captures_at(text, at) {
        let Some(whole) = found.get(0) else { break };
        let (start, mut end) = (whole.start(), whole.end());
        if let Some(blanks) = found.name("blanks") {
            let last = blanks
                .as_str()
                .chars()
                .next_back()
                .map_or(0, char::len_utf8);
            if end < text.len() && last < blanks.len() {
                end -= last;
            }
        }
        if start < end {
            matches.push((start, end));
        }
        // one that is empty is no piece, and must not be found for ever
        let next = text[end..].chars().next().map_or(1, char::len_utf8);
        at = if start < end { end } else { end + next };
        if at > text.len() {
            break;
        }
    }
    matches
}

impl Pattern {
    fn matches(&self, text: &str) -> Vec<(usize, usize)> {
        match self {
            Self::Gpt2 => gpt2_matches(text),
            Self::LeavesBlank(pattern) => blanks_left(pattern, text),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_repetitions_that_never_give_back_are_refused() {
        for pattern in [r"a++", r"\p{L}?+b", r"[ab]*+", r"(a)++|\s+(?!\S)|\s+"] {
            assert!(Pattern::of(pattern).is_err(), "{pattern}");
        }
        for pattern in [
            r"[?+]",
            r"\++",
            r"[.*+]+x",
            r"\p{N}{1,3}+",
            r"\s+(?!\S)|\s+",
        ] {
            assert!(Pattern::of(pattern).is_ok(), "{pattern}");
        }
        for pattern in [
            r"(?<=a)b",
            r"a(?!b)|\s+(?!\S)|\s+",
            r"\h",
            r"x\s+(?!\S)|\s+",
        ] {
            assert!(Pattern::of(pattern).is_err(), "{pattern}");
        }
    }
}
