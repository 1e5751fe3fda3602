//! The operation table: one file for each operation of a GPT, and that file is the only place that
//! knows its operands, its arithmetic, its formula, what depends on what, and how it moves.
//! What belongs to a whole stage (where matrices stand, what is framed) does not live here.

mod activation;
mod add;
mod concat;
mod draw;
mod keep;
mod layer_norm;
mod likeliest;
mod look_up;
mod mask;
mod matrix_product;
mod pass_on;
mod scale;
mod softmax;
mod split_heads;
mod temper;
mod terms;
mod written;

use std::fmt;

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::notation::Notation;
use crate::operand::Operand;
use crate::pass::Pass;
use crate::rich_text::RichText;
use crate::staging::Staging;
use crate::timeline::Window;

pub use activation::ActivationFunction;
pub use add::Add;
pub use concat::Concat;
pub use draw::{BAR_HEIGHT, DrawToken, STRIP_HEIGHT, under_strip};
pub use keep::Keep;
pub use layer_norm::LayerNorm;
pub use likeliest::{LIKELIEST_HEIGHT, Likeliest, likeliest};
pub use look_up::LookUp;
pub use mask::Mask;
pub use matrix_product::MatrixProduct;
pub use pass_on::PassOn;
pub use scale::ScaleScores;
pub use softmax::Softmax;
pub use split_heads::SplitHeads;
pub use temper::Temper;
pub use terms::{CellValue, Combination, Term, TermForm, Terms, Why};

/// The size of a matrix, or of the part of it that is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Size {
    /// How many.
    pub rows: usize,
    /// How many.
    pub columns: usize,
}

impl Size {
    /// Rows, columns.
    pub const fn new(rows: usize, columns: usize) -> Self {
        Self { rows, columns }
    }

    /// How many cells.
    pub const fn cells(self) -> usize {
        self.rows * self.columns
    }

    /// The size of the matrix laid on its side.
    #[must_use]
    pub const fn transposed(self) -> Self {
        Self::new(self.columns, self.rows)
    }
}

/// From ndarray's `dim()`.
impl From<(usize, usize)> for Size {
    fn from((rows, columns): (usize, usize)) -> Self {
        Self { rows, columns }
    }
}

/// A cell of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    /// From 0, from above.
    pub row: usize,
    /// From 0, from the left.
    pub column: usize,
}

impl Cell {
    /// Row, column.
    pub fn new(row: usize, column: usize) -> Self {
        Self { row, column }
    }
}

/// A cell that took part in making another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dependency {
    /// Index into [`Operation::inputs`].
    pub input: usize,
    /// The cell of that input.
    pub cell: Cell,
}

impl Dependency {
    fn new(input: usize, row: usize, column: usize) -> Self {
        Self {
            input,
            cell: Cell { row, column },
        }
    }

    /// A whole row of an input.
    fn row(input: usize, row: usize, columns: usize) -> impl Iterator<Item = Self> {
        (0..columns).map(move |column| Self::new(input, row, column))
    }
}

/// A step on the way to an operation's output: numbers that have no name in the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InnerStep {
    /// `exp(x − max)` of each number of a row, before the softmax divides. The largest is 1; −∞ gives 0.
    Exponential,
    /// The sum of those of each row `[rows, 1]`.
    RowSum,
    /// `(x − μ)/√(σ² + ε)`, before γ scales and β shifts.
    Normalised,
    /// The random number of the draw `[1, 1]`.
    RandomNumber,
}

impl InnerStep {
    /// What it is called on the stage.
    pub fn name(self) -> RichText {
        RichText::parse(match self {
            Self::Exponential => "exp",
            Self::RowSum => "Σ exp",
            Self::Normalised => "(x − μ)/σ",
            Self::RandomNumber => "u",
        })
    }
}

/// What of an operation a cell belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Made {
    /// [`Operation::output`].
    Output,
    /// One of [`Operation::side_outputs`], by its place among them.
    Side(usize),
    /// A step on the way.
    Step(InnerStep),
}

