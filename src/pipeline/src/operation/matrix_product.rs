//! Matrix product, with a bias where the model has one: projections, query·key, attention·value,
//! feed-forward, un-embedding. Each number of the result is a row of A met by a column of B.

use ndarray::{Array2, ArrayView2};

use super::{
    Cell, Combination, Dependency, Made, Operation, OperationKind, Size, Term, TermForm, Terms,
    output_column, output_row, read,
};
use crate::motion::{MotionKind, Origin, ProductRole, ProductSchedule, Wave};
use crate::operand::Operand;
use crate::rich_text::RichText;
use crate::staging::Staging;
use crate::timeline::Window;

/// `a·b (+ bias)`.
#[derive(Clone, Debug)]
pub struct MatrixProduct {
    /// `[rows, inner]`
    pub a: Operand,
    /// `[inner, columns]`
    pub b: Operand,
    /// `[1, columns]`, added to each row
    pub bias: Option<Operand>,
    /// `[rows, columns]`
    pub output: Operand,
    /// What it is for, in a sentence.
    pub purpose: std::borrow::Cow<'static, str>,
}

/// Share of the operation's time in which the bias is added.
const BIAS_SHARE: f32 = 0.14;

impl MatrixProduct {
    fn product_share(&self) -> f32 {
        if self.bias.is_some() {
            1.0 - BIAS_SHARE
        } else {
            1.0
        }
    }
}

impl Operation for MatrixProduct {
    fn kind(&self) -> OperationKind {
        OperationKind::MatrixProduct
    }

    fn inputs(&self) -> Vec<Operand> {
        [self.a, self.b].into_iter().chain(self.bias).collect()
    }

    fn output(&self) -> Operand {
        self.output
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        let product = inputs[0].dot(&inputs[1]);
        vec![match inputs.get(2) {
            Some(bias) => product + bias,
            None => product,
        }]
    }

    fn dependencies(&self, inputs: &[Size], _: Made, cell: Cell) -> Vec<Dependency> {
        let inner = inputs.first().map_or(0, |size| size.columns);
        let mut all: Vec<Dependency> = Dependency::row(0, cell.row, inner).collect();
        all.extend((0..inner).map(|k| Dependency::new(1, k, cell.column)));
        if self.bias.is_some() {
            all.push(Dependency::new(2, 0, cell.column));
        }
        all
    }

    fn dependents(&self, inputs: &[Size], of: Dependency) -> Vec<(Made, Cell)> {
        let rows = inputs.first().map_or(0, |size| size.rows);
        let columns = inputs.get(1).map_or(0, |size| size.columns);
        match of.input {
            0 => output_row(of.cell.row, columns),
            _ => output_column(of.cell.column, rows),
        }
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], _: Made, cell: Cell) -> Terms {
        let inner = inputs.first().map_or(0, ArrayView2::ncols);
        let products = (0..inner).map(|k| Term {
            cell: read(inputs, 0, self.a, (cell.row, k)),
            form: TermForm::Product(read(inputs, 1, self.b, (k, cell.column))),
        });
        let bias = self
            .bias
            .map(|bias| Term::number(read(inputs, 2, bias, (0, cell.column))));
        Terms::new(products.chain(bias).collect(), Combination::Sum)
    }

    fn symbols(&self) -> RichText {
        let name = |operand: Operand| operand.name().markup();
        let bias = self.bias.map(|bias| format!(" + {}[j]", name(bias)));
        RichText::parse(&format!(
            "{}[i, j] = Σ_{{k}} {}[i, k]·{}[k, j]{}",
            name(self.output),
            name(self.a),
            name(self.b),
            bias.unwrap_or_default()
        ))
    }

    fn words(&self) -> String {
        self.purpose.clone().into_owned()
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        let (Some(a), Some(b), Some(c)) = (
            staging.group_of(self.a),
            staging.group_of(self.b),
            staging.group_of(self.output),
        ) else {
            return;
        };
        let walking = window.part(0.0, self.product_share());
        let Size {
            rows,
            columns: inner,
        } = staging.size(a);
        let columns = staging.size(b).columns;
        let mut schedule = ProductSchedule::new(
            walking.pair(),
            (rows, inner, columns),
            staging.placement(a),
            staging.placement(b),
        );
        schedule.layer = staging.products_over(a, walking);
        let schedule = std::sync::Arc::new(schedule);
        for (group, role) in [
            (a, ProductRole::Left),
            (b, ProductRole::Right),
            (c, ProductRole::Result),
        ] {
            staging.add(group, MotionKind::Product(schedule.clone(), role));
        }
        let walkers = staging.walkers(b, inner, schedule.walker_columns());
        staging.add(walkers, MotionKind::Product(schedule, ProductRole::Walkers));

        if let Some(bias) = self.bias.and_then(|bias| staging.group_of(bias)) {
            // the bias row comes down over every row of the result
            let falling = window.part(self.product_share(), 1.0);
            let target = staging.placement(c);
            let from = staging.placement(bias);
            let copies = staging.repeated_row(bias, rows, target);
            let rows_of_bias: std::sync::Arc<[usize]> = vec![0; rows].into();
            staging.add(
                copies,
                MotionKind::Arrive(
                    Wave::rows(falling.start, falling.end),
                    Origin::TableRows(from, rows_of_bias),
                ),
            );
            staging.add(
                copies,
                MotionKind::Disappear(Wave::rows(falling.part(0.3, 1.0).start, falling.end)),
            );
            staging.add(c, MotionKind::Pulse(Wave::rows(falling.start, falling.end)));
        }
    }
}
