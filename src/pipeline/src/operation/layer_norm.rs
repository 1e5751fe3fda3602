//! Layer norm: each row is moved to mean 0 and variance 1, then scaled by γ and shifted by β.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2, Axis};

use super::{Cell, Dependency, Operation, OperationKind, number};
use crate::motion::{MotionKind, Origin, Wave};
use crate::operand::Operand;
use crate::scene::Layer;
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

    fn dependencies(&self, inputs: &[(usize, usize)], cell: Cell) -> Vec<Dependency> {
        let columns = inputs.first().map_or(0, |&(_, columns)| columns);
        let mut all: Vec<Dependency> = Dependency::row(0, cell.row, columns).collect();
        all.push(Dependency::new(1, 0, cell.column));
        if self.beta.is_some() {
            all.push(Dependency::new(2, 0, cell.column));
        }
        all
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], cell: Cell) -> String {
        let (mean, variance) = statistics(inputs[0]);
        let mut text = format!(
            "({} − {})/√({} + ε) · {}",
            number(inputs[0][(cell.row, cell.column)]),
            number(mean[(cell.row, 0)]),
            number(variance[(cell.row, 0)]),
            number(inputs[1][(0, cell.column)])
        );
        if let Some(beta) = inputs.get(2) {
            text.push_str(&format!(" + {}", number(beta[(0, cell.column)])));
        }
        text
    }

    fn symbols(&self) -> String {
        let beta = self
            .beta
            .map_or(String::new(), |beta| format!(" + {}", beta.name()));
        format!(
            "{} = (x − μ)/√(σ² + ε) · {}{beta}",
            self.output.name(),
            self.gamma.name()
        )
    }

    fn words(&self) -> String {
        "Each row falls together into its mean μ and variance σ²; with them it is centred and evened out, then γ scales and β shifts every column."
            .to_owned()
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        let Some(group) = staging.group_of(self.input) else {
            return;
        };
        let (rows, columns) = staging.size(group);
        let from = staging.placement(group);
        let (measure, even, shift) = (
            window.part(0.0, 0.35),
            window.part(0.35, 0.6),
            window.part(0.6, 1.0),
        );
        for (operand, wave) in [
            (self.mean, measure.part(0.0, 0.75)),
            (self.variance, measure.part(0.25, 1.0)),
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
        let inside = Layer {
            operand: None,
            name: Some("(x − μ)/σ"),
            values: staging.shown_of(self.input, &normalised),
            scale,
        };
        staging.step_inside(group, inside, Wave::diagonal(even.start, even.end));
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
