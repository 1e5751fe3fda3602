//! How cells and numbers are written: one way for captions, explanations and whatever else names a number.
//! `docs/notation.md` says it in words. Nothing here knows an operation.

use crate::operand::{Operand, Source};
use crate::operation::Cell;
use crate::part::AxisKind;
use crate::pass::Pass;
use crate::rich_text::{Level, RichText};
use crate::stage::labels::{shortened, visible_token};
use orrery_model::WeightId;

/// How things are counted, in a line for the screen.
pub const COUNTING: &str = "counted: blocks and heads from 1, tokens, ids and cells from 0";

/// A token in an index has at most so many letters.
const LETTERS: usize = 7;

/// Writes the cells of one pass.
#[derive(Clone, Copy, Debug)]
pub struct Notation<'a> {
    tokens: &'a [String],
    vocabulary: &'a [String],
}

/// What stands in an index.
enum Index {
    Nothing,
    Number(usize),
    /// A token of the text: as it is written, and its place.
    Token(String, usize),
    /// A symbol of the vocabulary.
    Symbol(String),
}

impl<'a> Notation<'a> {
    /// That of a pass.
    pub fn of(pass: &'a Pass) -> Self {
        Self {
            tokens: &pass.tokens,
            vocabulary: &pass.vocabulary,
        }
    }

    /// A token of the text with its place as a subscript: `h` and a small 7.
    pub fn token(&self, place: usize) -> RichText {
        let mut text = RichText::default();
        self.index(AxisKind::Tokens, place).write(&mut text);
        text
    }

    /// A symbol of the vocabulary.
    pub fn symbol(&self, id: usize) -> String {
        self.vocabulary
            .get(id)
            .map_or_else(|| format!("id {id}"), |symbol| written(symbol))
    }

    fn index(&self, kind: AxisKind, at: usize) -> Index {
        match kind {
            AxisKind::Other => Index::Nothing,
            AxisKind::Tokens => match self.tokens.get(at) {
                Some(token) => Index::Token(written(token), at),
                None => Index::Number(at),
            },
            AxisKind::Vocabulary => Index::Symbol(self.symbol(at)),
            AxisKind::Hidden
            | AxisKind::Positions
            | AxisKind::Features
            | AxisKind::Heads
            | AxisKind::Head => Index::Number(at),
        }
    }

    /// A cell of a matrix: its name, and in brackets what its row and its column stand for. Rows of tokens are
    /// written as the token and its place, columns of the vocabulary as the symbol, all else as numbers.
    pub fn cell(&self, operand: Operand, cell: Cell) -> RichText {
        self.named_cell(operand.name(), operand, cell)
    }

    /// A number of a whole row of a matrix, under this name: only the row stands in brackets.
    pub fn row(&self, name: RichText, operand: Operand, row: usize) -> RichText {
        let mut text = name;
        let index = self.index(operand.axes().0, row);
        if !matches!(index, Index::Nothing) {
            text.push("[", Level::Base);
            index.write(&mut text);
            text.push("]", Level::Base);
        }
        text
    }

    /// The same under another name.
    pub fn named_cell(&self, name: RichText, operand: Operand, cell: Cell) -> RichText {
        let (rows, columns) = operand.axes();
        let mut row = match operand.source {
            // the table is looked into by number
            Source::Weight(WeightId::Embedding) => Index::Number(cell.row),
            _ => self.index(rows, cell.row),
        };
        if operand.last_row {
            let last = self.tokens.len().saturating_sub(1);
            row = self.index(AxisKind::Tokens, last);
        }
        let column = match (operand.source, columns) {
            (Source::Likeliest(_), _) => Index::Number(cell.column),
            _ => self.index(columns, cell.column),
        };
        let mut text = name;
        let looks = matches!(row, Index::Token(..))
            && matches!(column, Index::Token(..) | Index::Symbol(_));
        text.push("[", Level::Base);
        let between = match (&row, &column) {
            (Index::Nothing, _) | (_, Index::Nothing) => "",
            _ if looks => " → ",
            _ => ", ",
        };
        row.write(&mut text);
        text.push(between, Level::Base);
        column.write(&mut text);
        text.push("]", Level::Base);
        text
    }
}

fn written(token: &str) -> String {
    let written = shortened(&visible_token(token), LETTERS);
    // a comma between brackets would be read as the comma of an index
    if written.chars().all(|letter| letter.is_ascii_punctuation()) {
        let mark = if written.contains('\'') { '"' } else { '\'' };
        format!("{mark}{written}{mark}")
    } else {
        written
    }
}

impl Index {
    fn write(self, text: &mut RichText) {
        match self {
            Self::Nothing => {}
            Self::Number(at) => text.push(at.to_string(), Level::Base),
            Self::Token(token, at) => {
                text.push(token, Level::Base);
                text.push(at.to_string(), Level::Sub);
            }
            Self::Symbol(symbol) => text.push(symbol, Level::Base),
        }
    }
}

/// Digits behind the point that formulas begin with, and the most that they go to.
pub const DIGITS: std::ops::RangeInclusive<usize> = 3..=6;

/// A number at so many digits, with the sign that typesetters use.
pub fn number_at(value: f64, digits: usize) -> String {
    if value == f64::NEG_INFINITY {
        return "−∞".to_owned();
    }
    let text = format!("{:.digits$}", value.abs());
    // no minus before what is shown as nothing
    let nothing = text.chars().all(|c| matches!(c, '0' | '.'));
    if value < 0.0 && !nothing {
        format!("−{text}")
    } else {
        text
    }
}

/// The same in brackets where it is negative: behind an operator.
pub fn bracketed_at(value: f64, digits: usize) -> String {
    let text = number_at(value, digits);
    if text.starts_with('−') {
        format!("({text})")
    } else {
        text
    }
}

/// A number as it reads at so many digits.
pub fn rounded(value: f64, digits: usize) -> f64 {
    // by way of the text, so that both round alike
    format!("{value:.digits$}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_signs_and_brackets() {
        assert_eq!(number_at(-1.2345, 3), "−1.234");
        assert_eq!(number_at(-0.0004, 3), "0.000");
        assert_eq!(bracketed_at(-0.5, 3), "(−0.500)");
        assert_eq!(bracketed_at(0.5, 4), "0.5000");
        assert_eq!(number_at(f64::NEG_INFINITY, 3), "−∞");
    }

    #[test]
    fn a_number_is_rounded_as_it_is_written() {
        for value in [0.9004, -0.0005, 1.2345, 0.12345, 7.0005] {
            for digits in DIGITS {
                let text = number_at(value, digits).replace('−', "-");
                let read: f64 = text.parse().unwrap();
                assert!(
                    (read - rounded(value, digits)).abs() < 1e-9,
                    "{value} at {digits}"
                );
            }
        }
    }
}
