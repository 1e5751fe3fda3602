//! The arithmetic that made one cell: every term with its number and the cell it came from, and how the terms
//! combine. How they are written is the business of `written`; nothing here is computed over a whole matrix.

use orrery_model::Activation;

use super::Cell;
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
}

/// Why a cell is −∞.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The mask: the second token comes after the first.
    Later {
        /// The place of the token that looks.
        looks: usize,
        /// The place of the token that it may not see.
        at: usize,
    },
    /// The token with this id is not among those that are drawn from.
    NotDrawn(usize),
}

/// How the terms of a cell make its number.
#[derive(Clone, Debug, PartialEq)]
pub enum Combination {
    /// The only term is the number.
    Same,
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
        why: Why,
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
            Self::Same => "same",
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

impl Terms {
    /// These terms, so combined.
    pub(super) fn new(all: Vec<Term>, combination: Combination) -> Self {
        Self { all, combination }
    }

    /// No terms: of a cell that is not there.
    pub(super) fn nothing() -> Self {
        Self::new(Vec::new(), Combination::Same)
    }

    /// The number of one cell, unchanged.
    pub(super) fn same(cell: CellValue) -> Self {
        Self::new(vec![Term::number(cell)], Combination::Same)
    }

    pub(super) fn value(&self, at: usize) -> f32 {
        self.all.get(at).map_or(f32::NAN, Term::value)
    }

    pub(super) fn total(&self) -> f32 {
        let total: f64 = self.all.iter().map(|term| f64::from(term.value())).sum();
        total as f32
    }

    /// The number that the terms make.
    pub fn combined(&self) -> f32 {
        match &self.combination {
            Combination::Same => self.value(0),
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
}
