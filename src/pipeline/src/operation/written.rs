//! How the terms of a cell are written in a line: so many of them as there is room for, with as many digits as it
//! takes for the numbers that are written to make the number behind them.

use orrery_model::Activation;

use super::terms::{Combination, Term, TermForm, Terms, Why};
use crate::notation::{DIGITS, Notation, bracketed_at, number_at, rounded};
use crate::rich_text::{Level, RichText};

impl Term {
    /// As a formula writes it: `0.310·(−1.200)`.
    pub fn text(&self) -> String {
        self.text_at(3)
    }

    /// The same with so many digits behind the point.
    fn text_at(&self, digits: usize) -> String {
        let write = |value: f32| number_at(f64::from(value), digits);
        let bracketed = |value: f32| bracketed_at(f64::from(value), digits);
        let x = write(self.cell.value);
        match self.form {
            TermForm::Number => x,
            TermForm::Product(other) => format!("{x}·{}", bracketed(other.value)),
            TermForm::Exponential { most } => format!("exp({x} − {})", bracketed(most)),
            TermForm::SquaredDistance { mean } => format!("({x} − {})²", bracketed(mean)),
        }
    }

    /// The same behind an operator: a number with a minus stands in brackets.
    fn behind_at(&self, digits: usize) -> String {
        let text = self.text_at(digits);
        match (self.form, text.starts_with('−')) {
            (TermForm::Number, true) => format!("({text})"),
            (TermForm::Product(other), true) => format!(
                "({})·{}",
                number_at(f64::from(self.cell.value), digits),
                bracketed_at(f64::from(other.value), digits)
            ),
            _ => text,
        }
    }

    /// What it adds up to if its numbers are those that are written with so many digits.
    fn value_at(&self, digits: usize) -> f64 {
        let read = |value: f32| rounded(f64::from(value), digits);
        let x = read(self.cell.value);
        match self.form {
            TermForm::Number => x,
            TermForm::Product(other) => x * read(other.value),
            TermForm::Exponential { most } => (x - read(most)).exp(),
            TermForm::SquaredDistance { mean } => (x - read(mean)).powi(2),
        }
    }
}

/// So many terms of a long sum stand in a formula on screen.
const MOST_WRITTEN: usize = 3;

impl Terms {
    /// The terms with a plus between them: of those that are alike the first few, with a note of how many there
    /// are in all.
    fn sum_at(&self, digits: usize) -> String {
        let form = |term: &Term| std::mem::discriminant(&term.form);
        let first = self.all.first().map(form);
        let alike = self.all.iter().take_while(|term| Some(form(term)) == first);
        let alike = alike.count();
        // leaving out one term would save no room
        let shown = if alike <= MOST_WRITTEN + 1 {
            alike
        } else {
            MOST_WRITTEN
        };
        let write = |(at, term): (usize, &Term)| match at {
            0 => term.text_at(digits),
            _ => term.behind_at(digits),
        };
        let mut texts: Vec<String> = self.all[..shown].iter().enumerate().map(write).collect();
        if shown < alike {
            texts.push(format!("… ({alike} terms)"));
        }
        texts.extend(self.all[alike..].iter().map(|term| term.behind_at(digits)));
        texts.join(" + ")
    }

    /// Whether every term is written.
    fn is_written_whole(&self) -> bool {
        let form = |term: &Term| std::mem::discriminant(&term.form);
        let first = self.all.first().map(form);
        let alike = self.all.iter().take_while(|term| Some(form(term)) == first);
        alike.count() <= MOST_WRITTEN + 1
    }

    /// What the numbers that are written with so many digits make together; none where not all are written, or
    /// where they make no number.
    fn combined_at(&self, digits: usize) -> Option<f64> {
        let value = |at: usize| self.all.get(at).map(|term| term.value_at(digits));
        let total = || {
            self.all
                .iter()
                .map(|term| term.value_at(digits))
                .sum::<f64>()
        };
        let read = |value: f32| rounded(f64::from(value), digits);
        Some(match &self.combination {
            Combination::Same => value(0)?,
            Combination::Sum if self.is_written_whole() => total(),
            Combination::RunningSum => read(self.before_last()) + value(self.all.len() - 1)?,
            Combination::Quotient { divisor, .. } if self.is_written_whole() => {
                total() / f64::from(*divisor)
            }
            Combination::Activation(function) => {
                f64::from(super::activation::apply(*function, value(0)? as f32))
            }
            Combination::Share { of } => value(*of)? / read(self.total()),
            Combination::Normalised { epsilon } => {
                let even = (value(0)? - value(1)?) / (value(2)? + f64::from(*epsilon)).sqrt();
                even * value(3).unwrap_or(1.0) + value(4).unwrap_or(0.0)
            }
            _ => return None,
        })
    }

