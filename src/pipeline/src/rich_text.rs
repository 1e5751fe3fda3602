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

/// In one line of plain text: `W_Q`, `Kᵀ`.
impl fmt::Display for RichText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (text, level) in &self.0 {
            match (level, text.as_str()) {
                (Level::Base, text) => f.write_str(text)?,
                (Level::Sub, text) => write!(f, "_{text}")?,
                (Level::Super, "T") => f.write_str("ᵀ")?,
                (Level::Super, text) => write!(f, "^{text}")?,
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
        assert_eq!(RichText::parse("a_{b").to_string(), "a_{b");
    }
}
