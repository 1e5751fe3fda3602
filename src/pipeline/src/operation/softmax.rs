//! Softmax: each row becomes shares that add up to 1, by exp, sum, divide.

use ndarray::{Array2, ArrayView2, Axis};

use super::{
    Cell, Combination, Dependency, InnerStep, Made, Operation, OperationKind, Saying, Size, Term,
    TermForm, Terms, output_row, read,
};
use crate::colour::Quantity;
use crate::motion::{MotionKind, Origin, Wave};
use crate::operand::Operand;
use crate::pass::select;
use crate::placement::Placement;
use crate::rich_text::RichText;
use crate::staging::{Heights, Staging};
use crate::timeline::Window;

/// `softmax(input)`, row by row.
#[derive(Clone, Debug)]
pub struct Softmax {
    /// Scores, −∞ where masked
    pub input: Operand,
    /// Shares, 0…1
    pub output: Operand,
}

/// Shares of the softmax's time at which the sum and the division begin.
const SUM_FROM: f32 = 1.0 / 3.0;
const DIVIDE_FROM: f32 = 2.0 / 3.0;

/// How the formulas name rows and columns: of a head's scores as tokens that look at tokens, of one row of logits by
/// the token alone.
struct Symbols {
    /// `[i → j]`
    row: &'static str,
    /// A number of the input.
    x: String,
    /// Another of the same row.
    other: String,
    /// The letter of the column.
    j: &'static str,
    /// The largest number of the row.
    m: &'static str,
}

impl Symbols {
    fn of(softmax: &Softmax) -> Self {
        let x = softmax.input.name().markup();
        if softmax.input.head.is_some() {
            Self {
                row: "[i → j]",
                other: format!("{x}[i → k]"),
                x: format!("{x}[i → j]"),
                j: "j",
                m: "m_{i}",
            }
        } else {
            Self {
                row: "[t]",
                other: format!("{x}[k]"),
                x: format!("{x}[t]"),
                j: "t",
                m: "m",
            }
        }
    }
}

/// `exp(x − max)` of each row: the numbers before the division. The largest is 1; −∞ gives 0.
fn exponentials(input: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut exponentials = input.to_owned();
    for mut row in exponentials.rows_mut() {
        let most = row.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
        row.mapv_inplace(|x| (x - most).exp());
    }
    exponentials
}

impl Operation for Softmax {
    fn kind(&self) -> OperationKind {
        OperationKind::Softmax
    }

    fn inputs(&self) -> Vec<Operand> {
        vec![self.input]
    }

    fn output(&self) -> Operand {
        self.output
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        let exponentials = exponentials(inputs[0]);
        let sums = exponentials.sum_axis(Axis(1)).insert_axis(Axis(1));
        vec![exponentials / sums]
    }

    fn dependencies(&self, inputs: &[Size], _: Made, cell: Cell) -> Vec<Dependency> {
        Dependency::row(0, cell.row, inputs.first().map_or(0, |size| size.columns)).collect()
    }

    fn dependents(&self, inputs: &[Size], of: Dependency) -> Vec<(Made, Cell)> {
        let columns = inputs.first().map_or(0, |size| size.columns);
        output_row(of.cell.row, columns)
    }