/// The arithmetic that made one cell, with the real numbers in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    /// What of the operation the cell belongs to.
    pub made: Made,
    /// Its row and column in the whole matrix, or in the whole of the step.
    pub at: Cell,
    /// The cell's name: `Q[h₂, 9]`.
    pub cell: RichText,
    /// What is computed.
    pub terms: Terms,
    /// The cell's value.
    pub value: f32,
    /// The whole line: name, arithmetic, value.
    pub line: RichText,
    /// What the terms give, where a change to the run then put another value there.
    pub computed: Option<f32>,
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line.fmt(f)
    }
}

/// What is said while an operation runs, or while one of its steps does.
#[derive(Clone, Debug, PartialEq)]
pub struct Saying {
    /// The share of the operation's time at which it begins, 0…1; it ends where the next begins.
    pub from: f32,
    /// A plain sentence or two.
    pub words: String,
    /// The formula in symbols.
    pub symbols: RichText,
    /// What is being made meanwhile: a number of it is worked out on screen. None where no number is.
    pub makes: Option<Made>,
}

/// The kinds of operation, as `assets/pacing.ron` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OperationKind {
    /// Rows of a table by token or position.
    LookUp,
    /// Sum of two matrices.
    Add,
    /// A·B, perhaps with a bias.
    MatrixProduct,
    /// Columns shared out to the heads.
    SplitHeads,
    /// Division by √d_head.
    Scale,
    /// No looking ahead.
    Mask,
    /// exp, sum, divide.
    Softmax,
    /// Heads side by side.
    Concat,
    /// Mean, variance, scale and shift.
    LayerNorm,
    /// ReLU or GELU.
    Activation,
    /// The same numbers under a new name.
    PassOn,
    /// Division by the temperature.
    Temper,
    /// top-k and top-p.
    Keep,
    /// The draw along the cumulative bar.
    Draw,
    /// The few tokens that are likeliest.
    Likeliest,
}

impl OperationKind {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::LookUp,
        Self::Add,
        Self::MatrixProduct,
        Self::SplitHeads,
        Self::Scale,
        Self::Mask,
        Self::Softmax,
        Self::Concat,
        Self::LayerNorm,
        Self::Activation,
        Self::PassOn,
        Self::Temper,
        Self::Keep,
        Self::Draw,
        Self::Likeliest,
    ];
}

/// One operation of one model: everything that is known of it.
pub trait Operation: fmt::Debug + Send + Sync {
    /// Its kind.
    fn kind(&self) -> OperationKind;

    /// The matrices that go in.
    fn inputs(&self) -> Vec<Operand>;

    /// The matrix that comes out.
    fn output(&self) -> Operand;

    /// Matrices that come out beside it and are shown too (mean, variance).
    fn side_outputs(&self) -> Vec<Operand> {
        Vec::new()
    }

    /// The arithmetic: the output, then the side outputs, from the inputs.
    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>>;

    /// Everything it makes that has a name, in the order of [`Operation::evaluate`].
    fn outputs(&self) -> Vec<(Made, Operand)> {
        let sides = self.side_outputs().into_iter().enumerate();
        std::iter::once((Made::Output, self.output()))
            .chain(sides.map(|(at, operand)| (Made::Side(at), operand)))
            .collect()
    }

    /// The input cells that made a cell. `inputs` gives each input's size.
    fn dependencies(&self, inputs: &[Size], made: Made, cell: Cell) -> Vec<Dependency>;

    /// The other way round: the cells of its output and side outputs that an input cell takes part in.
    fn dependents(&self, inputs: &[Size], of: Dependency) -> Vec<(Made, Cell)>;

    /// The same for a cell of a step on the way.
    fn dependents_of_step(
        &self,
        _inputs: &[Size],
        _step: InnerStep,
        _cell: Cell,
    ) -> Vec<(Made, Cell)> {
        Vec::new()
    }

