//! Scores divided by √d_head, so that their size does not grow with the head's width.

use ndarray::{Array2, ArrayView2};
use orrery_model::AttentionScaling;

use super::{
    Cell, Combination, Dependency, Made, Operation, OperationKind, Size, Term, Terms, read,
    same_cell,
};
use crate::motion::Wave;
use crate::operand::Operand;
use crate::rich_text::RichText;
use crate::staging::Staging;
use crate::timeline::Window;

/// `input / √d_head`, in some models divided by the block's number too, or by that alone
#[derive(Clone, Debug)]
pub struct ScaleScores {
    /// Raw scores of a head `[tokens, tokens]`
    pub input: Operand,
    /// Scaled scores
    pub output: Operand,
    /// Width of a head.
    pub d_head: usize,
    /// What the scores are divided by.
    pub scaling: AttentionScaling,
    /// The block, counted from 0.
    pub block: usize,
}

impl ScaleScores {
    /// The divisor as it is written, with these letters or numbers for a head's width and the block's
    /// number.
    fn written(&self, width: &str, block: &str) -> String {
        match (self.scaling.by_width, self.scaling.by_block) {
            (true, false) => format!("√{width}"),
            (true, true) => format!("(√{width}·{block})"),
            (false, true) => block.to_owned(),
            (false, false) => "1".to_owned(),
        }
    }

    fn divisor(&self) -> f32 {
        let AttentionScaling { by_width, by_block } = self.scaling;
        let width = match by_width {
            true => (self.d_head as f32).sqrt(),
            false => 1.0,
        };
        match by_block {
            true => width * (self.block + 1) as f32,
            false => width,
        }
    }
}

impl Operation for ScaleScores {
    fn kind(&self) -> OperationKind {
        OperationKind::Scale
    }

    fn inputs(&self) -> Vec<Operand> {
        vec![self.input]
    }

    fn output(&self) -> Operand {
        self.output
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        vec![&inputs[0] / self.divisor()]
    }

    fn dependencies(&self, _: &[Size], _: Made, cell: Cell) -> Vec<Dependency> {
        vec![Dependency { input: 0, cell }]
    }

    fn dependents(&self, _: &[Size], of: Dependency) -> Vec<(Made, Cell)> {
        same_cell(of)
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], _: Made, cell: Cell) -> Terms {
        let score = read(inputs, 0, self.input, (cell.row, cell.column));
        let root = Combination::Quotient {
            divisor: self.divisor(),
            written: self.written(&self.d_head.to_string(), &(self.block + 1).to_string()),
        };
        Terms::new(vec![Term::number(score)], root)
    }

    fn symbols(&self) -> RichText {
        let block = match self.scaling.by_block {
            true => format!(",  block = {}", self.block + 1),
            false => String::new(),
        };
        let width = match self.scaling.by_width {
            true => format!(",   d_{{k}} = {}", self.d_head),
            false => String::new(),
        };
        let divisor = self.written("d_{k}", "block");
        let name = |operand: Operand| operand.name().markup();
        RichText::parse(&format!(
            "{}[i → j] = {}[i → j] / {divisor}{width}{block}",
            name(self.output),
            name(self.input)
        ))
    }

    fn words(&self) -> String {
        let by = match (self.scaling.by_width, self.scaling.by_block) {
            (true, false) => "the root of a head's width",
            (true, true) => "the root of a head's width and by the block's number",
            (false, true) => "the block's number",
            (false, false) => return "This model divides its scores by nothing.".to_owned(),
        };
        format!(
            "All scores are divided by {by}: otherwise wide heads would make large scores, and softmax would choose one token and no other."
        )
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        staging.transform(
            self.input,
            self.output,
            Wave::diagonal(window.start, window.end),
        );
    }
}