    /// The sum of all terms but the last.
    fn before_last(&self) -> f32 {
        let before = self.all.split_last().map_or(&[][..], |(_, before)| before);
        before
            .iter()
            .map(|term| f64::from(term.value()))
            .sum::<f64>() as f32
    }

    /// With how many digits the value is written: as few as let it be told from 0.
    fn digits_of(value: f64) -> usize {
        let seen =
            |&digits: &usize| value == 0.0 || !value.is_finite() || rounded(value, digits) != 0.0;
        DIGITS.into_iter().find(seen).unwrap_or(*DIGITS.end())
    }

    /// With how many digits the terms are written and with how many the value, and whether the terms as they are written
    /// make the value as it is written: where even the most digits do not, the formula says “about”.
    pub fn digits(&self, value: f32) -> (usize, usize, bool) {
        let value = f64::from(value);
        let shown = Self::digits_of(value);
        let agree = |&digits: &usize| {
            let made = self.combined_at(digits);
            made.is_none_or(|made| rounded(made, shown) == rounded(value, shown))
        };
        match (shown..=*DIGITS.end()).find(agree) {
            Some(digits) => (digits, shown, true),
            None => (*DIGITS.end(), shown, false),
        }
    }

    /// What stands behind the cell's name in a formula: the arithmetic, as there is room for on screen, and the
    /// value at its end.
    pub fn written(&self, value: f32, notation: Notation<'_>) -> RichText {
        let (digits, shown, exact) = self.digits(value);
        let mut text = RichText::plain(if exact { " = " } else { " ≈ " });
        let right = self.right_side(digits, notation);
        let value = number_at(f64::from(value), shown);
        match self.combination {
            // nothing but the number itself
            Combination::Drawn { .. } => text.append(right),
            Combination::Excluded { .. } => {
                text.push(format!("{value},  because "), Level::Base);
                text.append(right);
            }
            _ if right.is_empty() => text.push(value, Level::Base),
            _ => {
                text = RichText::plain(" = ");
                text.append(right);
                text.push(if exact { " = " } else { " ≈ " }, Level::Base);
                text.push(value, Level::Base);
            }
        }
        text
    }

    fn right_side(&self, digits: usize, notation: Notation<'_>) -> RichText {
        let text = |at: usize| {
            let term = self.all.get(at);
            term.map_or_else(String::new, |term| term.text_at(digits))
        };
        let behind = |at: usize| {
            let term = self.all.get(at);
            term.map_or_else(String::new, |term| term.behind_at(digits))
        };
        RichText::plain(match &self.combination {
            Combination::Same => {
                return self
                    .all
                    .first()
                    .filter(|term| term.form == TermForm::Number)
                    .map_or_else(
                        || RichText::plain(text(0)),
                        |term| notation.cell(term.cell.operand, term.cell.cell),
                    );
            }
            Combination::Sum => self.sum_at(digits),
            Combination::RunningSum => {
                let before = number_at(f64::from(self.before_last()), digits);
                let last = self.all.len().saturating_sub(1);
                format!("{before} + {}", behind(last))
            }
            Combination::Quotient { written, .. } if self.all.len() == 1 => {
                format!("{} / {written}", text(0))
            }
            Combination::Quotient { written, .. } => {
                format!("({}) / {written}", self.sum_at(digits))
            }
            Combination::Activation(Activation::Relu) => format!("max(0, {})", text(0)),
            Combination::Activation(Activation::GeluErf | Activation::GeluTanh) => {
                format!("GELU({})", text(0))
            }
            Combination::Share { of } => {
                format!(
                    "{} / {}",
                    text(*of),
                    number_at(f64::from(self.total()), digits)
                )
            }
            Combination::Normalised { .. } => {
                let scale = self.all.get(3).map(|_| format!(" · {}", behind(3)));
                let shift = self.all.get(4).map(|_| format!(" + {}", behind(4)));
                format!(
                    "({} − {})/√({} + ε){}{}",
                    text(0),
                    behind(1),
                    text(2),
                    scale.unwrap_or_default(),
                    shift.unwrap_or_default()
                )
            }
            Combination::Excluded { why } => {
                return match *why {
                    Why::Later { looks, at } => {
                        let mut text = notation.token(at);
                        text.push(" comes after ", Level::Base);
                        text.append(notation.token(looks));
                        text
                    }
                    Why::NotDrawn(id) => RichText::plain(format!(
                        "{} is not among the tokens that are drawn from",
                        notation.symbol(id)
                    )),
                };
            }
            Combination::Drawn { value } => number_at(f64::from(*value), 4),
        })
    }
}
