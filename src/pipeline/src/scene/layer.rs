//! The numbers that a group of cells shows, and whose they are.

use ndarray::Array2;
use orrery_model::{BlockTensor, TensorId};

use crate::colour::{Scale, Tint};
use crate::operand::{Operand, Source};
use crate::operation::InnerStep;
use crate::part::Shown;
use crate::rich_text::RichText;
use crate::scene::group::whole_index;

/// Whose numbers a layer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// Those of a matrix.
    Matrix(Operand),
    /// Those of a matrix a second time: cells that fly, walk or are repeated while an operation runs.
    Copy(Operand),
    /// Those of a step inside an operation, which is given as an index into the operations of the program of the
    /// group's pass.
    Step(usize, InnerStep),
    /// Nobody's: it marks a place in the picture.
    Mark,
}

/// One set of numbers that a group shows, on its scale.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Whose numbers they are.
    pub shows: Shows,
    /// The numbers `[rows, columns]`.
    pub values: Array2<f32>,
    /// Their scale.
    pub scale: Scale,
    /// Cells that are masked although they hold a number: shares that are 0 because their score was −∞
    /// `[rows, columns]`; none where no cell is.
    pub masked: Option<Array2<bool>>,
}

impl Layer {
    /// The shown rows and columns of a matrix. Attention shares of later tokens are 0 because their scores were masked:
    /// they look masked.
    pub fn of_matrix(
        operand: Operand,
        values: Array2<f32>,
        scale: Scale,
        (rows, columns): (&Shown, &Shown),
    ) -> Self {
        let attention = matches!(
            operand.source,
            Source::Value(TensorId::Block(_, BlockTensor::Attention))
        );
        let later = |(row, column)| whole_index(columns, column) > whole_index(rows, row);
        let masked = attention.then(|| Array2::from_shape_fn(values.dim(), later));
        Self {
            shows: Shows::Matrix(operand),
            values,
            scale,
            masked,
        }
    }

    /// The matrix whose numbers they are; none for steps inside an operation and for copies.
    pub fn operand(&self) -> Option<Operand> {
        match self.shows {
            Shows::Matrix(operand) => Some(operand),
            Shows::Copy(_) | Shows::Step(..) | Shows::Mark => None,
        }
    }

    /// What the step inside an operation is called.
    pub fn step_name(&self) -> Option<RichText> {
        match self.shows {
            Shows::Step(_, step) => Some(step.name()),
            Shows::Matrix(_) | Shows::Copy(_) | Shows::Mark => None,
        }
    }

    /// The tint of one cell.
    pub fn tint(&self, row: usize, column: usize) -> Tint {
        let value = self.values.get((row, column)).copied();
        let mut tint = self.scale.tint(value.unwrap_or(f32::NAN));
        let masked = self.masked.as_ref();
        if masked.is_some_and(|masked| masked.get((row, column)) == Some(&true)) {
            (tint.coordinate, tint.masked) = (0.0, true);
        }
        tint
    }
}
