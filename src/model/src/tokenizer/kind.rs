//! Of a vocabulary of which it is not said what its tokens are: characters, words, or pieces.

use std::collections::HashSet;

/// What tokens are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A character each, but for these, which are special
    Characters {
        special: Vec<usize>,
    },
    Words,
    /// Any pieces of text, but for these, which are special
    Pieces {
        special: Vec<usize>,
    },
}

/// Names of tokens that stand for no text, without the signs around them.
const SPECIAL: [&str; 28] = [
    "begin",
    "blank",
    "bod",
    "bos",
    "cls",
    "doc",
    "end",
    "end_of_text",
    "endoftext",
    "eod",
    "eof",
    "eol",
    "eos",
    "eot",
    "go",
    "mask",
    "nul",
    "null",
    "oov",
    "pad",
    "padding",
    "s",
    "sep",
    "sos",
    "start",
    "stop",
    "unk",
    "unknown",
];

/// Whether a token has the looks of one that stands for no text: `EOS`, `_PAD_`, `<|endoftext|>`, `[UNK]`.
fn looks_special(token: &str) -> bool {
    let inner = token.trim_matches(|c: char| !c.is_alphanumeric());
    let bracketed = [
        ("<", ">"),
        ("[", "]"),
        ("{", "}"),
        ("_", "_"),
        ("|", "|"),
        ("#", "#"),
    ];
    let bracketed = bracketed
        .iter()
        .any(|(open, close)| token.len() > 2 && token.starts_with(open) && token.ends_with(close));
    let known = SPECIAL
        .binary_search(&inner.to_lowercase().as_str())
        .is_ok();
    bracketed || (known && inner.len() > 1)
}

fn is_long(token: &str) -> bool {
    token.chars().nth(1).is_some()
}

/// The kind of these tokens.
pub(super) fn kind(tokens: &[String]) -> Kind {
    let long = || (0..tokens.len()).filter(|&id| is_long(&tokens[id]));
    let special: Vec<usize> = long().filter(|&id| looks_special(&tokens[id])).collect();
    let is_special = |id: &usize| special.binary_search(id).is_ok();
    let others: Vec<&str> = long()
        .filter(|id| !is_special(id))
        .map(|id| tokens[id].as_str())
        .collect();
    let signs_only = |token: &&str| !token.chars().any(|c| c.is_alphanumeric());
    if others.is_empty() {
        return Kind::Characters { special };
    }
    // what is made of signs alone, among characters, is a name of somebody's own
    let single = tokens.len() - special.len() - others.len();
    if others.iter().all(signs_only)
        && !others
            .iter()
            .any(|token| token.contains(char::is_whitespace))
    {
        let special = long().collect();
        return Kind::Characters { special };
    }
    if are_pieces(tokens, &others, single) {
        return Kind::Pieces { special };
    }
    Kind::Words
}

/// Whether tokens of several characters are pieces that stand without blanks between.
fn are_pieces(tokens: &[String], others: &[&str], single: usize) -> bool {
    // a blank in or beside a token is written by the token itself
    let with_blank = |token: &&str| {
        let inner = token.trim();
        inner.len() < token.len() && !inner.is_empty() || inner.contains(char::is_whitespace)
    };
    if others.iter().any(with_blank) {
        return true;
    }
    // all of one length over few letters: k-mers
    let length = others[0].chars().count();
    let letters: HashSet<char> = others.iter().flat_map(|token| token.chars()).collect();
    let one_length = others.iter().all(|token| token.chars().count() == length);
    let genetic = letters.iter().all(|c| "ACGTUNacgtun".contains(*c));
    let all_of_them = letters.len().checked_pow(length as u32);
    if one_length && others.len() > 3 && (genetic || all_of_them == Some(others.len())) {
        return true;
    }
    // every character of every token is a token too: merged from them
    let known: HashSet<&str> = tokens.iter().map(String::as_str).collect();
    let mut buffer = [0; 4];
    let mut is_known = |c: char| known.contains(&*c.encode_utf8(&mut buffer));
    single > 1 && letters.iter().all(|&c| is_known(c)) && (single > 9 || known.contains(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tokens: &[&str]) -> Kind {
        kind(
            &tokens
                .iter()
                .map(|&token| token.to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn the_names_are_sorted() {
        assert!(SPECIAL.is_sorted());
    }

    #[test]
    fn characters_stay_characters_whatever_their_special_tokens_are_called() {
        for name in [
            "EOS",
            "_PAD_",
            "<PAD>",
            "[UNK]",
            "<|endoftext|>",
            "PAD",
            "eos",
            "</s>",
            "##",
        ] {
            let special = vec![2];
            assert_eq!(
                of(&["a", "b", name, "\n"]),
                Kind::Characters { special },
                "{name}"
            );
        }
    }

    #[test]
    fn words_are_told_from_pieces() {
        assert_eq!(of(&["who", "is", "?", "a"]), Kind::Words);
        assert_eq!(of(&["a", "an", "<|endoftext|>"]), Kind::Words);
        let pieces = |special: &[usize]| Kind::Pieces {
            special: special.to_vec(),
        };
        let two: Vec<String> = ["A", "C", "G", "T"]
            .iter()
            .flat_map(|a| ["A", "C", "G", "T"].map(|b| format!("{a}{b}")))
            .collect();
        assert_eq!(kind(&two), pieces(&[]));
        assert_eq!(of(&["ACG", "CGT", "GTA", "TTT", "<PAD>"]), pieces(&[4]));
        assert_eq!(of(&["the ", "cat", "s"]), pieces(&[]));
        assert_eq!(of(&[" ", "t", "h", "e", "th", "the"]), pieces(&[]));
    }
}
