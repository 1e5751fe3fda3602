//! Reading a `tokenizer.json`: every part by its type; a type or an option that is not known is an error
//! that names it.

use std::collections::HashMap;

use regex::Regex;
use serde_json::{Map, Value};

use super::Added;
use super::cut::{Cut, Keep, Pattern, Prepend};
use super::decode::Decoder;
use super::model::{BytePairs, Model};
use super::normal::Normalizer;

/// The contents of a `tokenizer.json`.
pub struct Description<'a>(pub &'a Value);

/// A part of it, with its type.
struct Part<'a> {
    kind: &'a str,
    members: &'a Map<String, Value>,
}

impl<'a> Part<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        let members = value.as_object()?;
        let kind = members.get("type").and_then(Value::as_str).unwrap_or("BPE");
        Some(Self { kind, members })
    }

    fn flag(&self, name: &str, usual: bool) -> bool {
        self.members
            .get(name)
            .and_then(Value::as_bool)
            .unwrap_or(usual)
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.members.get(name)?.as_str()
    }

    fn parts(&self, name: &str) -> Vec<&'a Value> {
        let items = self.members.get(name).and_then(Value::as_array);
        items
            .map(|items| items.iter().collect())
            .unwrap_or_default()
    }

    fn sign(&self) -> char {
        let sign = self.text("replacement").or_else(|| self.text("str_rep"));
        sign.and_then(|sign| sign.chars().next())
            .unwrap_or('\u{2581}')
    }
}

/// What can be done where a tokenizer is not known here.
const WAY_OUT: &str = "train the model with a tokenizer of byte pairs, or, to look at its numbers, name a plain \
    table of the same ids with --meta, whose tokens are matched longest first: in Python, \
    pickle.dump({'itos': dict(enumerate(tokenizer.convert_ids_to_tokens(range(len(tokenizer)))))}, \
    open('meta.pkl', 'wb'))";

/// What is said of something that is not known.
fn not_known(what: &str, kind: &str) -> String {
    format!(
        "its {what} '{kind}' is not known here (byte pairs, words and word pieces are); {WAY_OUT}"
    )
}

fn ids(value: Option<&Value>) -> Result<HashMap<String, usize>, String> {
    let wrong = || "its model has no table of tokens ('vocab')".to_owned();
    let table = value.and_then(Value::as_object).ok_or_else(wrong)?;
    let id = |(token, id): (&String, &Value)| {
        let number = id.as_u64().and_then(|id| usize::try_from(id).ok());
        let number =
            number.ok_or_else(|| format!("its token {token:?} has no id that is a number"))?;
        Ok((token.clone(), number))
    };
    table.iter().map(id).collect()
}

