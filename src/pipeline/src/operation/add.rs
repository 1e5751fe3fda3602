//! Sum of two matrices: token and position, or the residual stream and what a sub-layer adds to it.

use ndarray::{Array2, ArrayView2};
use orrery_model::TensorId;

use super::{
    Cell, Combination, Dependency, Made, Operation, OperationKind, Size, Term, Terms, read,
    same_cell,
};
use crate::motion::{MotionKind, Origin, Wave};
use crate::operand::Operand;
use crate::rich_text::RichText;
use crate::staging::Staging;
use crate::timeline::Window;

/// `a + b`, cell by cell.
#[derive(Clone, Debug)]
pub struct Add {
    /// The first summand (the residual stream).
    pub a: TensorId,
    /// The second (what is added to it).
    pub b: TensorId,
    /// The sum.
    pub output: TensorId,
}

impl Operation for Add {
    fn kind(&self) -> OperationKind {
        OperationKind::Add
    }

    fn inputs(&self) -> Vec<Operand> {
        vec![self.a.into(), self.b.into()]
    }

    fn output(&self) -> Operand {
        self.output.into()
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        vec![&inputs[0] + &inputs[1]]
    }

    fn dependencies(&self, _: &[Size], _: Made, cell: Cell) -> Vec<Dependency> {
        (0..2).map(|input| Dependency { input, cell }).collect()
    }

    fn dependents(&self, _: &[Size], of: Dependency) -> Vec<(Made, Cell)> {
        same_cell(of)
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], _: Made, cell: Cell) -> Terms {
        let summands = self.inputs().into_iter().enumerate();
        let at = (cell.row, cell.column);
        let summands = summands.map(|(input, operand)| read(inputs, input, operand, at));
        Terms::new(summands.map(Term::number).collect(), Combination::Sum)
    }

    fn symbols(&self) -> RichText {
        let name = |id: TensorId| Operand::from(id).name().markup();
        RichText::parse(&format!(
            "{}[i, j] = {}[i, j] + {}[i, j]",
            name(self.output),
            name(self.a),
            name(self.b)
        ))
    }

    fn words(&self) -> String {
        if self.a == TensorId::TokenEmbedding {
            "What a token is and where it stands are added, number by number: X is the residual stream."
        } else {
            "The copy of the residual stream that waited comes back: what was found is added to it, not put in its place."
        }
        .to_owned()
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        let Some(sum) = staging.group_of(self.output.into()) else {
            return;
        };
        // copies of both summands fly into the sum's place and meet there
        let (start, end) = window.part(0.0, 0.75).pair();
        let meet = window.part(0.55, 1.0);
        for operand in self.inputs() {
            let Some(summand) = staging.group_of(operand) else {
                continue;
            };
            let target = staging.placement(sum);
            let copies = staging.copies_of(summand);
            staging.add(
                copies,
                MotionKind::Appear(Wave::diagonal(start, start + 0.2)),
            );
            staging.add(copies, MotionKind::Fly(Wave::diagonal(start, end), target));
            staging.add(
                copies,
                MotionKind::Disappear(Wave::diagonal(meet.start, meet.end)),
            );
            staging.add(summand, MotionKind::Pulse(Wave::diagonal(start, end)));
        }
        let origin = Origin::Grid(staging.placement(sum));
        staging.add(
            sum,
            MotionKind::Arrive(Wave::diagonal(meet.start, meet.end), origin),
        );
    }
}
