//! The arithmetic that made one cell: every term with its number and the cell it came from, and how the terms
//! combine. What a formula on screen says is cut from it; nothing here is computed over a whole matrix.

use orrery_model::Activation;

use super::{Cell, number};
use crate::operand::Operand;

/// A cell of a matrix with its number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellValue {
    /// The matrix.
    pub operand: Operand,
    /// Its row and column in the whole matrix.
    pub cell: Cell,
    /// The number in it.
    pub value: f32,
}

/// What a term does with the number of its cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TermForm {
    /// Takes it as it is.
    Number,
    /// Multiplies it by that of another cell.
    Product(CellValue),
    /// `exp(x − most)`, where `most` is the largest of its row.
    Exponential {
        /// The largest number of the row.
        most: f32,
    },
    /// `(x − μ)²`.
    SquaredDistance {
        /// μ, the mean of the row.
        mean: f32,
    },
}

/// One term in the making of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// The cell from which it comes.
    pub cell: CellValue,
    /// What it does with that cell's number.
    pub form: TermForm,
}

impl Term {
    /// The number of a cell as it is.
    pub(super) fn number(cell: CellValue) -> Self {
        Self {
            cell,
            form: TermForm::Number,
        }
    }

    /// What it adds up to.
    pub fn value(&self) -> f32 {
        let x = self.cell.value;
        match self.form {
            TermForm::Number => x,
            TermForm::Product(other) => x * other.value,
            TermForm::Exponential { most } => (x - most).exp(),
            TermForm::SquaredDistance { mean } => (x - mean) * (x - mean),
        }
    }

    /// The cells from which it comes.
    pub fn cells(&self) -> impl Iterator<Item = CellValue> {
        let other = match self.form {
            TermForm::Product(other) => Some(other),
            _ => None,
        };
        std::iter::once(self.cell).chain(other)
    }

    /// As a formula writes it: `0.310·−1.200`.
    pub fn text(&self) -> String {
        let x = number(self.cell.value);
        match self.form {
            TermForm::Number => x,
            TermForm::Product(other) => format!("{x}·{}", number(other.value)),
            TermForm::Exponential { most } => format!("exp({x} − {})", number(most)),
            TermForm::SquaredDistance { mean } => format!("({x} − {})²", number(mean)),
        }
    }
}

/// How the terms of a cell make its number.
#[derive(Clone, Debug, PartialEq)]
pub enum Combination {
    /// The only term is the number. Where the formula names the cell it comes from, this is its matrix.
    Same {
        /// What the matrix is called there.
        matrix: Option<String>,
    },
    /// All terms added up.
    Sum,
    /// All terms added up, one after the other: what was reached before, and the last.
    RunningSum,
    /// All terms added up, and divided.
    Quotient {
        /// By this.
        divisor: f32,
        /// The divisor as the formula writes it: `√16`.
        written: String,
    },
    /// The activation function of the only term.
    Activation(Activation),
    /// One of the terms divided by the sum of all.
    Share {
        /// The place among the terms of the one that is divided.
        of: usize,
    },
    /// `(x − μ)/√(σ² + ε) · γ + β`: the terms are x, μ, σ², and γ and β where they take part.
    Normalised {
        /// ε
        epsilon: f32,
    },
    /// −∞, whatever the terms are.
    Excluded {
        /// Why.
        why: String,
    },
    /// Nothing made it but chance.
    Drawn {
        /// The random number.
        value: f32,
    },
}

impl Combination {
    /// A word for it, for machines to read.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Same { .. } => "same",
            Self::Sum => "sum",
            Self::RunningSum => "running sum",
            Self::Quotient { .. } => "quotient",
            Self::Activation(_) => "activation",
            Self::Share { .. } => "share of the sum",
            Self::Normalised { .. } => "layer norm",
            Self::Excluded { .. } => "excluded",
            Self::Drawn { .. } => "drawn",
        }
    }
}

/// All terms that made a cell, and how they combine.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// The terms, in the order of the sum.
    pub all: Vec<Term>,
    /// What they make together.
    pub combination: Combination,
}

/// So many terms of a long sum stand in a formula on screen.
const MOST_WRITTEN: usize = 3;

impl Terms {
    /// These terms, so combined.
    pub(super) fn new(all: Vec<Term>, combination: Combination) -> Self {
        Self { all, combination }
    }