    fn dependents_of_step(&self, inputs: &[Size], _: InnerStep, cell: Cell) -> Vec<(Made, Cell)> {
        let columns = inputs.first().map_or(0, |size| size.columns);
        output_row(cell.row, columns)
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], made: Made, cell: Cell) -> Terms {
        let columns = inputs.first().map_or(0, ArrayView2::ncols);
        let row = (0..columns).map(|column| read(inputs, 0, self.input, (cell.row, column)));
        let most = row.clone().fold(f32::NEG_INFINITY, |a, x| a.max(x.value));
        let form = TermForm::Exponential { most };
        let exponentials = row.map(|cell| Term { cell, form });
        match made {
            Made::Step(InnerStep::Exponential) => Terms::new(
                exponentials.skip(cell.column).take(1).collect(),
                Combination::Same,
            ),
            Made::Step(_) => Terms::new(exponentials.collect(), Combination::Sum),
            Made::Output | Made::Side(_) => {
                let of = cell.column;
                Terms::new(exponentials.collect(), Combination::Share { of })
            }
        }
    }

    fn symbols(&self) -> RichText {
        let Symbols {
            row, x, other, m, ..
        } = Symbols::of(self);
        RichText::parse(&format!(
            "{}{row} = exp({x} − {m}) / Σ_{{k}} exp({other} − {m})",
            self.output.name().markup()
        ))
    }

    fn words(&self) -> String {
        "Softmax makes shares that add up to 1 of each row: exp of each number less the row's largest, divided by the sum of all."
            .to_owned()
    }

    fn sayings(&self) -> Vec<Saying> {
        let Symbols { x, j, m, .. } = Symbols::of(self);
        let rows = self.input.head.is_some();
        let saying = |from, words: &str, symbols: RichText, made| Saying {
            from,
            words: words.to_owned(),
            symbols,
            makes: Some(made),
        };
        let exp = format!("exp({x} − {m}),   {m} = the largest of the row");
        let sum = format!("Σ_{{{j}}} exp({x} − {m})");
        vec![
            saying(
                0.0,
                if rows {
                    "Softmax, first exp: each row's largest number is subtracted, so that exp cannot overflow (the shares stay the same); what is masked, −∞, becomes exactly 0."
                } else {
                    "Softmax, first exp: the largest number is subtracted, so that exp cannot overflow; the shares stay the same."
                },
                RichText::parse(&exp),
                Made::Step(InnerStep::Exponential),
            ),
            saying(
                SUM_FROM,
                if rows {
                    "Then each row is summed."
                } else {
                    "Then the row is summed."
                },
                RichText::parse(&sum),
                Made::Step(InnerStep::RowSum),
            ),
            saying(
                DIVIDE_FROM,
                if rows {
                    "Then each number is divided by its row's sum: shares that add up to 1."
                } else {
                    "Then each number is divided by the sum: shares that add up to 1."
                },
                self.symbols(),
                Made::Output,
            ),
        ]
    }

    fn worked(&self, made: Made, Size { rows, columns }: Size, _: (usize, usize)) -> Cell {
        let column = match made {
            Made::Step(InnerStep::RowSum) => 0,
            _ => columns / 2,
        };
        Cell::new(rows.saturating_sub(1), column)
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        let Some(group) = staging.group_of(self.input) else {
            return;
        };
        // the largest and the sum are those of the whole row, shown or not
        let Some(whole) = staging.pass().view(self.input) else {
            return;
        };
        let whole = exponentials(whole.view());
        let values = staging.shown_of(self.input, &whole);
        let rows = staging.parts().of(self.input).0.clone();
        let sums = whole.sum_axis(Axis(1)).insert_axis(Axis(1));
        let sums = select(sums.view(), &rows, &None);
        let (exp, sum, divide) = (
            window.part(0.0, SUM_FROM),
            window.part(SUM_FROM, DIVIDE_FROM),
            window.part(DIVIDE_FROM, 1.0),
        );
        let wave = Wave::diagonal(exp.start, exp.end);
        // the largest is 1
        staging.raise(group, &values, Heights::Shares(1.0), wave);
        let relative = staging.scale_of_quantity(Quantity::Exponential);
        staging.step_inside(group, InnerStep::Exponential, (values, relative), wave);
        // the row is reduced to its sum beside it, which then divides every cell of the row
        let columns = staging.size(group).columns;
        let from = staging.placement(group);
        let place = Placement {
            origin: from.position(0, columns.saturating_sub(1)) + from.right * 1.3,
            ..from
        };
        let sums = (sums, staging.scale_of_quantity(Quantity::ExponentialSum));
        let sums = staging.aside(Some(InnerStep::RowSum), sums, place);
        staging.rows_of(sums, rows);
        // the head above it and the line of numbers say of what
        staging.short_name(sums, "Σ");
        staging.add(
            sums,
            MotionKind::Arrive(Wave::rows(sum.start, sum.end), Origin::Row(from, columns)),
        );
        staging.add(
            sums,
            MotionKind::Disappear(Wave::rows(divide.part(0.5, 1.0).start, divide.end)),
        );
        let shares = staging.values_of(self.output);
        let wave = Wave::rows(divide.start, divide.end);
        staging.raise(group, &shares, Heights::of_shares(&shares), wave);
        staging.transform(self.input, self.output, wave);
    }
}