    /// The arithmetic of one cell, with the numbers in it. What it costs grows with the cell's own terms, not
    /// with the matrix.
    fn terms(&self, inputs: &[ArrayView2<'_, f32>], made: Made, cell: Cell) -> Terms;

    /// The formula in symbols.
    fn symbols(&self) -> RichText;

    /// What happens, in a plain sentence or two.
    fn words(&self) -> String;

    /// What stands behind a cell's name in its formula: the arithmetic of these terms, and the value.
    fn write(&self, terms: &Terms, _made: Made, value: f32, notation: Notation<'_>) -> RichText {
        terms.written(value, notation)
    }

    /// Moves what stands on the stage. Operands that the stage has not placed stay still.
    fn choreograph(&self, staging: &mut Staging<'_>, window: Window);

    /// What is said while it runs, step by step.
    fn sayings(&self) -> Vec<Saying> {
        vec![Saying {
            from: 0.0,
            words: self.words(),
            symbols: self.symbols(),
            makes: Some(Made::Output),
        }]
    }

    /// The cell whose number is worked out on screen as the `nth` of `count` while this is made; the size
    /// is that of what is shown of it. By itself the last row, which decides what comes next, and columns at equal
    /// distances.
    fn worked(
        &self,
        _made: Made,
        Size { rows, columns }: Size,
        (nth, count): (usize, usize),
    ) -> Cell {
        let column = (2 * nth + 1) * columns / (2 * count.max(1));
        Cell::new(
            rows.saturating_sub(1),
            column.min(columns.saturating_sub(1)),
        )
    }
}

/// A number as formulas show it: sign, three decimals.
pub fn number(value: f32) -> String {
    crate::notation::number_at(f64::from(value), *crate::notation::DIGITS.start())
}

/// A cell of an operation's input, with its number.
fn read(
    inputs: &[ArrayView2<'_, f32>],
    input: usize,
    operand: Operand,
    (row, column): (usize, usize),
) -> CellValue {
    let values = inputs.get(input);
    CellValue {
        operand,
        cell: Cell::new(row, column),
        value: values
            .and_then(|values| values.get((row, column)))
            .copied()
            .unwrap_or(f32::NAN),
    }
}

/// The same cell of the output: what an operation that works number by number makes of an input cell.
fn same_cell(of: Dependency) -> Vec<(Made, Cell)> {
    vec![(Made::Output, of.cell)]
}

/// A whole row of the output.
fn output_row(row: usize, columns: usize) -> Vec<(Made, Cell)> {
    let cells = (0..columns).map(|column| Cell::new(row, column));
    cells.map(|cell| (Made::Output, cell)).collect()
}

/// A whole column of the output.
fn output_column(column: usize, rows: usize) -> Vec<(Made, Cell)> {
    let cells = (0..rows).map(|row| Cell::new(row, column));
    cells.map(|cell| (Made::Output, cell)).collect()
}

/// The formula of one cell of what an operation makes, with the numbers of a pass. None where there is no such
/// cell.
pub fn formula(operation: &dyn Operation, pass: &Pass, made: Made, at: Cell) -> Option<Formula> {
    let inputs = operation.inputs().into_iter().map(|input| pass.view(input));
    let inputs = inputs.collect::<Option<Vec<_>>>()?;
    let views: Vec<_> = inputs.iter().map(|input| input.view()).collect();
    let terms = operation.terms(&views, made, at);
    let notation = Notation::of(pass);
    let of = |operand: Operand| {
        let value = pass.view(operand)?.get((at.row, at.column)).copied()?;
        Some((notation.cell(operand, at), value))
    };
    let (cell, value) = match made {
        Made::Output => of(operation.output())?,
        Made::Side(side) => of(*operation.side_outputs().get(side)?)?,
        Made::Step(step) => {
            let value = terms.combined();
            let row_alone = step == InnerStep::RowSum;
            let mut cell = match step {
                InnerStep::RandomNumber => step.name(),
                _ => notation.named_cell(step.name(), operation.output(), at),
            };
            if row_alone {
                cell = notation.row(step.name(), operation.output(), at.row);
            }
            (cell, value)
        }
    };
    let mut line = cell.clone();
    line.append(operation.write(&terms, made, value, notation));
    Some(Formula {
        made,
        at,
        cell,
        terms,
        value,
        line,
        computed: None,
    })
}
