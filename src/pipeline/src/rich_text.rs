//! Names as the field writes them, with sub- and superscripts.

use std::fmt;

/// Where a piece of text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// On the line.
    Base,
    /// Below it, smaller.
    Sub,
    /// Above it, smaller.
    Super,
}

/// Text in pieces on three levels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RichText(pub Vec<(String, Level)>);

impl RichText {
    /// Reads `W_{Q}`, `K^{T}`: braces after `_` or `^` lower or raise their content; all else is
    /// text as it stands.
    pub fn parse(markup: &str) -> Self {
        let mut pieces: Vec<(String, Level)> = Vec::new();
        let mut rest = markup;
        while !rest.is_empty() {
            let next = ["_{", "^{"]
                .iter()
                .filter_map(|mark| rest.find(mark))
                .min()
                .and_then(|at| Some((at, at + rest[at..].find('}')?)));
            let Some((open, close)) = next else {
                pieces.push((rest.to_owned(), Level::Base));
                break;
            };
            if open > 0 {
                pieces.push((rest[..open].to_owned(), Level::Base));
            }
            let level = if rest[open..].starts_with('_') {
                Level::Sub
            } else {
                Level::Super
            };
            pieces.push((rest[open + 2..close].to_owned(), level));
            rest = &rest[close + 1..];
        }
        Self(pieces)
    }
}

impl RichText {
    /// Text on the line, as it stands: nothing in it is read as markup.
    pub fn plain(text: impl Into<String>) -> Self {
        Self(vec![(text.into(), Level::Base)])
    }

    /// This text with a piece behind it.
    #[must_use]
    pub fn with(mut self, text: impl Into<String>, level: Level) -> Self {
        self.push(text, level);
        self
    }

    /// Adds a piece; pieces on one level become one.
    pub fn push(&mut self, text: impl Into<String>, level: Level) {
        let text = text.into();
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some((last, on)) if *on == level => last.push_str(&text),
            _ => self.0.push((text, level)),
        }
    }

    /// Adds what is written with markup.
    pub fn push_markup(&mut self, markup: &str) {
        self.append(Self::parse(markup));
    }

    /// Adds another text behind this one.
    pub fn append(&mut self, other: Self) {
        for (text, level) in other.0 {
            self.push(text, level);
        }
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|(text, _)| text.is_empty())
    }

    /// As [`RichText::parse`] reads it.
    pub fn markup(&self) -> String {
        let pieces = self.0.iter().map(|(text, level)| match level {
            Level::Base => text.clone(),
            Level::Sub => format!("_{{{text}}}"),
            Level::Super => format!("^{{{text}}}"),
        });
        pieces.collect()
    }
}

/// The small raised form of a sign that has one in plain text.
fn raised(sign: char) -> Option<char> {
    const RAISED: [(char, char); 15] = [
        ('0', '⁰'),
        ('1', '¹'),
        ('2', '²'),
        ('3', '³'),
        ('4', '⁴'),
        ('5', '⁵'),
        ('6', '⁶'),
        ('7', '⁷'),
        ('8', '⁸'),
        ('9', '⁹'),
        ('(', '⁽'),
        (')', '⁾'),
        ('T', 'ᵀ'),
        ('−', '⁻'),
        ('+', '⁺'),
    ];
    let found = RAISED.iter().find(|(plain, _)| *plain == sign);
    found.map(|&(_, raised)| raised)
}

/// In one line of plain text: `W_Q`, `Kᵀ`, `Q⁽¹⁾`.
impl fmt::Display for RichText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (text, level) in &self.0 {
            match level {
                Level::Base => f.write_str(text)?,
                Level::Sub => write!(f, "_{text}")?,
                Level::Super => match text.chars().map(raised).collect::<Option<String>>() {
                    Some(raised) => f.write_str(&raised)?,
                    None => write!(f, "^{text}")?,
                },
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_and_written() {
        let text = RichText::parse("K_{2}^{T} · x");
        assert_eq!(
            text.0,
            [
                ("K".to_owned(), Level::Base),
                ("2".to_owned(), Level::Sub),
                ("T".to_owned(), Level::Super),
                (" · x".to_owned(), Level::Base),
            ]
        );
        assert_eq!(text.to_string(), "K_2ᵀ · x");
        assert_eq!(RichText::parse(&text.markup()), text);
        assert_eq!(RichText::parse("Q^{(12)}").to_string(), "Q⁽¹²⁾");
        assert_eq!(RichText::parse("a_{b").to_string(), "a_{b");
    }
}
