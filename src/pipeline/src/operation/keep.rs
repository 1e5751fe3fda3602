//! top-k and top-p: only the likeliest tokens stay in the draw.

use ndarray::{Array2, ArrayView2};
use orrery_model::{SamplingSettings, draw};

use super::{
    Cell, Combination, Dependency, Made, Operation, OperationKind, Size, Term, Terms, Why,
    output_row, read, same_cell,
};
use crate::motion::{MotionKind, Wave};
use crate::operand::{Operand, SamplingTensor};
use crate::rich_text::RichText;
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

impl Keep {
    /// The settings that are left when the temperature has been applied.
    fn without_temperature(&self) -> SamplingSettings {
        SamplingSettings {
            temperature: self.settings.temperature.min(1.0).ceil(),
            ..self.settings.clone()
        }
    }

    /// Whether a token leaves the draw for what the others are.
    fn compares(&self) -> bool {
        let settings = &self.settings;
        settings.temperature == 0.0 || settings.top_k.is_some() || settings.top_p.is_some()
    }

    /// The tokens that stay in the draw, by id.
    fn kept(&self, tempered: &[f32]) -> Vec<usize> {
        let drawn = draw(tempered, &self.without_temperature(), 0, &self.never);
        drawn.map_or_else(
            |_| Vec::new(),
            |drawn| drawn.candidates.iter().map(|c| c.token_id).collect(),
        )
    }
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
        let mut kept = vec![f32::NEG_INFINITY; tempered.len()];
        for id in self.kept(&tempered) {
            kept[id] = tempered[id];
        }
        vec![Array2::from_shape_vec((1, kept.len()), kept).unwrap_or_default()]
    }

    fn dependencies(&self, inputs: &[Size], _: Made, cell: Cell) -> Vec<Dependency> {
        // whether a token stays depends on all the others
        if self.compares() {
            let columns = inputs.first().map_or(0, |size| size.columns);
            Dependency::row(0, cell.row, columns).collect()
        } else {
            vec![Dependency { input: 0, cell }]
        }
    }

    fn dependents(&self, inputs: &[Size], of: Dependency) -> Vec<(Made, Cell)> {
        if self.compares() {
            let columns = inputs.first().map_or(0, |size| size.columns);
            output_row(of.cell.row, columns)
        } else {
            same_cell(of)
        }
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], _: Made, cell: Cell) -> Terms {
        let tempered = read(
            inputs,
            0,
            SamplingTensor::Tempered.into(),
            (cell.row, cell.column),
        );
        let stays = if self.compares() {
            let row: Vec<f32> = inputs.iter().take(1).flatten().copied().collect();
            self.kept(&row).contains(&cell.column)
        } else {
            !self.never.contains(&cell.column)
        };
        if stays {
            return Terms::same(tempered);
        }
        let why = Why::NotDrawn(cell.column);
        Terms::new(vec![Term::number(tempered)], Combination::Excluded { why })
    }

    fn symbols(&self) -> RichText {
        if !self.compares() && self.never.is_empty() {
            return RichText::parse("z_{kept}[t] = z[t]");
        }
        let which = match (self.settings.top_k, self.settings.top_p) {
            _ if self.settings.temperature == 0.0 => "the largest".to_owned(),
            (None, None) => "every t that is text".to_owned(),
            (Some(k), None) => format!("the {k} largest (top-k)"),
            (None, Some(p)) => format!("the likeliest that together reach {p} (top-p)"),
            (Some(k), Some(p)) => {
                format!("of the {k} largest (top-k) the likeliest that together reach {p} (top-p)")
            }
        };
        RichText::parse(&format!("z_{{kept}}[t] = z[t] for {which}, else −∞"))
    }

    fn words(&self) -> String {
        if self.settings.temperature == 0.0 {
            "All but the largest leave: their cells close."
        } else if self.compares() {
            "Unlikely tokens leave before the draw: their cells close."
        } else if self.never.is_empty() {
            "No token is left out: every one can be drawn."
        } else {
            "No token is left out but those that are no text, such as padding: their cells close."
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
