//! top-k and top-p: only the likeliest tokens stay in the draw.

use ndarray::{Array2, ArrayView2};
use orrery_model::{SamplingSettings, draw};

use super::{Cell, Dependency, Operation, OperationKind, number};
use crate::motion::{MotionKind, Wave};
use crate::operand::{Operand, SamplingTensor};
use crate::staging::{Heights, Staging};
use crate::timeline::Window;

/// −∞ where a token is excluded from the draw.
#[derive(Clone, Debug)]
pub struct Keep {
    /// How many, how much.
    pub settings: SamplingSettings,
    /// Tokens that are never drawn (padding).
    pub never: std::sync::Arc<[usize]>,
}

impl Operation for Keep {
    fn kind(&self) -> OperationKind {
        OperationKind::Keep
    }

    fn inputs(&self) -> Vec<Operand> {
        vec![SamplingTensor::Tempered.into()]
    }

    fn output(&self) -> Operand {
        SamplingTensor::Kept.into()
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        let tempered: Vec<f32> = inputs[0].iter().copied().collect();
        // the temperature has been applied; what remains of the settings decides who stays
        let settings = SamplingSettings {
            temperature: self.settings.temperature.min(1.0).ceil(),
            ..self.settings.clone()
        };
        let mut kept = vec![f32::NEG_INFINITY; tempered.len()];
        if let Ok(drawn) = draw(&tempered, &settings, 0, &self.never) {
            for candidate in drawn.candidates {
                kept[candidate.token_id] = tempered[candidate.token_id];
            }
        }
        vec![Array2::from_shape_vec((1, kept.len()), kept).unwrap_or_default()]
    }

    fn dependencies(&self, inputs: &[(usize, usize)], cell: Cell) -> Vec<Dependency> {
        // whether a token stays depends on all the others
        if self.settings.top_k.is_some() || self.settings.top_p.is_some() {
            let columns = inputs.first().map_or(0, |&(_, columns)| columns);
            Dependency::row(0, cell.row, columns).collect()
        } else {
            vec![Dependency { input: 0, cell }]
        }
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], cell: Cell) -> String {
        number(inputs[0][(cell.row, cell.column)])
    }

    fn symbols(&self) -> String {
        match (self.settings.top_k, self.settings.top_p) {
            _ if self.settings.temperature == 0.0 => "only the largest stays".to_owned(),
            (None, None) => "all tokens stay".to_owned(),
            (Some(k), None) => format!("top-k: the {k} largest stay"),
            (None, Some(p)) => format!("top-p: the likeliest that make up {p} stay"),
            (Some(k), Some(p)) => {
                format!("top-k: the {k} largest; top-p: of them the likeliest that make up {p}")
            }
        }
    }

    fn words(&self) -> String {
        if self.settings.temperature == 0.0
            || self.settings.top_k.is_some()
            || self.settings.top_p.is_some()
        {
            "Unlikely tokens leave the draw: they close."
        } else if self.never.is_empty() {
            "No token is excluded."
        } else {
            "No token is excluded but padding, which is no text."
        }
        .to_owned()
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        let input = SamplingTensor::Tempered.into();
        let wave = Wave::columns(window.start, window.end);
        staging.transform(input, self.output(), wave);
        let Some(row) = staging.group_of(input) else {
            return;
        };
        let kept = staging.values_of(self.output());
        // those that leave sink and stay closed, whatever happens to the others
        staging.raise(row, &kept, Heights::Signed, wave);
        let closed: Vec<bool> = kept.iter().map(|value| !value.is_finite()).collect();
        staging.add(row, MotionKind::Close(wave, closed.into()));
        let draw = &staging.pass().draw;
        let (stay, all) = (draw.candidates.len(), draw.scaled_logits.len());
        staging.remark(row, &format!("{stay} of {all} stay"), window);
    }
}