    /// No terms: of a cell that is not there.
    pub(super) fn nothing() -> Self {
        Self::new(Vec::new(), Combination::Same { matrix: None })
    }

    /// The number of one cell, unchanged.
    pub(super) fn same(cell: CellValue) -> Self {
        let combination = Combination::Same { matrix: None };
        Self::new(vec![Term::number(cell)], combination)
    }

    /// The same where the formula names the cell, as one of this matrix.
    pub(super) fn same_as(matrix: String, cell: CellValue) -> Self {
        let matrix = Some(matrix);
        Self::new(vec![Term::number(cell)], Combination::Same { matrix })
    }

    fn value(&self, at: usize) -> f32 {
        self.all.get(at).map_or(f32::NAN, Term::value)
    }

    fn total(&self) -> f32 {
        let total: f64 = self.all.iter().map(|term| f64::from(term.value())).sum();
        total as f32
    }

    /// The number that the terms make.
    pub fn combined(&self) -> f32 {
        match &self.combination {
            Combination::Same { .. } => self.value(0),
            Combination::Sum | Combination::RunningSum => self.total(),
            Combination::Quotient { divisor, .. } => self.total() / divisor,
            Combination::Activation(function) => super::activation::apply(*function, self.value(0)),
            Combination::Share { of } => self.value(*of) / self.total(),
            Combination::Normalised { epsilon } => {
                let even = (self.value(0) - self.value(1)) / (self.value(2) + epsilon).sqrt();
                let [scale, shift] = [3, 4].map(|at| self.all.get(at).map(Term::value));
                even * scale.unwrap_or(1.0) + shift.unwrap_or(0.0)
            }
            Combination::Excluded { .. } => f32::NEG_INFINITY,
            Combination::Drawn { value } => *value,
        }
    }

    fn text(&self, at: usize) -> String {
        self.all.get(at).map_or_else(String::new, Term::text)
    }

    /// The terms with a plus between them: of those that are alike the first few, with a note of how many there
    /// are in all.
    fn sum(&self) -> String {
        let form = |term: &Term| std::mem::discriminant(&term.form);
        let first = self.all.first().map(form);
        let alike = self.all.iter().take_while(|term| Some(form(term)) == first);
        let alike = alike.count();
        let shown = alike.min(MOST_WRITTEN);
        let mut texts: Vec<String> = self.all[..shown].iter().map(Term::text).collect();
        if shown < alike {
            texts.push(format!("… ({alike} terms)"));
        }
        texts.extend(self.all[alike..].iter().map(Term::text));
        texts.join(" + ")
    }

    /// The arithmetic in a line, as there is room for on screen.
    pub fn short(&self) -> String {
        match &self.combination {
            Combination::Same { matrix: None } => self.text(0),
            Combination::Same { matrix: Some(name) } => {
                let cell = self.all.first().map_or(Cell::new(0, 0), |t| t.cell.cell);
                format!("{name}[{}, {}] = {}", cell.row, cell.column, self.text(0))
            }
            Combination::Sum => self.sum(),
            Combination::RunningSum => {
                let last = self.value(self.all.len().saturating_sub(1));
                let before = self.all.split_last().map_or(0.0, |(_, before)| {
                    before.iter().map(Term::value).sum::<f32>()
                });
                format!("{} + {}", number(before), number(last))
            }
            Combination::Quotient { written, .. } if self.all.len() == 1 => {
                format!("{} / {written}", self.text(0))
            }
            Combination::Quotient { written, .. } => format!("({}) / {written}", self.sum()),
            Combination::Activation(Activation::Relu) => format!("max(0, {})", self.text(0)),
            Combination::Activation(Activation::GeluErf | Activation::GeluTanh) => {
                format!("GELU({})", self.text(0))
            }
            Combination::Share { of } => format!("{} / {}", self.text(*of), number(self.total())),
            Combination::Normalised { .. } => {
                let [x, mean, variance] = [0, 1, 2].map(|at| self.text(at));
                let scale = self.all.get(3).map(|term| format!(" · {}", term.text()));
                let shift = self.all.get(4).map(|term| format!(" + {}", term.text()));
                format!(
                    "({x} − {mean})/√({variance} + ε){}{}",
                    scale.unwrap_or_default(),
                    shift.unwrap_or_default()
                )
            }
            Combination::Excluded { why } if self.all.is_empty() => why.clone(),
            Combination::Excluded { .. } => self.text(0),
            Combination::Drawn { value } => number(*value),
        }
    }
}