impl Description<'_> {
    fn part(&self, name: &str) -> Option<Part<'_>> {
        Part::of(self.0.get(name)?)
    }

    /// The model of tokens.
    pub fn model(&self) -> Result<Model, String> {
        let part = self.part("model").ok_or("it has no 'model'")?;
        let table = ids(part.members.get("vocab"));
        let named = |ids: &HashMap<String, usize>| {
            let token = part.text("unk_token").filter(|token| !token.is_empty())?;
            ids.get(token).copied()
        };
        match part.kind {
            "BPE" => {
                let ids = table?;
                if part
                    .text("continuing_subword_prefix")
                    .is_some_and(|prefix| !prefix.is_empty())
                {
                    return Err(not_known("model's option", "continuing_subword_prefix"));
                }
                Ok(Model::BytePairs(BytePairs {
                    merges: merges(&part, &ids)?,
                    unknown: named(&ids),
                    fuse_unknown: part.flag("fuse_unk", false),
                    suffix: part
                        .text("end_of_word_suffix")
                        .unwrap_or_default()
                        .to_owned(),
                    byte_fallback: part.flag("byte_fallback", false),
                    ignore_merges: part.flag("ignore_merges", false),
                    ids,
                }))
            }
            "WordLevel" => {
                let ids = table?;
                Ok(Model::Words {
                    unknown: named(&ids),
                    ids,
                })
            }
            "WordPiece" => {
                let ids = table?;
                let most = part
                    .members
                    .get("max_input_chars_per_word")
                    .and_then(Value::as_u64);
                Ok(Model::WordPieces {
                    unknown: named(&ids),
                    ids,
                    prefix: part
                        .text("continuing_subword_prefix")
                        .unwrap_or("##")
                        .to_owned(),
                    most: most
                        .and_then(|most| usize::try_from(most).ok())
                        .unwrap_or(100),
                })
            }
            kind => Err(not_known("model", kind)),
        }
    }

    /// The tokens that are found as they stand, the longest first.
    pub fn added(&self) -> Result<Vec<Added>, String> {
        let items = self.0.get("added_tokens").and_then(Value::as_array);
        let mut added = Vec::new();
        for item in items.into_iter().flatten() {
            let content = item
                .get("content")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let id = item.get("id").and_then(Value::as_u64);
            let id = id
                .and_then(|id| usize::try_from(id).ok())
                .filter(|&id| id < super::MOST);
            let id = id.ok_or_else(|| format!("its added token {content:?} has no usable id"))?;
            if content.is_empty() {
                return Err(format!("its added token of the id {id} is empty"));
            }
            let flag = |name: &str| item.get(name).and_then(Value::as_bool).unwrap_or(false);
            added.push(Added {
                id,
                content: content.to_owned(),
                single_word: flag("single_word"),
                strips: [flag("lstrip"), flag("rstrip")],
            });
        }
        added.sort_by_key(|token| std::cmp::Reverse(token.content.len()));
        Ok(added)
    }

    /// What is done to a text first.
    pub fn normalizer(&self) -> Result<Normalizer, String> {
        match self.0.get("normalizer") {
            None | Some(Value::Null) => Ok(Normalizer::Nothing),
            Some(value) => normalizer(value),
        }
    }

    /// How a text is cut.
    pub fn cut(&self) -> Result<Cut, String> {
        match self.0.get("pre_tokenizer") {
            None | Some(Value::Null) => Ok(Cut::Nothing),
            Some(value) => cut(value),
        }
    }

    /// How tokens become text.
    pub fn decoder(&self) -> Result<Decoder, String> {
        match self.0.get("decoder") {
            None | Some(Value::Null) => Ok(Decoder::Words),
            Some(value) => decoder(value),
        }
    }

    /// The ids that are put before and behind a text.
    pub fn around(&self) -> Result<[Vec<usize>; 2], String> {
        match self.0.get("post_processor") {
            None | Some(Value::Null) => Ok([Vec::new(), Vec::new()]),
            Some(value) => around(value),
        }
    }
}

fn merges(
    part: &Part<'_>,
    ids: &HashMap<String, usize>,
) -> Result<HashMap<(usize, usize), (usize, usize)>, String> {
    let mut merges = HashMap::new();
    for (rank, merge) in part.parts("merges").into_iter().enumerate() {
        let pair = match merge {
            Value::String(text) => text.split_once(' '),
            Value::Array(pair) => match pair.as_slice() {
                [Value::String(a), Value::String(b)] => Some((a.as_str(), b.as_str())),
                _ => None,
            },
            _ => None,
        };
        let (a, b) = pair.ok_or_else(|| format!("its merge {} is no pair of tokens", rank + 1))?;
        let id = |token: &str| {
            ids.get(token).copied().ok_or_else(|| {
                format!(
                    "its merge {} makes or takes {token:?}, which is no token",
                    rank + 1
                )
            })
        };
        let made = id(&format!("{a}{b}"))?;
        // of equal pairs the last counts, as in the library
        merges.insert((id(a)?, id(b)?), (rank, made));
    }
    Ok(merges)
}

