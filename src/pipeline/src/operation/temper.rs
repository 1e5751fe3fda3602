//! Logits divided by the temperature: low sharpens, high flattens.

use ndarray::{Array2, ArrayView2};

use super::{
    Cell, Combination, Dependency, Made, Operation, OperationKind, Size, Term, Terms, read,
    same_cell,
};
use crate::motion::Wave;
use crate::operand::{Operand, SamplingTensor};
use crate::rich_text::RichText;
use crate::staging::{Heights, Staging};
use crate::timeline::Window;

/// `logits / temperature`; at temperature 0 the logits as they are (the largest wins).
#[derive(Clone, Debug)]
pub struct Temper {
    /// The logits' last row `[1, vocab_size]`
    pub logits: Operand,
    /// 0 is greedy.
    pub temperature: f32,
}

impl Operation for Temper {
    fn kind(&self) -> OperationKind {
        OperationKind::Temper
    }

    fn inputs(&self) -> Vec<Operand> {
        vec![self.logits]
    }

    fn output(&self) -> Operand {
        SamplingTensor::Tempered.into()
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        vec![if self.temperature > 0.0 {
            &inputs[0] / self.temperature
        } else {
            inputs[0].to_owned()
        }]
    }

    fn dependencies(&self, _: &[Size], _: Made, cell: Cell) -> Vec<Dependency> {
        vec![Dependency { input: 0, cell }]
    }

    fn dependents(&self, _: &[Size], of: Dependency) -> Vec<(Made, Cell)> {
        same_cell(of)
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], _: Made, cell: Cell) -> Terms {
        let logit = read(inputs, 0, self.logits, (cell.row, cell.column));
        if self.temperature <= 0.0 {
            return Terms::same(logit);
        }
        let divided = Combination::Quotient {
            divisor: self.temperature,
            written: self.temperature.to_string(),
        };
        Terms::new(vec![Term::number(logit)], divided)
    }

    fn symbols(&self) -> RichText {
        RichText::parse(&if self.temperature > 0.0 {
            format!("z[t] = logits[last → t] / T,   T = {}", self.temperature)
        } else {
            "z[t] = logits[last → t],   T = 0".to_owned()
        })
    }

    fn words(&self) -> String {
        let t = self.temperature;
        match t {
            _ if t <= 0.0 => {
                "Temperature 0: nothing is left to chance, the largest logit will win.".to_owned()
            }
            _ if t < 1.0 => format!(
                "Only the last row decides. Its logits are divided by the temperature {t}: below 1 that sets them further apart, and the likely become likelier."
            ),
            _ if t > 1.0 => format!(
                "Only the last row decides. Its logits are divided by the temperature {t}: above 1 that brings them closer together, and the unlikely get a better chance."
            ),
            _ => "Only the last row decides. At temperature 1 its logits stay as they are."
                .to_owned(),
        }
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        let wave = Wave::columns(window.start, window.end);
        staging.transform(self.logits, self.output(), wave);
        let Some(row) = staging.group_of(self.logits) else {
            return;
        };
        let tempered = staging.values_of(self.output());
        staging.raise(row, &tempered, Heights::Signed, wave);
        let note = if self.temperature > 0.0 {
            format!("÷ T,  T = {}", self.temperature)
        } else {
            "T = 0".to_owned()
        };
        staging.remark(row, &note, window);
    }
}
