//! The non-linearity in the feed-forward: what is negative falls silent (ReLU) or nearly so (GELU).

use ndarray::{Array2, ArrayView2};
use orrery_model::Activation;

use super::{
    Cell, Combination, Dependency, Made, Operation, OperationKind, Size, Term, Terms, read,
    same_cell,
};
use crate::motion::Wave;
use crate::operand::Operand;
use crate::rich_text::RichText;
use crate::staging::Staging;
use crate::timeline::Window;

/// The activation, cell by cell.
#[derive(Clone, Debug)]
pub struct ActivationFunction {
    /// `[tokens, d_ff]`
    pub input: Operand,
    /// `[tokens, d_ff]`
    pub output: Operand,
    /// Which function.
    pub function: Activation,
}

/// The function of one number, computed in double precision.
pub(super) fn apply(function: Activation, x: f32) -> f32 {
    use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI};
    let x = f64::from(x);
    let y = match function {
        Activation::Relu => x.max(0.0),
        Activation::GeluErf => 0.5 * x * (1.0 + libm::erf(x * FRAC_1_SQRT_2)),
        Activation::GeluTanh => {
            let inner = FRAC_2_PI.sqrt() * (x + 0.044_715 * x * x * x);
            0.5 * x * (1.0 + libm::tanh(inner))
        }
    };
    y as f32
}

impl Operation for ActivationFunction {
    fn kind(&self) -> OperationKind {
        OperationKind::Activation
    }

    fn inputs(&self) -> Vec<Operand> {
        vec![self.input]
    }

    fn output(&self) -> Operand {
        self.output
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        vec![inputs[0].mapv(|x| apply(self.function, x))]
    }

    fn dependencies(&self, _: &[Size], _: Made, cell: Cell) -> Vec<Dependency> {
        vec![Dependency { input: 0, cell }]
    }

    fn dependents(&self, _: &[Size], of: Dependency) -> Vec<(Made, Cell)> {
        same_cell(of)
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], _: Made, cell: Cell) -> Terms {
        let x = read(inputs, 0, self.input, (cell.row, cell.column));
        Terms::new(
            vec![Term::number(x)],
            Combination::Activation(self.function),
        )
    }

    fn symbols(&self) -> RichText {
        let name = |operand: Operand| operand.name().markup();
        let (out, x) = (name(self.output), name(self.input));
        RichText::parse(&match self.function {
            Activation::Relu => format!("{out}[i, j] = max(0, {x}[i, j])"),
            Activation::GeluErf => {
                format!("{out} = GELU({x}),   GELU(x) = x/2·(1 + erf(x/√2))")
            }
            Activation::GeluTanh => format!(
                "{out} = GELU({x}),   GELU(x) = x/2·(1 + tanh(√(2/π)·(x + 0.044715·x^{{3}})))"
            ),
        })
    }

    fn words(&self) -> String {
        match self.function {
            Activation::Relu => {
                "ReLU: each hidden number that is negative becomes 0, the others stay as they are."
            }
            Activation::GeluErf | Activation::GeluTanh => {
                "GELU: what is clearly negative becomes nearly 0, what is clearly positive stays nearly as it is."
            }
        }
        .to_owned()
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        staging.transform(
            self.input,
            self.output,
            Wave::columns(window.start, window.end),
        );
    }
}
