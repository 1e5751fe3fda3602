//! What is done to a text before it is cut.

use regex::Regex;

/// A change of a text.
#[derive(Clone, Debug)]
pub enum Normalizer {
    Nothing,
    All(Vec<Normalizer>),
    LowerCase,
    /// Of a Unicode form or of accents: changes nothing in what it is asked for, and other text is
    /// refused, because the tables for it are not here
    OnlyAscii(String),
    Strip {
        left: bool,
        right: bool,
    },
    Replace {
        pattern: Regex,
        by: String,
    },
    Prepend(String),
    /// Control characters are left out, other blanks are spaces
    Clean,
}

impl Normalizer {
    /// The text after the change.
    ///
    /// # Errors
    /// In words: a text for which the change is not known here.
    pub fn apply(&self, text: &str) -> Result<String, String> {
        Ok(match self {
            Self::Nothing => text.to_owned(),
            Self::All(all) => {
                let mut text = text.to_owned();
                for one in all {
                    text = one.apply(&text)?;
                }
                text
            }
            Self::LowerCase => text.to_lowercase(),
            Self::OnlyAscii(name) => match text.chars().find(|c| !c.is_ascii()) {
                None => text.to_owned(),
                Some(character) => {
                    return Err(format!(
                        "the tokenizer's normalizer '{name}' would have to know the character {character:?}, \
                         which this program's does not; write it in plain letters"
                    ));
                }
            },
            Self::Strip { left, right } => {
                let text = if *left { text.trim_start() } else { text };
                let text = if *right { text.trim_end() } else { text };
                text.to_owned()
            }
            Self::Replace { pattern, by } => {
                pattern.replace_all(text, regex::NoExpand(by)).into_owned()
            }
            Self::Prepend(before) if text.is_empty() => {
                let _ = before;
                String::new()
            }
            Self::Prepend(before) => format!("{before}{text}"),
            Self::Clean => text
                .chars()
                .filter(|c| !c.is_control() || c.is_whitespace())
                .map(|c| if c.is_whitespace() { ' ' } else { c })
                .collect(),
        })
    }
}
