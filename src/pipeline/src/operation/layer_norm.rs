//! Layer norm: each row is moved to mean 0 and variance 1, then scaled by γ and shifted by β.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2, Axis};

use super::{
    Cell, CellValue, Combination, Dependency, InnerStep, Made, Operation, OperationKind, Saying,
    Size, Term, TermForm, Terms, output_column, output_row, read,
};
use crate::motion::{MotionKind, Origin, Wave};
use crate::operand::Operand;
use crate::rich_text::RichText;
use crate::staging::Staging;
use crate::timeline::Window;

/// `(x − μ)/√(σ² + ε)·γ + β`, row by row; σ² is the mean of squares, not divided by n − 1.
#[derive(Clone, Debug)]
pub struct LayerNorm {
    /// `[tokens, d_model]`
    pub input: Operand,
    /// γ `[1, d_model]`
    pub gamma: Operand,
    /// β `[1, d_model]`
    pub beta: Option<Operand>,
    /// μ `[tokens, 1]`
    pub mean: Operand,
    /// σ² `[tokens, 1]`
    pub variance: Operand,
    /// `[tokens, d_model]`
    pub output: Operand,
    /// ε
    pub epsilon: f32,
}

/// Shares of the norm's time at which the variance, the division and the scaling begin.
const VARIANCE_FROM: f32 = 0.25;
const NORMALISE_FROM: f32 = 0.5;
const SCALE_FROM: f32 = 0.75;

/// Mean and variance of each row, as columns.
fn statistics(input: ArrayView2<'_, f32>) -> (Array2<f32>, Array2<f32>) {
    let width = input.ncols().max(1) as f32;
    let mean = input.sum_axis(Axis(1)).insert_axis(Axis(1)) / width;
    let variance = (&input - &mean)
        .mapv(|x| x * x)
        .sum_axis(Axis(1))
        .insert_axis(Axis(1))
        / width;
    (mean, variance)
}

impl LayerNorm {
    fn normalised(&self, input: ArrayView2<'_, f32>) -> Array2<f32> {
        let (mean, variance) = statistics(input);
        (&input - &mean) / (variance + self.epsilon).mapv(f32::sqrt)
    }
}

impl Operation for LayerNorm {
    fn kind(&self) -> OperationKind {
        OperationKind::LayerNorm
    }

    fn inputs(&self) -> Vec<Operand> {
        [self.input, self.gamma]
            .into_iter()
            .chain(self.beta)
            .collect()
    }

    fn output(&self) -> Operand {
        self.output
    }

    fn side_outputs(&self) -> Vec<Operand> {
        vec![self.mean, self.variance]
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        let (mean, variance) = statistics(inputs[0]);
        let scaled = self.normalised(inputs[0]) * inputs[1];
        let output = match inputs.get(2) {
            Some(beta) => scaled + beta,
            None => scaled,
        };
        vec![output, mean, variance]
    }

    fn dependencies(&self, inputs: &[Size], made: Made, cell: Cell) -> Vec<Dependency> {
        let columns = inputs.first().map_or(0, |size| size.columns);
        let mut all: Vec<Dependency> = Dependency::row(0, cell.row, columns).collect();
        if made != Made::Output {
            return all;
        }
        all.push(Dependency::new(1, 0, cell.column));
        if self.beta.is_some() {
            all.push(Dependency::new(2, 0, cell.column));
        }
        all
    }

    fn dependents(&self, inputs: &[Size], of: Dependency) -> Vec<(Made, Cell)> {
        let Size { rows, columns } = inputs.first().copied().unwrap_or_default();
        if of.input > 0 {
            return output_column(of.cell.column, rows);
        }
        let statistic = Cell::new(of.cell.row, 0);
        let mut all = output_row(of.cell.row, columns);
        all.extend([(Made::Side(0), statistic), (Made::Side(1), statistic)]);
        all
    }

