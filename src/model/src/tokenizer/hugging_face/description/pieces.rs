//! What is done to a text before the model sees it: how it is normalized, and cut.

use regex::Regex;
use serde_json::Value;

use super::{Part, WAY_OUT, not_known, sequence};
use crate::tokenizer::hugging_face::cut::{Cut, Keep, Pattern, Prepend};
use crate::tokenizer::hugging_face::normal::Normalizer;

/// A pattern as a text, or as a regular expression.
fn pattern(value: Option<&Value>) -> Result<Pattern, String> {
    let wrong = |what: &str| format!("its pattern {what}");
    let value = value.ok_or_else(|| wrong("is missing"))?;
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    match (text("String"), text("Regex")) {
        (Some(text), _) => {
            let made = Regex::new(&regex::escape(text));
            made.map(Pattern::Regex)
                .map_err(|error| wrong(&error.to_string()))
        }
        (_, Some(source)) => Pattern::of(source).map_err(|why| {
            wrong(&format!(
                "{source:?} is not one that is read here ({why}); {WAY_OUT}"
            ))
        }),
        _ => Err(wrong("is neither a text nor a regular expression")),
    }
}

pub(super) fn normalizer(value: &Value) -> Result<Normalizer, String> {
    let part = Part::of(value).ok_or("its normalizer is no object")?;
    Ok(match part.kind {
        "Sequence" => Normalizer::All(sequence(&part, "normalizers", normalizer)?),
        "Lowercase" => Normalizer::LowerCase,
        "NFC" | "NFD" | "NFKC" | "NFKD" | "Nmt" | "StripAccents" => {
            Normalizer::OnlyAscii(part.kind.to_owned())
        }
        "Strip" => Normalizer::Strip {
            left: part.flag("strip_left", true),
            right: part.flag("strip_right", true),
        },
        "Prepend" => Normalizer::Prepend(part.text("prepend").unwrap_or_default().to_owned()),
        "Replace" => match pattern(part.members.get("pattern"))? {
            Pattern::Regex(pattern) => Normalizer::Replace {
                pattern,
                by: part.text("content").unwrap_or_default().to_owned(),
            },
            _ => {
                return Err(not_known(
                    "normalizer",
                    "Replace by a pattern that looks ahead",
                ));
            }
        },
        "BertNormalizer" => {
            let mut all = Vec::new();
            if part.flag("clean_text", true) {
                all.push(Normalizer::Clean);
            }
            // accents and Chinese letters are looked up in tables
            all.push(Normalizer::OnlyAscii(part.kind.to_owned()));
            if part.flag("lowercase", true) {
                all.push(Normalizer::LowerCase);
            }
            Normalizer::All(all)
        }
        kind => return Err(not_known("normalizer", kind)),
    })
}

fn keep(part: &Part<'_>, usual: Keep) -> Result<Keep, String> {
    Ok(match part.text("behavior") {
        None => usual,
        Some("Removed") => Keep::Removed,
        Some("Isolated") => Keep::Isolated,
        Some("MergedWithPrevious") => Keep::WithPrevious,
        Some("MergedWithNext") => Keep::WithNext,
        Some("Contiguous") => Keep::Contiguous,
        Some(kind) => return Err(not_known("pre-tokenizer's behavior", kind)),
    })
}

fn of_regex(source: &str, keep: Keep, invert: bool) -> Result<Cut, String> {
    let pattern = Regex::new(source).map_err(|error| error.to_string())?;
    Ok(Cut::Split {
        pattern: Pattern::Regex(pattern),
        keep,
        invert,
    })
}

/// Signs, in the sense of ASCII and of Unicode.
const SIGNS: &str = r"[!-/:-@\[-`{-~\p{P}]";

pub(super) fn cut(value: &Value) -> Result<Cut, String> {
    let part = Part::of(value).ok_or("its pre_tokenizer is no object")?;
    Ok(match part.kind {
        "Sequence" => Cut::All(sequence(&part, "pretokenizers", cut)?),
        "ByteLevel" => Cut::ByteLevel {
            add_blank: part.flag("add_prefix_space", true),
            by_words: part.flag("use_regex", true),
        },
        "Whitespace" => of_regex(r"\w+|[^\w\s]+", Keep::Removed, true)?,
        "WhitespaceSplit" => of_regex(r"\s", Keep::Removed, false)?,
        "BertPreTokenizer" => Cut::All(vec![
            of_regex(r"\s", Keep::Removed, false)?,
            of_regex(SIGNS, Keep::Isolated, false)?,
        ]),
        "Punctuation" => of_regex(SIGNS, keep(&part, Keep::Isolated)?, false)?,
        "Digits" => Cut::Digits {
            each: part.flag("individual_digits", false),
        },
        "CharDelimiterSplit" => {
            let sign = part.text("delimiter").unwrap_or(" ");
            of_regex(&regex::escape(sign), Keep::Removed, false)?
        }
        "Metaspace" => Cut::Metaspace {
            sign: part.sign(),
            prepend: match (
                part.text("prepend_scheme"),
                part.flag("add_prefix_space", true),
            ) {
                (Some("always"), _) | (None, true) => Prepend::Always,
                (Some("first"), _) => Prepend::First,
                (Some("never"), _) | (None, false) => Prepend::Never,
                (Some(kind), _) => return Err(not_known("pre-tokenizer's prepend_scheme", kind)),
            },
            split: part.flag("split", true),
        },
        "Split" => Cut::Split {
            pattern: pattern(part.members.get("pattern"))?,
            keep: keep(&part, Keep::Isolated)?,
            invert: part.flag("invert", false),
        },
        kind => return Err(not_known("pre-tokenizer", kind)),
    })
}