fn sequence<T>(
    part: &Part<'_>,
    name: &str,
    read: fn(&Value) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    part.parts(name).into_iter().map(read).collect()
}

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

fn normalizer(value: &Value) -> Result<Normalizer, String> {
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

fn cut(value: &Value) -> Result<Cut, String> {
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

fn decoder(value: &Value) -> Result<Decoder, String> {
    let part = Part::of(value).ok_or("its decoder is no object")?;
    Ok(match part.kind {
        "ByteLevel" => Decoder::byte_level(),
        "WordPiece" => Decoder::WordPieces {
            prefix: part.text("prefix").unwrap_or("##").to_owned(),
        },
        "Metaspace" => Decoder::Metaspace {
            sign: part.sign(),
            strip: part.text("prepend_scheme") != Some("never")
                && part.flag("add_prefix_space", true),
        },
        "BPEDecoder" => Decoder::Suffix(part.text("suffix").unwrap_or("</w>").to_owned()),
        "Fuse" => Decoder::Joined,
        "Sequence" => {
            let parts = part.parts("decoders");
            let kinds: Vec<&str> = parts
                .iter()
                .filter_map(|part| Some(Part::of(part)?.kind))
                .collect();
            let known =
                |kind: &&str| matches!(*kind, "Replace" | "ByteFallback" | "Fuse" | "Strip");
            let strips = kinds.contains(&"Strip");
            if kinds.contains(&"ByteLevel") {
                Decoder::byte_level()
            } else if kinds.iter().all(&known) {
                let replaced = parts.iter().find(|part| part.get("pattern").is_some());
                let sign = replaced.and_then(|part| part.get("pattern")?.get("String")?.as_str());
                Decoder::Bytes {
                    sign: sign
                        .and_then(|sign| sign.chars().next())
                        .unwrap_or('\u{2581}'),
                    strip: strips,
                }
            } else {
                let kind = kinds
                    .into_iter()
                    .find(|kind| !known(kind))
                    .unwrap_or_default();
                return Err(not_known("decoder", kind));
            }
        }
        kind => return Err(not_known("decoder", kind)),
    })
}

fn around(value: &Value) -> Result<[Vec<usize>; 2], String> {
    let part = Part::of(value).ok_or("its post_processor is no object")?;
    let id = |value: &Value| {
        let id = value.as_u64().and_then(|id| usize::try_from(id).ok());
        id.filter(|&id| id < super::MOST)
            .ok_or_else(|| "its post_processor names a token without an id".to_owned())
    };
    let pair = |name: &str| {
        let pair = part.members.get(name).and_then(Value::as_array);
        id(pair.and_then(|pair| pair.get(1)).unwrap_or(&Value::Null))
    };
    Ok(match part.kind {
        "ByteLevel" => [Vec::new(), Vec::new()],
        "BertProcessing" | "RobertaProcessing" => [vec![pair("cls")?], vec![pair("sep")?]],
        "TemplateProcessing" => {
            let mut around = [Vec::new(), Vec::new()];
            let mut behind = 0;
            for item in part.parts("single") {
                if item.get("Sequence").is_some() {
                    behind = 1;
                } else if let Some(name) =
                    item.get("SpecialToken").and_then(|token| token.get("id"))
                {
                    let tokens = part.members.get("special_tokens");
                    let token = tokens.and_then(|tokens| tokens.get(name.as_str()?));
                    let ids = token.and_then(|token| token.get("ids")?.as_array());
                    for value in ids.ok_or("its post_processor names a token that is not there")? {
                        around[behind].push(id(value)?);
                    }
                }
            }
            around
        }
        "Sequence" => {
            let mut all = [Vec::new(), Vec::new()];
            for [before, behind] in sequence(&part, "processors", around)? {
                all[0].splice(0..0, before);
                all[1].extend(behind);
            }
            all
        }
        kind => return Err(not_known("post-processor", kind)),
    })
}