    fn dependents_of_step(&self, _: &[Size], _: InnerStep, cell: Cell) -> Vec<(Made, Cell)> {
        vec![(Made::Output, cell)]
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], made: Made, cell: Cell) -> Terms {
        let Some(row) = inputs
            .first()
            .filter(|input| cell.row < input.nrows())
            .map(|input| input.row(cell.row).insert_axis(Axis(0)))
        else {
            return Terms::nothing();
        };
        let (mean, variance) = statistics(row);
        let statistic = |operand, values: &Array2<f32>| CellValue {
            operand,
            cell: Cell::new(cell.row, 0),
            value: values[(0, 0)],
        };
        if let Made::Side(which) = made {
            let form = match which {
                0 => TermForm::Number,
                _ => TermForm::SquaredDistance { mean: mean[(0, 0)] },
            };
            let cells = (0..row.ncols()).map(|column| Term {
                cell: read(inputs, 0, self.input, (cell.row, column)),
                form,
            });
            let count = Combination::Quotient {
                divisor: row.ncols() as f32,
                written: row.ncols().to_string(),
            };
            return Terms::new(cells.collect(), count);
        }
        let mut all = vec![
            read(inputs, 0, self.input, (cell.row, cell.column)),
            statistic(self.mean, &mean),
            statistic(self.variance, &variance),
        ];
        if made == Made::Output {
            all.push(read(inputs, 1, self.gamma, (0, cell.column)));
            let beta = self.beta;
            all.extend(beta.map(|beta| read(inputs, 2, beta, (0, cell.column))));
        }
        let epsilon = self.epsilon;
        let all = all.into_iter().map(Term::number).collect();
        Terms::new(all, Combination::Normalised { epsilon })
    }

    fn symbols(&self) -> RichText {
        let name = |operand: Operand| operand.name().markup();
        let beta = self.beta.map(|beta| format!(" + {}[j]", name(beta)));
        RichText::parse(&format!(
            "{}[i, j] = ({}[i, j] − μ[i])/√(σ^{{2}}[i] + ε) · {}[j]{}",
            name(self.output),
            name(self.input),
            name(self.gamma),
            beta.unwrap_or_default()
        ))
    }

    fn words(&self) -> String {
        let shift = match self.beta {
            Some(_) => "γ scales and β shifts every column",
            None => "γ scales every column",
        };
        format!(
            "Each row is centred on its mean μ and divided by its standard deviation √(σ² + ε); then {shift}."
        )
    }

    fn sayings(&self) -> Vec<Saying> {
        let x = self.input.name().markup();
        let saying = |from, words: &str, symbols: &str, made| Saying {
            from,
            words: words.to_owned(),
            symbols: RichText::parse(symbols),
            makes: Some(made),
        };
        let learned = match self.beta {
            Some(_) => "Then γ scales and β shifts every column: both are learned.",
            None => "Then γ scales every column: it is learned. This model has no β.",
        };
        vec![
            saying(
                0.0,
                "Layer norm: each row is reduced to its mean μ …",
                &format!("μ[i] = Σ_{{j}} {x}[i, j] / d_{{model}}"),
                Made::Side(0),
            ),
            saying(
                VARIANCE_FROM,
                "… and to its variance σ², the mean square of the distances from μ.",
                &format!("σ^{{2}}[i] = Σ_{{j}} ({x}[i, j] − μ[i])^{{2}} / d_{{model}}"),
                Made::Side(1),
            ),
            saying(
                NORMALISE_FROM,
                "Each number is centred on the mean and divided by the standard deviation; ε keeps the divisor above 0.",
                &format!(
                    "({x}[i, j] − μ[i]) / √(σ^{{2}}[i] + ε),   ε = {}",
                    self.epsilon
                ),
                Made::Step(InnerStep::Normalised),
            ),
            Saying {
                symbols: self.symbols(),
                ..saying(SCALE_FROM, learned, "", Made::Output)
            },
        ]
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        let Some(group) = staging.group_of(self.input) else {
            return;
        };
        let Size { rows, columns } = staging.size(group);
        let from = staging.placement(group);
        let (even, shift) = (
            window.part(NORMALISE_FROM, SCALE_FROM),
            window.part(SCALE_FROM, 1.0),
        );
        for (operand, wave) in [
            (self.mean, window.part(0.0, VARIANCE_FROM)),
            (self.variance, window.part(VARIANCE_FROM, NORMALISE_FROM)),
        ] {
            if let Some(column) = staging.group_of(operand) {
                staging.add(
                    column,
                    MotionKind::Arrive(
                        Wave::rows(wave.start, wave.end),
                        Origin::Row(from, columns),
                    ),
                );
            }
        }
        // mean and variance are those of the whole row, shown or not
        let Some(whole) = staging.pass().view(self.input) else {
            return;
        };
        let normalised = self.normalised(whole.view());
        let scale = staging.scale_of(self.output);
        let inside = (staging.shown_of(self.input, &normalised), scale);
        let wave = Wave::diagonal(even.start, even.end);
        staging.step_inside(group, InnerStep::Normalised, inside, wave);
        for operand in [Some(self.gamma), self.beta].into_iter().flatten() {
            let Some(row) = staging.group_of(operand) else {
                continue;
            };
            let origin = staging.placement(row);
            let copies = staging.repeated_row(row, rows, from);
            let zeros: Arc<[usize]> = vec![0; rows].into();
            staging.add(
                copies,
                MotionKind::Arrive(
                    Wave::rows(shift.start, shift.part(0.0, 0.8).end),
                    Origin::TableRows(origin, zeros),
                ),
            );
            staging.add(
                copies,
                MotionKind::Disappear(Wave::rows(shift.part(0.35, 1.0).start, shift.end)),
            );
        }
        staging.transform(self.input, self.output, Wave::rows(shift.start, shift.end));
    }
}
